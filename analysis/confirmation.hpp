#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/cells.hpp"
#include "analysis/draft.hpp"
#include "core/plan.hpp"

namespace rackproof {

// Suspects of a metric of pairs may be measured again, in metrics of their own
// (docs/plan-file.md#confirmation). Those are held against nothing by themselves: they tell whether
// what the first one found shows again. Formulas: docs/statistics.md.

/// The metric of whose pairs this one measured some again; empty if it is none such.
[[nodiscard]] std::string confirmed_metric(const Metric& metric);

/// A pair of nodes and a number of it, in its metric's unit.
struct PairNumber {
    std::int32_t first = 0;
    std::int32_t second = 0;
    double value = 0;
};

/// What one metric measured again.
struct MeasuredAgain {
    std::string of;  ///< the other metric; empty: nothing was
    PairLoad load = PairLoad::None;
    std::vector<PairNumber> pairs;
};
[[nodiscard]] MeasuredAgain measured_again(const MetricCells& cells);

/// Says of each finding of a slow node or link whether it showed when measured again, alone and
/// beside others; what was measured both ways and showed in neither is watched at most.
/// `usual` has what the healthy ones like each pair of the metric reach, `again` what measured the
/// metric again, `drafts` all that was found in it.
void tell_of_confirmation(const Run& run, const MetricIdentity& metric,
                          const std::vector<PairNumber>& usual,
                          const std::vector<MeasuredAgain>& again, std::vector<Draft>& drafts);

/// What broke when a suspect was measured again counts at it, and not at its good partner: `found`
/// are all drafts of the metric that is confirmed, `drafts` those of the one that confirms it.
void count_at_suspects(const Run& run, const std::vector<Draft>& found, std::vector<Draft>& drafts);

}  // namespace rackproof
