#pragma once

#include <optional>

#include "analysis/cohort.hpp"

namespace rackproof {

/// Fits a straight line over the slots within racks, as a warm top of the rack makes it, and takes
/// it off what is expected of the members. Returns how much worse a slot is than the one before;
/// nullopt, with nothing taken off, unless there surely is a gradient.
std::optional<double> take_off_gradient(Cohort& cohort, const FleetFacts& fleet);

}  // namespace rackproof
