#pragma once

#include <cstdint>
#include <vector>

#include "analysis/simulator/layout.hpp"
#include "analysis/simulator/scenario.hpp"

namespace rackproof::simulator {

/// One fault where it sits.
struct Planted {
    std::size_t plan = 0;  ///< which of the scenario's faults
    FaultLevel level = FaultLevel::Device;
    std::int32_t unit = 0;  ///< slot, node, rack, or 0 for the fleet
    double drawn_size = 0;  ///< relative or kelvin, or in spreads; 0 for kinds without a size
};

/// Draws where the faults sit and how large they are. Throws InputError if there are fewer healthy
/// units left than a fault plan asks for.
[[nodiscard]] std::vector<Planted> plant(const Scenario& scenario, const Layout& layout,
                                         std::uint64_t seed);

/// The fault's size in this metric.
[[nodiscard]] double size_in(const FaultPlan& plan, const Planted& fault,
                             const MetricModel& metric);

/// True if the fault shows in this metric: a device's does not in what is measured of nodes.
[[nodiscard]] bool shows_in(const FaultPlan& plan, const MetricModel& metric);

}  // namespace rackproof::simulator
