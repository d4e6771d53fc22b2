#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

#include "devices/gpu/gpu.hpp"

namespace rackproof::cuda {

// What the .cu files offer: each queues kernels on `stream` and returns; who calls it looks at
// cudaGetLastError.

/// How wide to go: blocks of all multiprocessors together.
struct Width {
    int multiprocessors = 1;
};

/// Spins until *flag is not 0, at the most a second.
void launch_hold(const volatile std::uint32_t* flag, cudaStream_t stream);

void launch_fill_pattern(double* memory, std::size_t count, int which, Width width,
                         cudaStream_t stream);
void launch_stream(StreamKernel kernel, const gpu::StreamArrays& arrays, Width width,
                   cudaStream_t stream);

/// Found by a check on the GPU: `first` begins as all ones, `wrong` as 0. For the read-only sum,
/// `expected` becomes what it must be.
struct DeviceFaults {
    unsigned long long wrong;
    unsigned long long first;
    unsigned long long expected;
};
void launch_check(StreamKernel kernel, const gpu::StreamArrays& arrays, DeviceFaults* faults,
                  Width width, cudaStream_t stream);

void launch_chase(const std::uint64_t* next, std::uint64_t start, std::uint64_t steps,
                  std::uint64_t* end, cudaStream_t stream);

/// C = A B, as gpu::GemmOperands lies.
struct ProductShape {
    const void* a;
    const void* b;
    const void* c;
    std::size_t m, n, k;
};

/// Sums over columns are taken in so many parts at a time.
inline constexpr int kSumParts = 32;

/// bx and b_square: kSumParts x k; cx and c_square: kSumParts x m; abx and a_square: m. The sums
/// are in the first k or m of each; the rest is room for parts.
struct SumBuffers {
    double* bx;
    double* b_square;
    double* cx;
    double* c_square;
    double* abx;
    double* a_square;
};

void launch_fill_normal(void* memory, Precision precision, const gpu::OperandSize& size,
                        std::uint64_t key, Width width, cudaStream_t stream);
void launch_product_sums(Precision precision, const ProductShape& shape, const SumBuffers& to,
                         std::uint64_t seed, cudaStream_t stream);
/// Adds to *sum.
void launch_digest(const void* memory, std::size_t words, unsigned long long* sum, Width width,
                   cudaStream_t stream);

inline constexpr unsigned kMemoryFaultsKept = 16;
struct MemoryTally {
    unsigned long long wrong;
    gpu::MemoryFault first[kMemoryFaultsKept];
    unsigned long long of_bit[64];  ///< of the first gpu::kMostTallied
};
/// `words` is even.
void launch_write_memory(void* memory, std::size_t words, const gpu::MemoryPass& pass, Width width,
                         cudaStream_t stream);
void launch_read_memory(void* memory, std::size_t words, const gpu::MemoryPass& pass,
                        gpu::Gpu::Leave leave, MemoryTally* tally, Width width,
                        cudaStream_t stream);

void launch_fill_numbers(void* memory, ElementType type, const gpu::NumberRun& run, Width width,
                         cudaStream_t stream);
void launch_check_numbers(const void* memory, ElementType type, const gpu::NumberRun& run,
                          double tolerance, DeviceFaults* faults, Width width, cudaStream_t stream);
/// The first number of a run: what is there, and what must be.
struct DeviceNumbers {
    double seen;
    double expected;
};
void launch_read_number(const void* memory, ElementType type, const gpu::NumberRun& run,
                        DeviceNumbers* numbers, cudaStream_t stream);

/// What the output of a stream kernel, other than the sum, must hold at `index`.
[[nodiscard]] double expected_value(StreamKernel kernel, std::uint64_t index);

}  // namespace rackproof::cuda
