#pragma once

#include <string_view>

namespace rackproof::event_code {

// Codes of events by which the controller takes a node, for reasons that the text tells, for the
// cause of what became of cells of several nodes. Like all codes in a run file, they never change.
inline constexpr std::string_view kNodeToBlame = "node_to_blame";
inline constexpr std::string_view kNodeExcluded = "node_excluded";
inline constexpr std::string_view kNodeUnreached = "node_unreached";
inline constexpr std::string_view kNodeOut = "node_out";  ///< before the run began

// The rank for which the others of its job waited in an operation until the deadline.
inline constexpr std::string_view kNeverEntered = "never_entered";

// What suite calibration has chosen for a sku (runners/pins.hpp).
inline constexpr std::string_view kCalibrated = "calibrated";

}  // namespace rackproof::event_code
