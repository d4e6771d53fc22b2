#pragma once

#include <string>

#include "analysis/judgement.hpp"

namespace rackproof {

/// What was measured and what was held against something: one paragraph for each set of metrics of
/// a suite that went alike, in the run's order. The counts of each sum to its cells.
[[nodiscard]] std::string coverage_text(const Judgement& judgement, std::size_t columns);

/// "26 cells: 24 completed, 2 skipped; 20 judged": over all metrics.
[[nodiscard]] std::string cell_counts(const Judgement& judgement);

}  // namespace rackproof
