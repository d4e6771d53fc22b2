#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/simulator/fleet_simulator.hpp"

namespace rackproof::simulator {

/// Makes one metric of a fleet: first what moves each target (sku, population, place, faults),
/// then its rows.
class MetricMaker {
  public:
    MetricMaker(const FleetSimulator& fleet, std::size_t index);
    [[nodiscard]] SimulatedMetric make();

  private:
    /// The targets that a stretch of the fleet has in this metric: slots or nodes.
    struct Span {
        std::int32_t first = 0;
        std::int32_t end = 0;
    };
    [[nodiscard]] Span targets(const Stretch& stretch) const;
    [[nodiscard]] std::int32_t node_of(std::int32_t target) const;
    [[nodiscard]] std::int32_t slot_of(std::int32_t target) const;

    void set_centres();
    void add_populations();
    void add_places();
    void add_faults();
    void add_fault(const FaultPlan& plan, const Planted& fault);
    /// Moves a target by a relative effect or by kelvin; negative is worse.
    void move(std::int32_t target, double effect);

    [[nodiscard]] double healthy_level(std::int32_t target) const;
    [[nodiscard]] double varied(double level, double effect) const;
    void add_rows(std::int32_t target);
    void add_samples(std::int32_t target);
    void add_empty_row(std::int32_t target, Outcome outcome, std::int32_t attempt);
    void explain(const std::string& text);

    const FleetSimulator& fleet_;
    const MetricModel& model_;
    std::uint32_t index_;
    double direction_;                ///< of the values, towards better
    std::vector<double> level_;       ///< by target
    std::vector<double> noise_;       ///< by target
    std::vector<std::int32_t> fate_;  ///< by target: the fault plan that its rows tell of; -1
    SimulatedMetric made_;
};

}  // namespace rackproof::simulator
