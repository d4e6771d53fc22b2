#pragma once

#include <string_view>

#include "devices/gpu/gpu.hpp"

namespace rackproof::gpu {

/// As it stands in a variant's transport.
[[nodiscard]] std::string_view to_string(PeerWay way) noexcept;

/// Throws Unsupported, naming both, if kernels of one cannot reach the other's memory.
void require_reach(const Gpu& gpu, const Gpu& peer, PeerWay way);

}  // namespace rackproof::gpu
