#include "analysis/ordering.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "analysis/sorting_network.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kFewestForDigits = 4096;
constexpr std::size_t kFewestForSample = 20'000;

template <std::size_t n>
void sort_exactly(std::span<double> values) {
    std::array<double, n> row;
    std::copy_n(values.begin(), n, row.begin());
    sort_by_network(row);
    std::copy_n(row.begin(), n, values.begin());
}

/// The sign, the exponent and the first 21 bits of the fraction, in three digits.
constexpr int kLowestBit = 31;
constexpr int kDigitBits = 11;
constexpr std::size_t kDigits = 3;
constexpr std::size_t kDigitValues = std::size_t{1} << kDigitBits;

/// Unsigned numbers in the order of the doubles that they stand for.
std::uint64_t ordered_bits(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
    return bits ^ ((bits & kSign) != 0 ? ~std::uint64_t{0} : kSign);
}

std::size_t digit_of(double value, std::size_t digit) {
    const int shift = kLowestBit + kDigitBits * static_cast<int>(digit);
    return (ordered_bits(value) >> shift) & (kDigitValues - 1);
}

/// Few values that are mostly in order.
void sort_by_insertion(std::span<double> values) {
    for (std::size_t end = 1; end < values.size(); ++end) {
        const double value = values[end];
        std::size_t place = end;
        for (; place > 0 && value < values[place - 1]; --place) values[place] = values[place - 1];
        values[place] = value;
    }
}

/// Values whose digits are equal stand together: sorts each such run.
void sort_runs(std::vector<double>& values) {
    constexpr std::ptrdiff_t kShort = 16;
    for (auto begin = values.begin(); begin != values.end();) {
        const std::uint64_t upper = ordered_bits(*begin) >> kLowestBit;
        auto end = begin + 1;
        while (end != values.end() && ordered_bits(*end) >> kLowestBit == upper) ++end;
        if (end - begin > kShort) {
            std::sort(begin, end);
        } else if (end - begin > 1) {
            sort_by_insertion({begin, end});
        }
        begin = end;
    }
}

/// What lies around the wanted rank, as far as a sample tells; nullopt if the sample misled.
std::optional<Neighbours> neighbours_by_sample(std::span<const double> values, std::size_t rank) {
    constexpr double kMargin = 0.05;  // of the sample: more than four standard errors of a rank
    const std::vector<double> sample = sorted_sample(values);
    const double share = static_cast<double>(rank) / static_cast<double>(values.size());
    const auto sampled = [&](double at) {
        const double position = std::clamp(at, 0.0, 1.0) * static_cast<double>(kSample - 1);
        return sample[static_cast<std::size_t>(position)];
    };
    const double low = sampled(share - kMargin);
    const double high = sampled(share + kMargin);
    std::vector<double> between(values.size() / 4);
    std::size_t count = 0;
    std::size_t below = 0;
    for (const double value : values) {
        if (count == between.size()) return std::nullopt;
        between[count] = value;
        count += static_cast<std::size_t>(static_cast<int>(value >= low) &
                                          static_cast<int>(value <= high));
        below += value < low ? 1U : 0U;
    }
    if (rank < below || rank + 1 >= below + count) return std::nullopt;
    between.resize(count);
    const auto at = between.begin() + static_cast<std::ptrdiff_t>(rank - below);
    std::ranges::nth_element(between, at);
    return Neighbours{*at, *std::min_element(at + 1, between.end())};
}

/// The rank in a sample behind which the `count` farthest of `size` values surely stand, if the
/// sample does not mislead.
std::size_t sampled_end(std::size_t count, std::size_t size) {
    constexpr double kErrors = 4;  // those of a Poisson number
    const double expected =
        static_cast<double>(count) * static_cast<double>(kSample) / static_cast<double>(size);
    const double most = expected + kErrors * std::sqrt(expected) + kErrors;
    return std::min(static_cast<std::size_t>(most), kSample - 1);
}

/// Puts the `count` first values in the order of `before` first, in that order. Those up to `about`
/// are expected to be more than that, but few.
template <class Iterator, class Before>
void set_end_apart(Iterator begin, Iterator end, std::ptrdiff_t count, double about,
                   Before before) {
    auto far = std::partition(begin, end, [&](double value) { return !before(about, value); });
    if (far - begin < count) far = end;
    std::partial_sort(begin, begin + count, far, before);
}

}  // namespace

void sort_few(std::span<double> values) {
    static constexpr auto kSorters = []<std::size_t... n>(std::index_sequence<n...>) {
        return std::array{&sort_exactly<n>...};
    }
    (std::make_index_sequence<kFew + 1>{});
    kSorters[values.size()](values);
}

/// By digits from the least one on (Knuth, The Art of Computer Programming 3, 5.2.5), each pass
/// keeping the order of the one before.
void sort_values(std::vector<double>& values) {
    if (values.size() < kFewestForDigits) {
        std::ranges::sort(values);
        return;
    }
    std::vector<std::array<std::size_t, kDigitValues>> counts(kDigits);
    for (const double value : values) {
        for (std::size_t digit = 0; digit < kDigits; ++digit) {
            ++counts[digit][digit_of(value, digit)];
        }
    }
    std::vector<double> ordered(values.size());
    for (std::size_t digit = 0; digit < kDigits; ++digit) {
        std::size_t before = 0;
        for (std::size_t& count : counts[digit]) {
            const std::size_t own = count;
            count = before;
            before += own;
        }
        for (const double value : values) ordered[counts[digit][digit_of(value, digit)]++] = value;
        values.swap(ordered);
    }
    sort_runs(values);
}

std::vector<double> sorted_sample(std::span<const double> values) {
    std::vector<double> sample;
    const std::size_t count = std::min(values.size(), kSample);
    sample.reserve(count);
    for (std::size_t i = 0; i < count; ++i) sample.push_back(values[i * values.size() / count]);
    std::ranges::sort(sample);
    return sample;
}

void set_ends_apart(std::span<double> values, std::size_t count) {
    const auto kept = static_cast<std::ptrdiff_t>(count);
    const std::vector<double> sample = sorted_sample(values);
    const std::size_t end = std::min(sampled_end(count, values.size()), sample.size() - 1);
    set_end_apart(values.begin(), values.end(), kept, sample[end], std::less<>{});
    set_end_apart(values.rbegin(), values.rend() - kept, kept, sample[sample.size() - 1 - end],
                  std::greater<>{});
}

Neighbours neighbours_at(std::span<double> values, std::size_t rank) {
    if (values.size() <= kFew) {
        sort_few(values);
        return {values[rank], values[std::min(rank + 1, values.size() - 1)]};
    }
    if (values.size() >= kFewestForSample) {
        if (const auto found = neighbours_by_sample(values, rank)) return *found;
    }
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank);
    std::ranges::nth_element(values, at);
    const bool last = rank + 1 == values.size();
    return {*at, last ? *at : *std::min_element(at + 1, values.end())};
}

}  // namespace rackproof
