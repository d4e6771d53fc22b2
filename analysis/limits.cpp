#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/at_fault.hpp"
#include "analysis/rules.hpp"
#include "core/error.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr const char* kAfterLimit =
    "Retest it alone; if it stays outside, the agreed limit is not met: hold back its acceptance "
    "and send the vendor this finding with the limit's source.";
constexpr const char* kAfterProvisionalLimit =
    "Retest it alone; if it stays outside, hold the limit against accepted racks (rackproof "
    "baseline) before the vendor hears of it: it is provisional, and nobody has promised it.";
constexpr const char* kAfterGuiltyPartner =
    "Measure it with another partner: a number that somebody else's fault has spoilt proves "
    "nothing.";
constexpr const char* kAfterIdleLimit =
    "Correct the limit's pattern, or add to the plan the suite that measures it: a limit that "
    "nothing was held against proves nothing.";

/// The bound that the value breaks, if any.
std::optional<double> broken_bound(const Limit& limit, double value) {
    if (limit.min && value < *limit.min) return limit.min;
    if (limit.max && value > *limit.max) return limit.max;
    return std::nullopt;
}

/// How far outside, as people say it: in percent where that means something.
std::string outside_by(const Metric& metric, double value, double bound) {
    const char* side = value < bound ? "under" : "over";
    const char* which = value < bound ? "minimum" : "maximum";
    const double distance = std::abs(value - bound);
    if (is_temperature(metric.unit))
        return fmt::format("{:.1f} K {} the {}", distance, side, which);
    if (bound == 0.0) return fmt::format("{:.4g}, {} the {} of 0", value, side, which);
    return fmt::format("{:.1f} % {} the {}", 100 * distance / std::abs(bound), side, which);
}

/// " (provisional limit, from a data sheet)"; empty for any other.
std::string source_if_provisional(const Limit& limit) {
    return limit.provisional ? " (provisional limit, from " + printable(limit.source) + ")" : "";
}

std::string source_of(const Limit& limit) {
    if (limit.provisional) return source_if_provisional(limit);
    return " (source: " + (limit.source.empty() ? "the plan" : printable(limit.source)) + ")";
}

Draft outside(const MetricCells& cells, const TargetCell& cell, const Limit& limit, double value,
              double bound) {
    const Metric& metric = cells.metric();
    Draft draft;
    Finding& finding = draft.finding;
    finding.verdict = Verdict::Fail;
    finding.kind = FindingKind::Limit;
    finding.rule = "limit";
    finding.observed = value;
    finding.expected = bound;
    if (!is_temperature(metric.unit) && bound != 0.0) {
        finding.deviation = -std::abs(value - bound) / std::abs(bound);
    }
    finding.action = limit.provisional ? kAfterProvisionalLimit : kAfterLimit;
    draft.place = cell.place;
    draft.metric = cells.index();
    draft.what = metric.name + " is " + outside_by(metric, value, bound) + source_of(limit);
    return draft;
}

void refuse(const Limit& limit, const std::string& problem) {
    throw InputError{"the limit on '" + printable(limit.pattern) + "' " + problem};
}

/// The one of two ends that is in `ends`, with the other; none if both are or neither.
std::optional<std::pair<Place, Place>> only_one_in(const std::set<Place>& ends, const Place& pair) {
    const Place first = first_end(pair);
    const Place second = second_end(pair);
    if (ends.contains(first) == ends.contains(second)) return std::nullopt;
    return ends.contains(first) ? std::pair{first, second} : std::pair{second, first};
}

