#pragma once

#include <cstddef>
#include <cstdint>

#include "devices/cuda/kernels.hpp"

namespace rackproof::cuda {

inline constexpr int kThreads = 512;

/// Of a kernel whose threads walk over all elements: blocks for all multiprocessors.
inline int even_grid(Width width) {
    constexpr int kBlocksAMultiprocessor = 8;
    return width.multiprocessors * kBlocksAMultiprocessor;
}

__device__ inline std::size_t thread_index() {
    return static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}
__device__ inline std::size_t thread_count() {
    return static_cast<std::size_t>(gridDim.x) * blockDim.x;
}

/// 64 well mixed bits (the finaliser of splitmix64: Steele, Lea & Flood, OOPSLA 2014).
__host__ __device__ inline std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

inline constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;

}  // namespace rackproof::cuda
