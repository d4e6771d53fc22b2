#pragma once

#include <string>

#include "devices/gpu/gpu.hpp"

namespace rackproof::gpu {

/// The fastest of the library's algorithms for a product, as it is under sustained load: first the
/// GPU is brought under it, then every candidate is looked at once, then the best of them take
/// turns, `rounds` times, so that a clock that rises or falls meanwhile favours none. Nothing but
/// this depends on time, and only a clear win over the library's own first choice counts, so that
/// equal GPUs choose alike. Leaves whichever was tried last in use. Throws as GpuGemm does.
[[nodiscard]] std::string fastest_algorithm(Gpu& gpu, GpuGemm& gemm, int rounds);

}  // namespace rackproof::gpu
