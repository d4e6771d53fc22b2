#pragma once

#include <optional>

#include "analysis/cohort.hpp"

namespace rackproof {

/// Fits a straight line over the slots within racks, as a warm top of the rack makes it, and takes
/// it off what is expected of the members. Returns how much worse a slot is than the one before;
/// nullopt, with nothing taken off, unless there surely is a gradient.
/// Of thermal metrics a gradient is expected, and taken off of six nodes or more even where it is
/// not sure; it is only told of where it is.
std::optional<double> take_off_gradient(Cohort& cohort, const FleetFacts& fleet);

/// Of thermal metrics, what a device's place within its node explains, as the same place in the
/// other nodes shows it: who comes later in a node's loop gets warmer coolant. Taken off as far as
/// the places differ by more than the noise of their medians. Each rack counts about its own
/// middle: of two racks that differ, a median over both would be one of their extremes.
void take_off_places_in_node(Cohort& cohort, const FleetFacts& fleet);

}  // namespace rackproof
