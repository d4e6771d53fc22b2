#pragma once

#include <string_view>

namespace rackproof::event_code {

// Codes of events by which the controller takes a node, for reasons that the text tells, for the
// cause of what became of cells of several nodes. Like all codes in a run file, they never change.
inline constexpr std::string_view kNodeToBlame = "node_to_blame";
inline constexpr std::string_view kNodeExcluded = "node_excluded";
inline constexpr std::string_view kNodeStopped = "node_stopped";
inline constexpr std::string_view kNodeUnreached = "node_unreached";
inline constexpr std::string_view kNodeOut = "node_out";  ///< before the run began
/// A process of an earlier job, which cannot be ended, still has one of the node's devices.
inline constexpr std::string_view kDeviceHeld = "device_held";
/// A job's launcher could not be ended: it was written off.
inline constexpr std::string_view kLauncherNotEnded = "launcher_not_ended";

/// A rank is not where it belongs, shares its cores, or is pinned to a network card that is wrong.
inline constexpr std::string_view kBinding = "binding";

/// GPUs of the node were kept from its ranks (CUDA_VISIBLE_DEVICES, a container, a cgroup).
inline constexpr std::string_view kGpusHidden = "gpus_hidden";

// The rank for which the others of its job waited in an operation until the deadline.
inline constexpr std::string_view kNeverEntered = "never_entered";

// A job on several nodes at a case that takes many times as long as is usual.
inline constexpr std::string_view kJobSlow = "job_slow";

// A stage over several nodes that the plan lets a run of one node go without.
inline constexpr std::string_view kStageLeftOut = "stage_left_out";

// Of a stage that searches for who slows another: that it began and why, that nothing fell short,
// that its budget was over. What the last two say is also the reason of the cells that were skipped
// for it (analysis/searches.hpp).
inline constexpr std::string_view kSearchBegun = "search_begun";
inline constexpr std::string_view kSearchNotDue = "search_not_due";
inline constexpr std::string_view kSearchCut = "search_cut";

// A device was slowed down while suite power_swing loaded it: that ended there.
inline constexpr std::string_view kSwingThrottled = "swing_throttled";

// Of a stage that measures again whom another suspects: whom, and with which partners; and what is
// the reason of its cells that were skipped for not being among these (analysis/confirmation.hpp).
inline constexpr std::string_view kConfirmationBegun = "confirmation_begun";
inline constexpr std::string_view kConfirmationNotDue = "confirmation_not_due";

// What suite calibration has chosen for a sku (runners/pins.hpp).
inline constexpr std::string_view kCalibrated = "calibrated";

}  // namespace rackproof::event_code
