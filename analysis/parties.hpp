#pragma once

#include <cstddef>
#include <vector>

#include "analysis/cohort.hpp"
#include "analysis/modes.hpp"

namespace rackproof {

/// Indices into a cohort's members.
using MemberIndices = std::vector<std::size_t>;

/// What the worse ones have in common.
[[nodiscard]] Share share_of_mode(const Cohort& cohort, const MemberIndices& worse,
                                  const MemberIndices& better);

/// Populations that a recorded fact tells apart: takes off the members of each what it explains,
/// and adds those that are worse by enough to matter. By configuration (driver, firmware) ...
void take_off_configurations(Cohort& cohort, const FleetFacts& fleet, std::vector<Mode>& modes);

/// ... and by the device's place in its node: where one is worse in nearly all nodes, no device
/// is to blame. Thermal metrics have their own way (take_off_places_in_node).
void take_off_places(Cohort& cohort, const FleetFacts& fleet, std::vector<Mode>& modes);

}  // namespace rackproof
