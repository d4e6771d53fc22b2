#pragma once

#include <cstdlib>

#include "devices/device.hpp"

namespace rackproof::gpu {

/// 90 of "sm_90", as CUDA's back end has a chip's compute capability; 0 of anything else.
[[nodiscard]] inline int compute_capability(const DeviceInfo& info) {
    constexpr std::string_view kPrefix = "sm_";
    if (!info.vector_unit.starts_with(kPrefix)) return 0;
    return std::atoi(info.vector_unit.c_str() + kPrefix.size());
}

}  // namespace rackproof::gpu
