#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string>
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
    finding.action = kAfterLimit;
    draft.place = cell.place;
    draft.metric = cells.index();
    draft.what = fmt::format("{} is {} (source: {})", metric.name, outside_by(metric, value, bound),
                             limit.source.empty() ? "the plan" : printable(limit.source));
    return draft;
}

void refuse(const Limit& limit, const std::string& problem) {
    throw InputError{"the limit on '" + printable(limit.pattern) + "' " + problem};
}

/// A pair's fault sits at one of its ends if the other end does well in another pair.
void place_at_one_end(const Survey& survey, const std::set<Place>& well, Draft& draft) {
    const Place first = first_end(draft.place);
    const Place second = second_end(draft.place);
    if (well.contains(first) == well.contains(second)) return;
    const Place& partner = well.contains(first) ? first : second;
    draft.place = well.contains(first) ? second : first;
    draft.what += ", with " + subject(*survey.run, partner) + ", which does well with others";
}

void judge_limit(MetricCells& cells, const Survey& survey, const Limit& limit,
                 std::vector<Draft>& drafts) {
    const Metric& metric = cells.metric();
    if (limit.unit != metric.unit) {
        refuse(limit, "is in " + printable(limit.unit) + "; " + printable(metric.name) +
                          " is measured in " + printable(metric.unit));
    }
    std::set<Place> well;  // ends of pairs that are within the limit
    std::vector<Draft> found;
    for (TargetCell& cell : cells.cells()) {
        if (!cell.value) continue;
        cell.judged.by_limit = true;
        const double value = value_for_limits(cells, cell);
        const std::optional<double> bound = broken_bound(limit, value);
        if (bound) {
            found.push_back(outside(cells, cell, limit, value, *bound));
        } else if (is_pair(metric.scope)) {
            well.insert(first_end(cell.place));
            well.insert(second_end(cell.place));
        }
    }
    for (Draft& draft : found) {
        if (is_pair(metric.scope)) place_at_one_end(survey, well, draft);
        drafts.push_back(std::move(draft));
    }
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
    for (const Limit& limit : policy.limits) {
        if (matches(limit.pattern, cells.metric().name)) judge_limit(cells, survey, limit, drafts);
    }
}

void judge_idle_limits(const std::vector<std::string>& metrics, const Policy& policy,
                       std::vector<Draft>& drafts) {
    for (const Limit& limit : policy.limits) {
        const bool met = std::ranges::any_of(
            metrics, [&](const std::string& name) { return matches(limit.pattern, name); });
        if (met) continue;
        Draft draft;
        draft.finding.verdict = Verdict::NoData;
        draft.finding.kind = FindingKind::Missing;
        draft.finding.rule = "limit";
        draft.finding.action = kAfterIdleLimit;
        draft.what = "no metric of this run is named '" + printable(limit.pattern) +
                     "', on which the policy sets a limit";
        drafts.push_back(std::move(draft));
    }
}

}  // namespace rackproof
