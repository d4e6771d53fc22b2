#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rackproof::bench {

/// Fills GPU memory with `count` numbers of N(0, 1) that depend on the seed and their index alone,
/// rounded to `type` (fp64, fp32, tf32, fp16, bf16, fp8_e4m3; int8 is 42 times that), and waits.
[[nodiscard]] cudaError_t fill_normal(std::string_view type, void* memory, std::size_t count,
                                      std::uint64_t seed);

}  // namespace rackproof::bench
