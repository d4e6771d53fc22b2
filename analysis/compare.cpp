#include "analysis/compare.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/resampling.hpp"
#include "analysis/robust.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

void add_difference(std::string& text, std::string_view what, std::string_view a,
                    std::string_view b) {
    constexpr std::size_t kMostBytes = 100;
    if (a == b) return;
    text += fmt::format("{}{} '{}' and '{}'", text.empty() ? "" : ", ", what,
                        shortened(printable(a), kMostBytes), shortened(printable(b), kMostBytes));
}

/// What keeps two populations apart; empty if nothing does.
std::string unlike(const ComparedMetric& a, const ComparedMetric& b) {
    std::string text;
    add_difference(text, "unit", a.identity.unit, b.identity.unit);
    add_difference(text, "scope", to_string(a.scope), to_string(b.scope));
    add_difference(text, "direction", to_string(a.identity.better), to_string(b.identity.better));
    add_difference(text, "parameters", a.parameters, b.parameters);
    add_difference(text, "definition", a.definition, b.definition);
    add_difference(text, "algorithm", a.like.algorithm, b.like.algorithm);
    add_difference(text, "transport", a.like.transport, b.like.transport);
    add_difference(text, "parameters of the targets", a.like.parameters, b.like.parameters);
    add_difference(text, "clocks policy", a.clocks, b.clocks);
    return text.empty() ? "" : "not alike: " + text;
}

PopulationSummary population_summary(const ComparedMetric& metric) {
    PopulationSummary summary;
    summary.targets = static_cast<std::int64_t>(metric.values.size());
    summary.missing = metric.missing;
    summary.left_out = metric.left_out;
    std::vector<double> sorted = metric.values;
    std::ranges::sort(sorted);
    summary.median = median_of_sorted(sorted);
    summary.spread = spread_of_sorted(sorted);
    if (sorted.empty()) return summary;
    constexpr std::size_t kParts = 100;
    for (std::size_t i = 0; i <= kParts; ++i) {
        summary.quantiles.push_back(
            quantile_of_sorted(sorted, static_cast<double>(i) / kParts).value());
    }
    summary.low = summary.quantiles[1];
    summary.high = summary.quantiles[kParts - 1];
    return summary;
}

/// P(b > a) - P(b < a), over all pairs of values (Cliff 1993, Dominance statistics).
double dominance(std::vector<double> a, const std::vector<double>& b) {
    std::ranges::sort(a);
    double sum = 0;
    for (const double value : b) {
        const auto [first, last] = std::ranges::equal_range(a, value);
        sum += static_cast<double>(first - a.begin()) - static_cast<double>(a.end() - last);
    }
    return sum / (static_cast<double>(a.size()) * static_cast<double>(b.size()));
}

std::int64_t count_of(const std::vector<std::int32_t>& units) {
    return static_cast<std::int64_t>(std::set<std::int32_t>{units.begin(), units.end()}.size());
}

bool has_all(const std::vector<std::int32_t>& units) {
    return std::ranges::find(units, -1) == units.end();
}

/// The outermost unit that both have often enough; else why there is none.
std::optional<OuterUnit> outer_unit(const ComparedMetric& a, const ComparedMetric& b,
                                    std::string& why) {
    if (!has_all(a.node) || !has_all(b.node)) {
        why = "its values lie on several nodes each, and share them";
        return std::nullopt;
    }
    const auto enough = [](const std::vector<std::int32_t>& one,
                           const std::vector<std::int32_t>& other) {
        return has_all(one) && has_all(other) && count_of(one) >= kFewestUnits &&
               count_of(other) >= kFewestUnits;
    };
    if (enough(a.rack, b.rack)) return OuterUnit::Rack;
    if (enough(a.node, b.node)) return OuterUnit::Node;
    why = fmt::format("{} and {} nodes: at least {} racks or nodes of each are needed",
                      count_of(a.node), count_of(b.node), kFewestUnits);
    return std::nullopt;
}

