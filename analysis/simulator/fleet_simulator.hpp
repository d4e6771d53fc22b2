#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/simulator/layout.hpp"
#include "analysis/simulator/planting.hpp"
#include "analysis/simulator/scenario.hpp"
#include "core/run.hpp"

namespace rackproof::simulator {

/// A metric, and why those of its rows did not complete that did not.
struct SimulatedMetric {
    Metric metric;
    std::vector<Reason> reasons;
};

/// A fleet drawn from a scenario: the same scenario and seed give the same numbers. Metrics are
/// made one at a time, so that a fleet need not fit into memory; each from the seed alone.
class FleetSimulator {
  public:
    /// Throws InputError if find_problem() finds one, or the fleet is too small for its faults.
    /// `night` counts from 1: all nights have the same devices and faults, each its own noise.
    FleetSimulator(Scenario scenario, std::uint64_t seed, std::int32_t night = 1);

    /// Everything but metrics and reasons.
    [[nodiscard]] const Run& frame() const { return frame_; }
    [[nodiscard]] std::size_t metric_count() const { return scenario_.metrics.size(); }
    /// May be called from several threads at once.
    [[nodiscard]] SimulatedMetric metric(std::size_t index) const;

    [[nodiscard]] const Scenario& scenario() const { return scenario_; }
    [[nodiscard]] std::uint64_t seed() const { return seed_; }
    [[nodiscard]] const Layout& layout() const { return layout_; }
    [[nodiscard]] const std::vector<Planted>& planted() const { return planted_; }
    /// For each population of the scenario and each slot: does the device belong to it?
    [[nodiscard]] const std::vector<std::vector<bool>>& members() const { return members_; }

  private:
    friend class MetricMaker;
    void name_run();
    void list_devices();
    void list_inventory();
    void list_variants();
    void list_events();
    [[nodiscard]] std::vector<bool> absent_slots() const;
    /// True if the slot is of the population, tonight.
    [[nodiscard]] bool has_effect(std::size_t population, std::int32_t slot) const;

    Scenario scenario_;
    std::uint64_t seed_;
    std::int32_t night_;
    std::uint64_t night_seed_;  ///< of what is drawn anew each night
    std::vector<SkuModel> skus_;
    Layout layout_;
    std::vector<std::vector<bool>> members_;
    std::vector<Planted> planted_;
    std::vector<std::int32_t> device_of_slot_;   ///< -1 = there is none
    std::vector<std::int32_t> variant_of_slot_;  ///< how its metrics were measured
    std::vector<double> device_goodness_;        ///< by slot: what its metrics have in common
    std::vector<double> node_effect_;
    Run frame_;
};

/// The whole fleet in memory.
[[nodiscard]] Run simulate(const FleetSimulator& fleet);

}  // namespace rackproof::simulator
