#include <cuda_bf16.h>

#include "devices/cuda/kernels.hpp"

namespace rackproof::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kBlocksPerMultiprocessor = 8;

/// As devices/collective_pattern.cpp has it.
__host__ __device__ inline double number(const gpu::NumberRun& run, std::size_t index) {
    const unsigned long long place = run.first + index;
    return static_cast<double>((place * 2654435761ULL >> 12U) & 0xFFFULL) * run.factor + run.offset;
}

template <class Stored>
__device__ inline Stored rounded(double value) {
    return static_cast<Stored>(value);
}
/// By way of float, whose 24 bits hold every number here but large sums: these are compared with a
/// tolerance.
template <>
__device__ inline __nv_bfloat16 rounded<__nv_bfloat16>(double value) {
    return __float2bfloat16_rn(static_cast<float>(value));
}

template <class Stored>
__device__ inline double widened(Stored value) {
    return static_cast<double>(value);
}
template <>
__device__ inline double widened<__nv_bfloat16>(__nv_bfloat16 value) {
    return static_cast<double>(__bfloat162float(value));
}

template <class Stored>
__global__ void fill(Stored* memory, gpu::NumberRun run) {
    const std::size_t step = static_cast<std::size_t>(gridDim.x) * blockDim.x;
    for (std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
         i < run.count; i += step) {
        memory[i] = rounded<Stored>(number(run, i));
    }
}

/// A NaN is no further off than nothing: the comparison is made so that it is wrong.
template <class Stored>
__global__ void check(const Stored* memory, gpu::NumberRun run, double tolerance,
                      DeviceFaults* faults) {
    const std::size_t step = static_cast<std::size_t>(gridDim.x) * blockDim.x;
    for (std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
         i < run.count; i += step) {
        const double expected = widened(rounded<Stored>(number(run, i)));
        const double seen = widened(memory[i]);
        if (fabs(seen - expected) <= tolerance * fabs(expected)) continue;
        atomicAdd(&faults->wrong, 1ULL);
        atomicMin(&faults->first, static_cast<unsigned long long>(i));
    }
}

template <class Stored>
__global__ void read(const Stored* memory, gpu::NumberRun run, DeviceNumbers* numbers) {
    numbers->seen = widened(memory[0]);
    numbers->expected = widened(rounded<Stored>(number(run, 0)));
}

int blocks(std::size_t count, Width width) {
    const std::size_t wanted = (count + kThreads - 1) / kThreads;
    const auto most = static_cast<std::size_t>(width.multiprocessors) * kBlocksPerMultiprocessor;
    return static_cast<int>(wanted < most ? wanted : most);
}

/// Calls `launch` with a null pointer of the type.
template <class Launch>
void with_type(ElementType type, Launch launch) {
    switch (type) {
        case ElementType::Fp64: return launch(static_cast<double*>(nullptr));
        case ElementType::Fp32: return launch(static_cast<float*>(nullptr));
        case ElementType::Bf16: return launch(static_cast<__nv_bfloat16*>(nullptr));
        case ElementType::Int64: return launch(static_cast<long long*>(nullptr));
    }
}

}  // namespace

void launch_fill_numbers(void* memory, ElementType type, const gpu::NumberRun& run, Width width,
                         cudaStream_t stream) {
    with_type(type, [&](auto* of_type) {
        fill<<<blocks(run.count, width), kThreads, 0, stream>>>(
            static_cast<decltype(of_type)>(memory), run);
    });
}

void launch_check_numbers(const void* memory, ElementType type, const gpu::NumberRun& run,
                          double tolerance, DeviceFaults* faults, Width width,
                          cudaStream_t stream) {
    with_type(type, [&](auto* of_type) {
        auto* const numbers = static_cast<decltype(of_type)>(const_cast<void*>(memory));
        check<<<blocks(run.count, width), kThreads, 0, stream>>>(numbers, run, tolerance, faults);
    });
}

void launch_read_number(const void* memory, ElementType type, const gpu::NumberRun& run,
                        DeviceNumbers* numbers, cudaStream_t stream) {
    with_type(type, [&](auto* of_type) {
        auto* const first = static_cast<decltype(of_type)>(const_cast<void*>(memory));
        read<<<1, 1, 0, stream>>>(first, run, numbers);
    });
}

}  // namespace rackproof::cuda
