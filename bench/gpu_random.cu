#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>
#include <cuda_runtime.h>

#include "bench/gpu_random.hpp"

namespace rackproof::bench {
namespace {

/// A number of N(0, 1) that depends on its index alone: splitmix64, then Box and Muller.
__device__ float normal(std::uint64_t index) {
    std::uint64_t x = (index + 1) * 0x9E3779B97F4A7C15ULL;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
    x ^= x >> 31U;
    const float u = (static_cast<float>(x >> 40U) + 1.0F) * 0x1p-24F;
    const float v = static_cast<float>(x & 0xFFFFFFU) * 0x1p-24F;
    return sqrtf(-2.0F * logf(u)) * cospif(2.0F * v);
}

template <class Number>
__device__ Number rounded(float value) {
    return static_cast<Number>(value);
}
template <>
__device__ std::int8_t rounded<std::int8_t>(float value) {  // three standard deviations fit
    return static_cast<std::int8_t>(fminf(fmaxf(rintf(value * 42.0F), -127.0F), 127.0F));
}

template <class Number>
__global__ void fill(Number* memory, std::size_t count, std::uint64_t seed) {
    const std::size_t step = static_cast<std::size_t>(gridDim.x) * blockDim.x;
    for (std::size_t i = blockIdx.x * static_cast<std::size_t>(blockDim.x) + threadIdx.x; i < count;
         i += step) {
        memory[i] = rounded<Number>(normal(seed * count + i));
    }
}

template <class Number>
void fill_with(void* memory, std::size_t count, std::uint64_t seed) {
    fill<<<1024, 256>>>(static_cast<Number*>(memory), count, seed);
}

}  // namespace

cudaError_t fill_normal(std::string_view type, void* memory, std::size_t count,
                        std::uint64_t seed) {
    if (type == "fp64")
        fill_with<double>(memory, count, seed);
    else if (type == "fp32" || type == "tf32")
        fill_with<float>(memory, count, seed);
    else if (type == "fp16")
        fill_with<__half>(memory, count, seed);
    else if (type == "bf16")
        fill_with<__nv_bfloat16>(memory, count, seed);
    else if (type == "fp8_e4m3")
        fill_with<__nv_fp8_e4m3>(memory, count, seed);
    else if (type == "int8")
        fill_with<std::int8_t>(memory, count, seed);
    else
        return cudaErrorInvalidValue;
    const cudaError_t launched = cudaGetLastError();
    return launched == cudaSuccess ? cudaDeviceSynchronize() : launched;
}

}  // namespace rackproof::bench
