#pragma once

#include <cstdint>
#include <vector>

#include "analysis/simulator/scenario.hpp"
#include "core/run.hpp"

namespace rackproof::bench {

/// What nobody can beat who looks at each metric alone: a judge that knows the distribution each
/// healthy value was drawn from (centre with all that moves it, spread, tail, noise), and has
/// nothing to estimate. For each metric and row: true if the false discovery rate `q`, kept over
/// the metric's rows, fails it. The run is of the scenario and seed, every device present.
[[nodiscard]] std::vector<std::vector<bool>> oracle_fails(const simulator::Scenario& scenario,
                                                          std::uint64_t seed, const Run& run,
                                                          double q);

}  // namespace rackproof::bench
