#include "analysis/resampling.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <map>
#include <random>
#include <vector>

namespace rackproof {
namespace {

constexpr int kDraws = 1000;
constexpr std::uint64_t kSeed = 20'260'101;  ///< any: the same files give the same bytes

struct Ordered {
    std::vector<double> values;       ///< ascending
    std::vector<std::uint32_t> unit;  ///< of each, from 0
    std::vector<std::uint64_t> size;  ///< values of each unit
};

Ordered ordered(std::span<const double> values, std::span<const std::int32_t> unit) {
    std::map<std::int32_t, std::uint32_t> numbers;
    for (const std::int32_t name : unit) {
        numbers.emplace(name, static_cast<std::uint32_t>(numbers.size()));
    }
    std::vector<std::size_t> order(values.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order,
                             [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    Ordered result;
    result.size.resize(numbers.size());
    for (const std::size_t index : order) {
        const std::uint32_t number = numbers.at(unit[index]);
        result.values.push_back(values[index]);
        result.unit.push_back(number);
        ++result.size[number];
    }
    return result;
}

/// The median of the values, each as often as its unit was drawn.
double drawn_median(const Ordered& ordered, const std::vector<std::uint64_t>& times) {
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < times.size(); ++i) all += times[i] * ordered.size[i];
    const std::uint64_t lower = (all - 1) / 2;
    const std::uint64_t upper = all / 2;
    std::uint64_t passed = 0;
    double low = 0;
    bool has_low = false;
    for (std::size_t i = 0; i < ordered.values.size(); ++i) {
        passed += times[ordered.unit[i]];
        if (!has_low && passed > lower) {
            low = ordered.values[i];
            has_low = true;
        }
        if (passed > upper) return (low + ordered.values[i]) / 2;
    }
    return low;
}

}  // namespace

Resampled resampled(std::span<const double> values, std::span<const std::int32_t> unit,
                    Statistic statistic) {
    const Ordered all = ordered(values, unit);
    const std::size_t units = all.size.size();
    std::mt19937_64 random{kSeed};
    std::vector<std::uint64_t> times(units);
    double sum = 0;
    double squares = 0;
    double first = 0;
    for (int draw = 0; draw < kDraws; ++draw) {
        std::ranges::fill(times, 0);
        for (std::size_t i = 0; i < units; ++i) {
            ++times[(random() >> 32U) * units >> 32U];
        }
        const double drawn = drawn_median(all, times);
        const double value = statistic == Statistic::LogMedian ? std::log(drawn) : drawn;
        if (draw == 0) first = value;
        // Around the first, so that no digits are lost where all are large and alike.
        sum += value - first;
        squares += (value - first) * (value - first);
    }
    Resampled result;
    result.units = static_cast<std::int64_t>(units);
    if (units < 2) return result;
    const auto count = static_cast<double>(units);
    const double variance = (squares - sum * sum / kDraws) / (kDraws - 1);
    result.variance = std::max(0.0, variance) * count / (count - 1);
    return result;
}

double half_width(const Resampled& a, const Resampled& b) {
    const double both = a.variance + b.variance;
    if (!(both > 0)) return 0;
    const double freedom =
        both * both /
        (a.variance * a.variance / static_cast<double>(std::max<std::int64_t>(1, a.units - 1)) +
         b.variance * b.variance / static_cast<double>(std::max<std::int64_t>(1, b.units - 1)));
    const boost::math::students_t student{freedom};
    return boost::math::quantile(student, 0.975) * std::sqrt(both);
}

}  // namespace rackproof
