#pragma once

#include <string_view>

#include "core/outcome.hpp"

namespace rackproof {

/// What an event of this code comes to, whatever else is found of its place: it is evidence of its
/// own kind. The codes are those of hwcheck/gpu_changes.cpp and runners/gpu_lookout.cpp, and of
/// files that were mailed in (docs/hwcheck-offline.md).
struct HardwareEvent {
    std::string_view code;
    Verdict verdict = Verdict::Watch;
    std::string_view action;
};

/// nullptr if it is none of these.
[[nodiscard]] const HardwareEvent* hardware_event(std::string_view code);

}  // namespace rackproof
