#pragma once

#include <vector>

#include "analysis/draft.hpp"
#include "analysis/pairs.hpp"

namespace rackproof {

/// Pairs of which nearly every sample is far worse than pairs like them, though their samples
/// scatter so much that no median proves it: what packet loss does to a path. Each is watched; more
/// of them than single faults can be are told of as one finding on the fleet. Nothing is said of
/// pairs that `report` explains. Formula and source: docs/statistics.md.
[[nodiscard]] std::vector<Draft> judge_pair_samples(const MetricCells& cells, const Survey& survey,
                                                    const Policy& policy, const PairReport& report);

}  // namespace rackproof
