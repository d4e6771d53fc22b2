#include "analysis/compare.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "analysis/resampling.hpp"
#include "analysis/robust.hpp"
#include "core/index.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

template <class Key>
Key most_frequent(const std::map<Key, std::int64_t>& counts) {
    Key best{};
    std::int64_t most = 0;
    for (const auto& [key, count] : counts) {
        if (count <= most) continue;
        most = count;
        best = key;
    }
    return best;
}

std::optional<double> finite_number(const std::string& text) {
    double number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
    return is_number && std::isfinite(number) ? std::optional{number} : std::nullopt;
}

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
    add_difference(text, "algorithm", a.like.algorithm, b.like.algorithm);
    add_difference(text, "transport", a.like.transport, b.like.transport);
    add_difference(text, "parameters of the targets", a.like.parameters, b.like.parameters);
    add_difference(text, "power limit against its default", a.clocks, b.clocks);
    return text.empty() ? "" : "not alike: " + text;
}

PopulationSummary population_summary(const ComparedMetric& metric) {
    PopulationSummary summary;
    summary.targets = static_cast<std::int64_t>(metric.values.size());
    summary.missing = metric.missing;
    summary.left_out = metric.left_out;
    summary.median = median(metric.values);
    summary.spread = robust_spread(metric.values);
    summary.low = quantile(metric.values, 0.01);
    summary.high = quantile(metric.values, 0.99);
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

std::string clocks_policy(const Run& facts) {
    constexpr std::string_view kSet = "gpu.power_limit_enforced_w";
    constexpr std::string_view kDefault = "gpu.power_limit_default_w";
    std::map<std::string, std::int64_t> counts;
    for (const InventoryColumn& set : facts.inventory) {
        if (!set.key.starts_with(kSet)) continue;
        const std::string partner = std::string{kDefault} + set.key.substr(kSet.size());
        const auto usual = std::ranges::find(facts.inventory, partner, &InventoryColumn::key);
        if (usual == facts.inventory.end()) continue;
        for (std::size_t i = 0; i < std::min(set.values.size(), usual->values.size()); ++i) {
            const std::optional<double> now = finite_number(set.values[i]);
            const std::optional<double> then = finite_number(usual->values[i]);
            if (now && then && *then > 0) ++counts[fmt::format("{:.0f} %", 100 * *now / *then)];
        }
    }
    return most_frequent(counts);
}

ComparedMetric compared_metric(const Survey& survey, const Metric& metric) {
    const Run& run = *survey.run;
    ComparedMetric result;
    result.identity = identity_of(metric);
    result.scope = metric.scope;
    result.parameters = metric.parameters;
    result.clocks = clocks_policy(run);
    const MetricCells cells{survey, metric, 0};
    std::map<std::int32_t, std::int64_t> ways;
    for (const TargetCell& cell : cells.cells()) {
        if (cell.value) ++ways[survey.way(cell)];
    }
    const std::int32_t usual = most_frequent(ways);
    for (const TargetCell& cell : cells.cells()) {
        if (!cell.value) {
            ++result.missing;
            continue;
        }
        if (survey.way(cell) != usual) {
            ++result.left_out;
            continue;
        }
        if (const VariantFacts* facts = survey.variant(cell)) result.like = facts->like;
        const bool is_of_one = metric.scope == Scope::Device || metric.scope == Scope::Node;
        result.values.push_back(*cell.value);
        result.node.push_back(is_of_one ? cell.place.node : -1);
        result.rack.push_back(is_of_one ? survey.fleet.rack(cell.place.node) : -1);
    }
    return result;
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

MetricComparison only_in_one(const ComparedMetric& metric, std::string_view which) {
    MetricComparison result;
    result.identity = metric.identity;
    result.refused = fmt::format("only in {}", which);
    return result;
}

}  // namespace rackproof
