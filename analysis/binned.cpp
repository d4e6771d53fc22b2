#include "analysis/binned.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <numeric>

#include "analysis/ordering.hpp"
#include "analysis/robust.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kKept = 200;  ///< at either end
constexpr std::size_t kBins = 400;  ///< of the bulk
constexpr std::size_t kFarBins = 50;
/// The bulk is so many standard deviations wide at the most, to either side.
constexpr double kSpreadsOfBulk = 20;

std::vector<CountedValue> each_of(std::span<const double> values) {
    std::vector<CountedValue> points;
    points.reserve(values.size());
    for (const double value : values) points.push_back({value, 1});
    return points;
}

/// Bins of equal width.
struct EqualBins {
    double from = 0;
    double per_unit = 0;
    std::size_t first = 0;  ///< number of the bin
    double count = 0;

    EqualBins(double begin, double end, std::size_t first_bin, std::size_t bins)
        : from{begin},
          per_unit{static_cast<double>(bins) / (end - begin)},
          first{first_bin},
          count{static_cast<double>(bins)} {
        if (!(begin < end) || !std::isfinite(per_unit)) per_unit = 0;  // all are as `from`
    }

    /// In bins, from `from` on.
    [[nodiscard]] double position_of(double value) const {
        return std::min((value - from) * per_unit, count);
    }
    [[nodiscard]] std::size_t bin_of(double position) const {
        return first + static_cast<std::size_t>(std::min(position, count - 1));
    }
    [[nodiscard]] double value_at(double position) const {
        return per_unit > 0 ? from + position / per_unit : from;
    }
};

struct Range {
    double low;
    double high;
};

/// To 2^-24: sums of a million of such numbers are exact, and the same in whatever order.
double in_steps(double position) {
    constexpr double kOfStep = 0x1.8p28;
    return (position + kOfStep) - kOfStep;
}

/// Means of the values in bins: narrow ones in the bulk. `all`: the least and the greatest value.
std::vector<CountedValue> bins_of(std::span<const double> values, const Range& all,
                                  const Range& bulk) {
    const std::array<EqualBins, 3> ranges{
        EqualBins{all.low, bulk.low, 0, kFarBins}, EqualBins{bulk.low, bulk.high, kFarBins, kBins},
        EqualBins{bulk.high, all.high, kFarBins + kBins, kFarBins}};
    std::array<CountedValue, kFarBins + kBins + kFarBins> bins{};
    for (const double value : values) {
        const EqualBins& range = ranges[value < bulk.low ? 0 : value > bulk.high ? 2 : 1];
        const double position = in_steps(range.position_of(value));
        CountedValue& bin = bins[range.bin_of(position)];
        bin.value += position;
        bin.count += 1;
    }
    std::vector<CountedValue> means;
    means.reserve(bins.size());
    for (const EqualBins& range : ranges) {
        for (std::size_t i = 0; i < static_cast<std::size_t>(range.count); ++i) {
            const CountedValue& bin = bins[range.first + i];
            if (bin.count == 0) continue;
            means.push_back({range.value_at(bin.value / bin.count), bin.count});
        }
    }
    return means;
}

/// Where the bulk lies by such means of it: half of all values may lie anywhere.
Range bulk_of(const std::vector<CountedValue>& means, const Range& all, const Range& bulk,
              double floor) {
    const double middle = median_of(means);
    const double spread = kMadToSigma * median_distance_of(means, middle);
    const double width = (bulk.high - bulk.low) / static_cast<double>(kBins);
    const double reach = kSpreadsOfBulk * std::max({spread, width, floor});
    return {std::max(all.low, middle - reach), std::min(all.high, middle + reach)};
}

/// Likewise, of all values to begin with, and of narrower ones as long as those tell better.
std::vector<CountedValue> bins_of(std::span<const double> values, const Range& all, double floor) {
    Range bulk = all;
    for (;;) {
        std::vector<CountedValue> means = bins_of(values, all, bulk);
        const Range narrower = bulk_of(means, all, bulk, floor);
        if (2 * (narrower.high - narrower.low) > bulk.high - bulk.low) return means;
        bulk = narrower;
    }
}

}  // namespace

std::vector<CountedValue> binned(std::span<double> values, double floor) {
    if (values.size() <= 2 * kKept + kBins) {
        std::ranges::sort(values);
        return each_of(values);
    }
    set_ends_apart(values, kKept);
    const std::span<double> between = values.subspan(kKept, values.size() - 2 * kKept);
    const auto [low, high] = std::ranges::minmax(between);
    std::vector<CountedValue> points = each_of(values.first(kKept));
    if (low < high && std::isfinite(high - low)) {
        std::ranges::move(bins_of(between, {low, high}, floor), std::back_inserter(points));
    } else {
        points.push_back({low, static_cast<double>(between.size())});
    }
    std::ranges::move(each_of(values.last(kKept)), std::back_inserter(points));
    return points;
}

double median_of(std::span<const CountedValue> points) {
    const double all =
        std::accumulate(points.begin(), points.end(), 0.0,
                        [](double sum, const CountedValue& p) { return sum + p.count; });
    double before = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        before += points[i].count;
        if (2 * before > all) return points[i].value;
        if (2 * before == all) return std::midpoint(points[i].value, points[i + 1].value);
    }
    return points.back().value;
}

double median_distance_of(std::span<const CountedValue> points, double centre) {
    std::vector<CountedValue> distances{points.begin(), points.end()};
    for (CountedValue& point : distances) point.value = std::abs(point.value - centre);
    std::ranges::sort(distances, {}, &CountedValue::value);
    return median_of(distances);
}

}  // namespace rackproof
