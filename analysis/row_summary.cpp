#include "analysis/row_summary.hpp"

#include <algorithm>
#include <cmath>
#include <experimental/simd>
#include <utility>
#include <vector>

#include "analysis/ordering.hpp"
#include "analysis/robust.hpp"
#include "analysis/robust_factors.hpp"
#include "analysis/sorting_network.hpp"

namespace rackproof {
namespace {

namespace stdx = std::experimental;

/// The same column of kAtOnce rows.
using Lanes = stdx::simd<double, stdx::simd_abi::deduce_t<double, RowSummaries::kAtOnce>>;

/// Of finite values, which are left in disorder.
RowSummary summary_of(std::span<double> values) {
    if (values.size() <= kFew) {
        sort_few(values);
    } else {
        std::ranges::sort(values);  // whatever order they came in, the sums are the same
    }
    RowSummary summary;
    summary.value = median_of_sorted(values);
    if (const auto spread = spread_of_sorted(values)) {
        summary.error = error_of_median(*spread, values.size());
    }
    if (summary.value) summary.scatter = scatter_of_sorted(values, *summary.value);
    return summary;
}

/// As std::midpoint has it for values whose sum is a number.
template <std::size_t n>
Lanes median_in_lanes(const std::array<Lanes, n>& row) {
    if constexpr (n % 2 == 1) return row[n / 2];
    return (row[n / 2 - 1] + row[n / 2]) / 2;
}

/// `row` in ascending order.
template <std::size_t n>
Lanes error_in_lanes(const std::array<Lanes, n>& row, const Lanes& middle) {
    std::array<Lanes, n> distances;
    for (std::size_t i = 0; i < n; ++i) distances[i] = stdx::abs(row[i] - middle);
    sort_by_network(distances);
    const Lanes spread = kMadToSigma * small_sample_factor(n) * median_in_lanes(distances);
    return kMedianLoss * spread / std::sqrt(static_cast<double>(n));
}

/// As the other scatter_of_sorted, operation by operation.
template <std::size_t n>
Lanes scatter_in_lanes(std::array<Lanes, n>& row, const Lanes& middle) {
    constexpr auto kAll = static_cast<double>(n);
    stdx::where(stdx::abs(row[0] - middle) >= stdx::abs(row[n - 1] - middle), row[0]) = row[n - 1];
    Lanes sum = 0.0;
    for (std::size_t i = 0; i + 1 < n; ++i) sum += row[i];
    const Lanes mean = sum / (kAll - 1);
    Lanes squares = 0.0;
    for (std::size_t i = 0; i + 1 < n; ++i) squares += (row[i] - mean) * (row[i] - mean);
    return stdx::sqrt(squares / (kAll - 2)) / trimmed_share(n);
}

/// kAtOnce rows of n values from `first` on.
template <std::size_t n>
void summarise_block(const double* first, RowSummaries::Block& block) {
    if constexpr (n > 0) {
        std::array<Lanes, n> row;
        for (std::size_t i = 0; i < n; ++i) {
            row[i] = Lanes{[&](auto lane) { return first[lane * n + i]; }};
        }
        sort_by_network(row);
        const Lanes middle = median_in_lanes(row);
        middle.copy_to(block.value.data(), stdx::element_aligned);
        if constexpr (n > 1) {
            error_in_lanes(row, middle).copy_to(block.error.data(), stdx::element_aligned);
        }
        if constexpr (n >= kFewestForScatter) {
            scatter_in_lanes(row, middle).copy_to(block.scatter.data(), stdx::element_aligned);
        }
    }
}

/// True if all are numbers and no sum of two of them overflows.
bool add_up(std::span<const double> values) {
    constexpr double kMost = std::numeric_limits<double>::max() / 2;
    bool all = true;
    for (const double value : values) all &= std::abs(value) <= kMost;
    return all;
}

std::optional<double> given_if(bool exists, double value) {
    return exists ? std::optional{value} : std::nullopt;
}

}  // namespace

RowSummary summarised(std::span<const double> samples) {
    constexpr std::size_t kUsually = 64;
    std::array<double, kUsually> few;
    std::vector<double> many(samples.size() > kUsually ? samples.size() : 0);
    const std::span<double> finite = many.empty() ? std::span<double>{few} : std::span{many};
    std::size_t count = 0;
    for (const double sample : samples) {
        if (std::isfinite(sample)) finite[count++] = sample;
    }
    return summary_of(finite.first(count));
}

RowSummaries::RowSummaries(std::span<const double> values, std::size_t columns)
    : values_{values}, columns_{columns}, rows_{columns == 0 ? 0 : values.size() / columns} {}

RowSummary RowSummaries::of(std::size_t row) {
    if (row >= rows_) return {};
    if (const std::size_t block = row / kAtOnce; block != current_) {
        current_ = block;
        is_whole_ = summarise(block);
    }
    if (!is_whole_) return summarised(values_.subspan(row * columns_, columns_));
    const std::size_t lane = row % kAtOnce;
    return {block_.value[lane], given_if(columns_ > 1, block_.error[lane]),
            given_if(columns_ >= kFewestForScatter, block_.scatter[lane])};
}

/// False if it takes more than short rows of numbers.
bool RowSummaries::summarise(std::size_t block) {
    static constexpr auto kSummarisers = []<std::size_t... n>(std::index_sequence<n...>) {
        return std::array{&summarise_block<n>...};
    }
    (std::make_index_sequence<kFew + 1>{});
    if (columns_ > kFew || (block + 1) * kAtOnce > rows_) return false;
    const auto rows = values_.subspan(block * kAtOnce * columns_, kAtOnce * columns_);
    if (!add_up(rows)) return false;
    kSummarisers[columns_](rows.data(), block_);
    return true;
}

}  // namespace rackproof
