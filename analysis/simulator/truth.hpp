#pragma once

#include <string>

#include "analysis/simulator/fleet_simulator.hpp"

namespace rackproof::simulator {

/// What was planted, as JSON (docs/simulator.md): the faults with level, place, metrics, kind and
/// size, and what differs without being a fault.
[[nodiscard]] std::string truth_json(const FleetSimulator& fleet);

}  // namespace rackproof::simulator
