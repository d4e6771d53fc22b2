#pragma once

#include <cstdint>

#include "analysis/simulator/scenario.hpp"

namespace rackproof::bench {

/// What nobody can beat: the share of the slow devices of a plan that are found, in the mean, by a
/// judge that knows how the metrics of a healthy device are distributed together (spread, tail,
/// what they have in common, noise) and how slow a faulty one is, has nothing to estimate, and
/// keeps the false discovery rate `q` over the devices. Its test is the likelihood ratio (Neyman &
/// Pearson 1933); healthy values that pass it are counted by drawing faulty ones, weighted with the
/// ratio (importance sampling: Kahn & Marshall 1953). `of` devices are compared, `faulty` of them
/// slow by the plan, by the middle of its range.
[[nodiscard]] double oracle_recall(const simulator::Scenario& scenario,
                                   const simulator::FaultPlan& plan, std::int64_t faulty,
                                   std::int64_t of, double q);

}  // namespace rackproof::bench