void find_interval(const ComparedMetric& a, const ComparedMetric& b, MetricComparison& result) {
    const std::optional<OuterUnit> unit = outer_unit(a, b, result.no_interval);
    if (!unit) return;
    const bool is_rack = *unit == OuterUnit::Rack;
    const bool is_relative = result.scale == MetricComparison::Scale::Relative;
    const Statistic statistic = is_relative ? Statistic::LogMedian : Statistic::Median;
    const Resampled from_a = resampled(a.values, is_rack ? a.rack : a.node, statistic);
    const Resampled from_b = resampled(b.values, is_rack ? b.rack : b.node, statistic);
    const double distance = is_relative ? std::log1p(*result.difference) : *result.difference;
    const double half = half_width(from_a, from_b);
    const auto shown = [&](double end) { return is_relative ? std::expm1(end) : end; };
    result.interval =
        Interval{shown(distance - half), shown(distance + half), *unit, from_a.units, from_b.units};
}

}  // namespace

std::string_view to_string(OuterUnit unit) noexcept {
    return unit == OuterUnit::Rack ? "racks" : "nodes";
}

MetricComparison compare(const ComparedMetric& a, const ComparedMetric& b) {
    MetricComparison result;
    result.identity = a.identity;
    result.refused = unlike(a, b);
    if (result.refused.empty() && (a.values.empty() || b.values.empty())) {
        result.refused = "no numbers in one of them";
    }
    result.a = population_summary(a);
    result.b = population_summary(b);
    if (!result.refused.empty()) return result;
    add_difference(result.note, "library", a.like.library, b.like.library);
    const bool is_relative =
        !is_temperature(a.identity.unit) && *result.a.median > 0 && *result.b.median > 0;
    result.scale =
        is_relative ? MetricComparison::Scale::Relative : MetricComparison::Scale::Absolute;
    result.difference =
        is_relative ? *result.b.median / *result.a.median - 1 : *result.b.median - *result.a.median;
    result.effect =
        dominance(a.values, b.values) * (a.identity.better == Direction::LowerIsBetter ? -1 : 1);
    find_interval(a, b, result);
    return result;
}

std::string_view to_string(RelativeStanding standing) noexcept {
    switch (standing) {
        case RelativeStanding::Better: return "better";
        case RelativeStanding::Worse: return "worse";
        case RelativeStanding::Higher: return "higher";
        case RelativeStanding::Lower: return "lower";
        case RelativeStanding::NotShown: return "no difference shown";
        case RelativeStanding::Unknown: return "not known";
    }
    return "not known";
}

std::optional<RelativeStanding> standing_of(const MetricComparison& metric) {
    if (!metric.refused.empty()) return std::nullopt;
    if (!metric.interval) return RelativeStanding::Unknown;
    const bool is_higher = metric.interval->low > 0;
    if (!is_higher && !(metric.interval->high < 0)) return RelativeStanding::NotShown;
    if (metric.identity.better == Direction::None) {
        return is_higher ? RelativeStanding::Higher : RelativeStanding::Lower;
    }
    const bool wants_higher = metric.identity.better == Direction::HigherIsBetter;
    return is_higher == wants_higher ? RelativeStanding::Better : RelativeStanding::Worse;
}

std::string_view effect_size(double effect) noexcept {
    const double size = std::abs(effect);
    return size < 0.147 ? "negligible" : size < 0.33 ? "small" : size < 0.474 ? "medium" : "large";
}

std::optional<double> middle_band(const PopulationSummary& summary) {
    if (summary.targets < 2 || !summary.low || !summary.high) return std::nullopt;
    return *summary.high - *summary.low;
}

MetricComparison only_in_one(const ComparedMetric& metric, std::string_view which) {
    MetricComparison result;
    result.identity = metric.identity;
    result.refused = fmt::format("only in {}", which);
    return result;
}

}  // namespace rackproof
