#include "analysis/pair_values.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "analysis/robust.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

/// A value of zero has no logarithm: it is as bad (or as good) as anything that was ever seen.
constexpr double kFarthest = 12;
constexpr double kLogOfNothing = 1e4;
constexpr double kLeastSpread = 0.001;

double signed_log(Direction better, double value) {
    const double sign = better == Direction::HigherIsBetter ? -1 : 1;
    if (!(value > 0)) return -sign * kLogOfNothing;
    return sign * std::log(value);
}

/// Of values whose distances from the centre, on the better side, are these.
double spread_of(std::vector<double> distances) {
    return std::max(kMadToSigma * median(std::move(distances)).value_or(0), kLeastSpread);
}

struct Middle {
    double centre = 0;
    double spread = 0;
};

/// Middle of the healthy ones among values of which more than half may be bad: from the better
/// third on uphill to the densest part (a mean shift: Fukunaga & Hostetler 1975, with a median).
/// The better half tells how they scatter, whatever the other half suffers from.
Middle middle_of_better(std::vector<double> values, const PairStart& start = {}) {
    constexpr double kNormalDistance = 0.757;  // between these two quantiles
    constexpr int kMostSteps = 20;
    std::ranges::sort(values);
    double centre = quantile(values, start.quantile).value_or(0);
    const double best = quantile(values, start.best).value_or(0);
    const double reach = start.reach * std::max((centre - best) / kNormalDistance, kLeastSpread);
    for (int step = 0; step < kMostSteps; ++step) {
        const auto first = std::ranges::lower_bound(values, centre - reach);
        const auto last = std::ranges::upper_bound(values, centre + reach);
        const double middle = median_of_sorted(std::vector<double>(first, last)).value_or(centre);
        if (middle == centre) break;
        centre = middle;
    }
    std::vector<double> below;
    for (const double value : values) {
        if (value <= centre) below.push_back(centre - value);
    }
    return {centre, spread_of(std::move(below))};
}

/// A pair with a number: its cell, and its value as a logarithm, larger where it is worse.
struct Value {
    std::size_t cell = 0;
    std::int32_t first = 0;
    std::int32_t second = 0;
    double worse = 0;
    std::uint32_t bits = 0;  ///< which groupings that matter its ends share
};

bool share(const Grouping& grouping, const Value& value) {
    const std::int32_t of_first = grouping.group_of[at(value.first)];
    return of_first >= 0 && of_first == grouping.group_of[at(value.second)];
}

std::map<std::uint32_t, std::vector<double>> by_bits(const std::vector<Value>& values) {
    std::map<std::uint32_t, std::vector<double>> classes;
    for (const Value& value : values) classes[value.bits].push_back(value.worse);
    return classes;
}

/// True if pairs within groups and pairs across them differ by more than their middles may, each
/// held against pairs that are alike so far.
bool matters(const Grouping& grouping, const std::vector<Value>& values) {
    constexpr double kSurely = 4;              // standard errors
    constexpr double kErrorOfMedian = 1.2533;  // of a normal one, in standard deviations / sqrt(n)
    std::map<std::uint32_t, double> centres;
    for (auto& [bits, worse] : by_bits(values)) {
        centres[bits] = middle_of_better(std::move(worse)).centre;
    }
    std::vector<double> within;
    std::vector<double> across;
    for (const Value& value : values) {
        const double distance = value.worse - centres.at(value.bits);
        (share(grouping, value) ? within : across).push_back(distance);
    }
    if (within.empty() || across.empty()) return false;
    const auto a = static_cast<double>(within.size());
    const auto b = static_cast<double>(across.size());
    const Middle one = middle_of_better(std::move(within));
    const Middle other = middle_of_better(std::move(across));
    const double spread = a < b ? other.spread : one.spread;  // the larger class knows it
    const double error = kErrorOfMedian * spread * std::sqrt(1 / a + 1 / b);
    return std::abs(one.centre - other.centre) > kSurely * error;
}

/// Marks which groupings that make a difference the ends of each pair share.
void set_bits(const std::vector<Grouping>& groupings, std::vector<Value>& values) {
    for (std::size_t i = 0; i < groupings.size(); ++i) {
        if (!matters(groupings[i], values)) continue;
        for (Value& value : values) {
            if (share(groupings[i], value)) value.bits |= 1U << i;
        }
    }
}

std::vector<std::string> names_of_bits(const std::vector<Grouping>& groupings, std::uint32_t bits) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < groupings.size(); ++i) {
        if ((bits >> i & 1U) != 0) names.push_back(groupings[i].name);
    }
    return names;
}

}  // namespace

bool is_judged_by_pairs(const Metric& metric) {
    return is_pair(metric.scope) && metric.better != Direction::None &&
           !is_temperature(metric.unit);
}

std::int32_t end_number(Scope scope, std::int32_t node, std::int32_t device) {
    return scope == Scope::DevicePair ? device : node;
}

double relative(Direction better, double worse) {
    return better == Direction::HigherIsBetter ? -std::expm1(-worse) : std::expm1(worse);
}

