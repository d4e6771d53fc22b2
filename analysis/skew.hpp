#pragma once

#include <vector>

#include "analysis/cells.hpp"
#include "analysis/draft.hpp"
#include "core/plan.hpp"

namespace rackproof {

/// Ranks that enter the samples of a collective later than the others, again and again, by more
/// than the clocks' error and by enough to matter: `watch`, on the rank's own device, since the
/// others lose that time waiting for it. Formula and thresholds: docs/statistics.md.
void judge_skew(const MetricCells& cells, const Survey& survey, const Policy& policy,
                std::vector<Draft>& drafts);

}  // namespace rackproof
