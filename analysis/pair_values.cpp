#include "analysis/pair_values.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

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

struct Middle {
    double centre = 0;
    double spread = 0;
};

/// Middle of the healthy ones among values of which more than half may be bad: from the better
/// third on uphill to the densest part (a mean shift: Fukunaga & Hostetler 1975, with a median).
Middle middle_of_better(std::vector<double> values) {
    constexpr double kBetter = 0.3;
    constexpr double kBest = 0.1;
    constexpr double kNormalDistance = 0.757;  // between these two quantiles
    constexpr double kReach = 3;
    constexpr int kMostSteps = 20;
    std::ranges::sort(values);
    const double better = quantile(values, kBetter).value_or(0);
    const double best = quantile(values, kBest).value_or(0);
    Middle middle{better, std::max((better - best) / kNormalDistance, kLeastSpread)};
    for (int step = 0; step < kMostSteps; ++step) {
        const double reach = kReach * middle.spread;
        const auto first = std::ranges::lower_bound(values, middle.centre - reach);
        const auto last = std::ranges::upper_bound(values, middle.centre + reach);
        const std::vector<double> near(first, last);
        const double centre = median_of_sorted(near).value_or(middle.centre);
        const double spread = std::max(spread_of_sorted(near).value_or(0), kLeastSpread);
        const bool is_still = centre == middle.centre && spread == middle.spread;
        middle = {centre, spread};
        if (is_still) break;
    }
    return middle;
}

using Key = std::tuple<std::int64_t, std::int32_t, std::uint32_t>;

/// In which groupings both ends are of one group, a bit each.
std::uint32_t shared_bits(const std::vector<Grouping>& groupings, std::int32_t a, std::int32_t b) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < groupings.size(); ++i) {
        const std::int32_t of_a = groupings[i].group_of[at(a)];
        if (of_a >= 0 && of_a == groupings[i].group_of[at(b)]) bits |= 1U << i;
    }
    return bits;
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

PairValues pair_values(MetricCells& cells, const Survey& survey, const Policy& policy,
                       const std::vector<Grouping>& groupings) {
    const Metric& metric = cells.metric();
    PairValues all;
    all.class_of_cell.assign(cells.cells().size(), -1);
    std::map<Key, std::vector<std::size_t>> by_key;
    for (std::size_t i = 0; i < cells.cells().size(); ++i) {
        const TargetCell& cell = cells.cells()[i];
        const Place& place = cell.place;
        const std::int32_t a = end_number(metric.scope, place.node, place.device);
        const std::int32_t b = end_number(metric.scope, place.peer_node, place.peer_device);
        if (!cell.value || a == b) continue;
        by_key[{cell.sku, survey.way(cell), shared_bits(groupings, a, b)}].push_back(i);
    }
    std::vector<double> residuals;
    for (const auto& [key, members] : by_key) {
        const auto needed = static_cast<std::size_t>(std::max(policy.min_cohort, 3));
        std::vector<double> values;
        for (const std::size_t i : members) {
            values.push_back(signed_log(metric.better, *cells.cells()[i].value));
        }
        const Middle middle = middle_of_better(values);
        const bool is_large = members.size() >= needed;
        const bool has_scale = std::abs(middle.centre) < kLogOfNothing / 2;
        if (!is_large || !has_scale) {
            const std::string why =
                is_large
                    ? "pairs whose usual value is zero; set a limit"
                    : fmt::format("{} {} as near in the fabric; at least {} are needed",
                                  members.size(), members.size() == 1 ? "pair" : "pairs", needed);
            for (const std::size_t i : members) cells.leave_out(cells.cells()[i], why);
            continue;
        }
        const double sign = metric.better == Direction::HigherIsBetter ? -1 : 1;
        const auto number = static_cast<std::int32_t>(all.classes.size());
        all.classes.push_back({std::exp(sign * middle.centre), members.size(),
                               names_of_bits(groupings, std::get<2>(key))});
        for (std::size_t i = 0; i < members.size(); ++i) {
            const Place& place = cells.cells()[members[i]].place;
            const double worse = std::clamp(values[i] - middle.centre, -kFarthest, kFarthest);
            all.observations.push_back(
                {end_number(metric.scope, place.node, place.device),
                 end_number(metric.scope, place.peer_node, place.peer_device), worse});
            all.cell.push_back(members[i]);
            all.class_of_cell[members[i]] = number;
            if (worse <= 0) residuals.push_back(-worse);
        }
    }
    // The better half tells how healthy ones scatter, whatever the other half suffers from.
    all.spread = std::max(kMadToSigma * median(std::move(residuals)).value_or(0), kLeastSpread);
    return all;
}

}  // namespace rackproof