double logarithmic(Direction better, double relative_worse) {
    if (better != Direction::HigherIsBetter) return std::log1p(relative_worse);
    return relative_worse < 1 ? -std::log1p(-relative_worse) : kFarthest;
}

namespace {

/// All pairs with a number, by sku and way of measuring.
std::map<std::pair<std::int64_t, std::int32_t>, std::vector<Value>> by_cohort(
    const MetricCells& cells, const Survey& survey) {
    const Metric& metric = cells.metric();
    std::map<std::pair<std::int64_t, std::int32_t>, std::vector<Value>> cohorts;
    for (std::size_t i = 0; i < cells.cells().size(); ++i) {
        const TargetCell& cell = cells.cells()[i];
        const Place& place = cell.place;
        Value value;
        value.cell = i;
        value.first = end_number(metric.scope, place.node, place.device);
        value.second = end_number(metric.scope, place.peer_node, place.peer_device);
        if (!cell.value || value.first == value.second) continue;
        value.worse = signed_log(metric.better, *cell.value);
        cohorts[{cell.sku, survey.way(cell)}].push_back(value);
    }
    return cohorts;
}

/// Why a class cannot be judged; empty if it can.
std::string why_not(std::size_t size, const Middle& middle, const Policy& policy) {
    const auto needed = static_cast<std::size_t>(std::max(policy.min_cohort, 3));
    if (size < needed) {
        return fmt::format("{} {} as near in the fabric; at least {} are needed", size,
                           size == 1 ? "pair" : "pairs", needed);
    }
    const bool has_scale = std::abs(middle.centre) < kLogOfNothing / 2;
    return has_scale ? "" : "pairs whose usual value is zero";
}

}  // namespace

PairValues pair_values(const MetricCells& cells, const Survey& survey, const Policy& policy,
                       const std::vector<Grouping>& groupings) {
    const double sign = cells.metric().better == Direction::HigherIsBetter ? -1 : 1;
    PairValues all;
    all.class_of_cell.assign(cells.cells().size(), -1);
    std::vector<double> better;
    for (std::size_t i = 0; i < cells.cells().size(); ++i) {
        const TargetCell& cell = cells.cells()[i];
        const bool is_one =
            cell.place.node == cell.place.peer_node && cell.place.device == cell.place.peer_device;
        if (cell.value && is_one) all.left_out.emplace_back(i, "a pair of one with itself");
    }
    for (auto& [cohort, values] : by_cohort(cells, survey)) {
        set_bits(groupings, values);
        std::map<std::uint32_t, std::pair<Middle, std::int32_t>> classes;
        for (auto& [bits, worse] : by_bits(values)) {
            const std::size_t size = worse.size();
            const Middle middle = middle_of_better(std::move(worse));
            const std::string why = why_not(size, middle, policy);
            classes[bits] = {middle, -1};
            if (why.empty()) {
                classes[bits].second = static_cast<std::int32_t>(all.classes.size());
                all.classes.push_back(
                    {std::exp(sign * middle.centre), size, names_of_bits(groupings, bits)});
                continue;
            }
            for (const Value& value : values) {
                if (value.bits == bits) all.left_out.emplace_back(value.cell, why);
            }
        }
        for (const Value& value : values) {
            const auto& [middle, number] = classes.at(value.bits);
            all.class_of_cell[value.cell] = number;
            if (number < 0) continue;
            const double worse = std::clamp(value.worse - middle.centre, -kFarthest, kFarthest);
            all.observations.push_back({value.first, value.second, worse});
            all.cell.push_back(value.cell);
            if (worse <= 0) better.push_back(-worse);
        }
    }
    all.spread = spread_of(std::move(better));
    return all;
}

void centre_anew(Direction better, const std::vector<double>& explained, const PairStart& start,
                 PairValues& values) {
    const double sign = better == Direction::HigherIsBetter ? -1 : 1;
    std::vector<std::vector<double>> unexplained(values.classes.size());
    const auto class_of = [&](std::size_t i) { return at(values.class_of_cell[values.cell[i]]); };
    for (std::size_t i = 0; i < values.observations.size(); ++i) {
        if (explained[i] == 0) unexplained[class_of(i)].push_back(values.observations[i].worse);
    }
    std::vector<double> shift;
    for (std::size_t i = 0; i < unexplained.size(); ++i) {
        const double needed = start.known * static_cast<double>(values.classes[i].pairs);
        const bool is_known = static_cast<double>(unexplained[i].size()) >= needed;
        shift.push_back(is_known ? middle_of_better(std::move(unexplained[i]), start).centre : 0.0);
        values.classes[i].centre *= std::exp(sign * shift.back());
    }
    std::vector<double> better_half;
    for (std::size_t i = 0; i < values.observations.size(); ++i) {
        double& worse = values.observations[i].worse;
        worse -= shift[class_of(i)];
        if (worse <= 0) better_half.push_back(-worse);
    }
    values.spread = spread_of(std::move(better_half));
}

}  // namespace rackproof
