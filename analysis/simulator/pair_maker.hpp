#pragma once

#include <cstdint>
#include <vector>

#include "analysis/simulator/fleet_simulator.hpp"

namespace rackproof::simulator {

/// Makes one metric of pairs of nodes. What is healthy adds up along a pair's way (both nodes,
/// near or far, the way that it happens to take); of faults on it the worst one is seen.
class PairMaker {
  public:
    PairMaker(const FleetSimulator& fleet, std::size_t index);
    [[nodiscard]] SimulatedMetric make();

  private:
    void add_fault(const FaultPlan& plan, const Planted& fault);
    [[nodiscard]] bool is_on(const Planted& fault, const FaultPlan& plan, std::size_t pair) const;
    [[nodiscard]] double healthy_level(std::size_t pair) const;
    void add_row(std::size_t pair);
    void add_broken_row(std::size_t pair, Outcome outcome, const char* why);

    const FleetSimulator& fleet_;
    const MetricModel& model_;
    std::uint32_t index_;
    double direction_;            ///< of the values, towards better
    std::vector<double> slower_;  ///< by pair: by how much, of the worst fault on its way
    std::vector<bool> is_cut_;    ///< by pair: an end never answers
    SimulatedMetric made_;
};

}  // namespace rackproof::simulator
