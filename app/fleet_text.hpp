#pragma once

#include <string>
#include <vector>

#include "core/fleet.hpp"

namespace rackproof {

/// A fleet file (TOML) that read_fleet() reads back as these nodes.
[[nodiscard]] std::string fleet_text(const std::vector<FleetNode>& nodes);

}  // namespace rackproof