/// A pair's fault sits at one of its ends: at the one whose partner is `well` in another pair, or
/// else at the one that is known to be at fault from another pair. It stays the link's otherwise.
/// The partners of the second kind, of which no pair says anything, with the one at fault.
std::map<Place, Place> place_at_one_end(const Run& run, const std::set<Place>& well,
                                        std::vector<Draft>& found) {
    std::set<Place> at_fault;
    for (Draft& draft : found) {
        const auto ends = only_one_in(well, draft.place);
        if (!ends) continue;
        draft.what += ", with " + subject(run, ends->first) + ", which does well with others";
        draft.place = ends->second;
        at_fault.insert(draft.place);
    }
    std::map<Place, Place> unknown;
    for (Draft& draft : found) {
        if (level_of(draft.place) != Level::Link) continue;
        const auto ends = only_one_in(at_fault, draft.place);
        if (!ends) continue;
        draft.what += ", with " + subject(run, ends->second) + " as with others";
        draft.place = ends->first;
        unknown.emplace(ends->second, ends->first);
    }
    return unknown;
}

/// Findings of pairs outside a limit, whose ends are `well` if they are within it in another pair.
void judge_pairs_outside(const MetricCells& cells, const Survey& survey, const Limit& limit,
                         bool optional, const std::set<Place>& well, std::vector<Draft>& found) {
    const auto unknown = place_at_one_end(*survey.run, well, found);
    if (optional) return;
    for (const auto& [end, guilty] : unknown) {
        found.push_back(no_data("limit", end, cells.index(),
                                cells.metric().name + " was measured only with " +
                                    subject(*survey.run, guilty) + ", which is at fault" +
                                    source_if_provisional(limit),
                                kAfterGuiltyPartner));
    }
}

void judge_limit(MetricCells& cells, const Survey& survey, const Limit& limit, bool optional,
                 std::vector<Draft>& drafts) {
    const Metric& metric = cells.metric();
    if (limit.unit != metric.unit) {
        refuse(limit, "is in " + printable(limit.unit) + "; " + printable(metric.name) +
                          " is measured in " + printable(metric.unit));
    }
    const bool pairs = is_pair(metric.scope);
    std::set<Place> well;
    std::vector<Draft> found;
    for (TargetCell& cell : cells.cells()) {
        if (!cell.value) continue;
        cell.judged.by_limit = true;
        const double value = value_for_limits(cells, cell);
        const std::optional<double> bound = broken_bound(limit, value);
        if (bound) {
            found.push_back(outside(cells, cell, limit, value, *bound));
        } else if (pairs) {
            well.insert(first_end(cell.place));
            well.insert(second_end(cell.place));
        }
    }
    if (pairs) judge_pairs_outside(cells, survey, limit, optional, well, found);
    if (limit.provisional) {
        for (Draft& draft : found) draft.finding.provisional = limit.source;
    }
    std::ranges::move(found, std::back_inserter(drafts));
}

}  // namespace

double value_for_limits(const MetricCells& cells, const TargetCell& cell) {
    if (!is_temperature(cells.metric().unit)) return *cell.value;
    double highest = *cell.value;
    for (const double sample : cells.samples(cells.rows(cell).back())) {
        if (std::isfinite(sample)) highest = std::max(highest, sample);
    }
    return highest;
}

void judge_limits(MetricCells& cells, const Survey& survey, const Policy& policy,
                  std::vector<Draft>& drafts) {
    const std::string& name = cells.metric().name;
    for (const Limit& limit : policy.limits) {
        if (!matches(limit.pattern, name)) continue;
        judge_limit(cells, survey, limit, is_optional(policy, name), drafts);
    }
}

void judge_idle_limits(const std::vector<std::string>& metrics, const Policy& policy,
                       std::vector<Draft>& drafts) {
    for (const Limit& limit : policy.limits) {
        const bool met = std::ranges::any_of(
            metrics, [&](const std::string& name) { return matches(limit.pattern, name); });
        if (met) continue;
        Draft draft =
            no_data("limit", {}, kNoMetric,
                    "no metric of this run is named '" + printable(limit.pattern) +
                        "', on which the policy sets a limit" + source_if_provisional(limit),
                    kAfterIdleLimit);
        if (limit.provisional) draft.finding.provisional = limit.source;
        drafts.push_back(std::move(draft));
    }
}

}  // namespace rackproof
