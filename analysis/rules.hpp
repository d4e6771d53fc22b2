#pragma once

#include <vector>

#include "analysis/cells.hpp"
#include "analysis/draft.hpp"
#include "core/plan.hpp"

namespace rackproof {

// Each rule reads the facts and appends what it found. Formulas, thresholds and what they assume
// stand in docs/statistics.md.

/// How cells ended: wrong answers, failures with and without a second one when retested, cells
/// without a number. Looks at every cell but those that completed at once with one.
void judge_outcomes(const MetricCells& cells, const Policy& policy, std::vector<Draft>& drafts);

/// What should be there and is not, unless it is optional: targets without a row where at least
/// half of their sku's have one, devices that a node lacks and most nodes of its sku have, metrics
/// without any row, a run without cells. And nodes without a single number of which no draft so
/// far says that they cannot pass: this rule comes last.
void judge_absences(const Survey& survey, const Policy& policy, std::vector<Draft>& drafts);

/// Output digests that differ between targets that computed the same thing in the same way.
void judge_digests(const Survey& survey, std::vector<Draft>& drafts);

/// Targets measured in another way than more than half of their sku's.
void judge_likeness(const MetricCells& cells, const Survey& survey, std::vector<Draft>& drafts);

/// Values against the centre and spread of their cohort. Marks each cell that was judged so.
void judge_peers(MetricCells& cells, const Survey& survey, const Policy& policy,
                 std::vector<Draft>& drafts);

/// Values against every limit that matches. Marks each cell that was judged so. Throws InputError
/// if a limit's unit is not the metric's.
void judge_limits(MetricCells& cells, const Policy& policy, std::vector<Draft>& drafts);

/// Limits whose pattern no metric of the run matches: they would pass in silence.
void judge_idle_limits(const Run& run, const Policy& policy, std::vector<Draft>& drafts);

/// Events of severity "error" on a node or device that no other finding names: `watch`. A process
/// that died between two cells costs no number, and must not pass in silence. Comes last of all.
void judge_events(const Run& run, std::vector<Draft>& drafts);

/// True if effects are absolute, in kelvin, because the zero of the scale is arbitrary.
[[nodiscard]] bool is_temperature(const Metric& metric);

/// True if a cell of this metric may be skipped without harm.
[[nodiscard]] bool is_optional(const Policy& policy, std::string_view metric_name);

}  // namespace rackproof
