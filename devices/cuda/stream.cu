#include "devices/cuda/grid.cuh"
#include "devices/cuda/kernels.hpp"

namespace rackproof::cuda {
namespace {

constexpr double kScalar = 3.0;  ///< STREAM's own

__host__ __device__ inline double pattern(std::uint64_t index, int which) {
    const std::uint64_t key = static_cast<std::uint64_t>(which + 1) * kGolden;
    return static_cast<double>(mixed(index + key) & 0xFFFFFU);
}

__global__ void hold(const volatile std::uint32_t* flag) {
    constexpr std::uint64_t kLongest_ns = 1'000'000'000;
    std::uint64_t begin = 0;
    std::uint64_t now = 0;
    asm volatile("mov.u64 %0, %globaltimer;" : "=l"(begin));
    do {
        asm volatile("mov.u64 %0, %globaltimer;" : "=l"(now));
    } while (*flag == 0 && now - begin < kLongest_ns);
}

__global__ void fill_pattern(double* memory, std::size_t count, int which) {
    for (std::size_t i = thread_index(); i < count; i += thread_count()) {
        memory[i] = pattern(i, which);
    }
}

template <StreamKernel kKernel>
__device__ inline double2 combined(double2 x, double2 y) {
    if constexpr (kKernel == StreamKernel::Copy) return x;
    if constexpr (kKernel == StreamKernel::Scale) return {kScalar * x.x, kScalar * x.y};
    if constexpr (kKernel == StreamKernel::Add) return {x.x + y.x, x.y + y.y};
    return {x.x + kScalar * y.x, x.y + kScalar * y.y};
}

/// Each block does one stretch of kUnroll times its threads; all loads of a thread are on their way
/// before its first store. `pairs` counts double2.
template <StreamKernel kKernel, int kUnroll>
__global__ void __launch_bounds__(kThreads)
    stream(double2* __restrict__ out, const double2* __restrict__ x, const double2* __restrict__ y,
           std::size_t pairs) {
    constexpr bool kTwo = kKernel == StreamKernel::Add || kKernel == StreamKernel::Triad;
    const std::size_t first =
        static_cast<std::size_t>(blockIdx.x) * (kThreads * kUnroll) + threadIdx.x;
    double2 a[kUnroll];
    double2 b[kUnroll];
#pragma unroll
    for (int i = 0; i < kUnroll; ++i) {
        const std::size_t at = first + static_cast<std::size_t>(i) * kThreads;
        if (at < pairs) {
            a[i] = __ldcs(x + at);
            if constexpr (kTwo) b[i] = __ldcs(y + at);
        }
    }
#pragma unroll
    for (int i = 0; i < kUnroll; ++i) {
        const std::size_t at = first + static_cast<std::size_t>(i) * kThreads;
        if (at < pairs) __stcs(out + at, combined<kKernel>(a[i], kTwo ? b[i] : a[i]));
    }
}

__device__ inline double block_sum(double value) {
    __shared__ double of_warp[kThreads / 32];
    for (int step = 16; step > 0; step /= 2) value += __shfl_down_sync(~0U, value, step);
    if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = value;
    __syncthreads();
    if (threadIdx.x >= 32) return 0;
    value = threadIdx.x < kThreads / 32 ? of_warp[threadIdx.x] : 0;
    for (int step = 16; step > 0; step /= 2) value += __shfl_down_sync(~0U, value, step);
    return value;
}

/// The sum is one of whole numbers below 2^53: exact in whatever order.
template <int kUnroll>
__global__ void __launch_bounds__(kThreads)
    read_sum(double* sum, const double2* __restrict__ x, std::size_t pairs) {
    double own = 0;
    const std::size_t tile = static_cast<std::size_t>(kThreads) * kUnroll;
    for (std::size_t base = blockIdx.x * tile; base < pairs; base += gridDim.x * tile) {
        double2 a[kUnroll];
#pragma unroll
        for (int i = 0; i < kUnroll; ++i) {
            const std::size_t at = base + static_cast<std::size_t>(i) * kThreads + threadIdx.x;
            a[i] = at < pairs ? __ldcs(x + at) : double2{0, 0};
        }
#pragma unroll
        for (int i = 0; i < kUnroll; ++i) own += a[i].x + a[i].y;
    }
    const double total = block_sum(own);
    if (threadIdx.x == 0) atomicAdd(sum, total);
}

template <StreamKernel kKernel>
__global__ void check(const double2* __restrict__ out, std::size_t pairs, DeviceFaults* faults) {
    for (std::size_t i = thread_index(); i < pairs; i += thread_count()) {
        const double2 x{pattern(2 * i, 0), pattern(2 * i + 1, 0)};
        const double2 y{pattern(2 * i, 1), pattern(2 * i + 1, 1)};
        const double2 expected = combined<kKernel>(x, y);
        const double2 seen = out[i];
        if (seen.x != expected.x) {
            atomicAdd(&faults->wrong, 1ULL);
            atomicMin(&faults->first, static_cast<unsigned long long>(2 * i));
        }
        if (seen.y != expected.y) {
            atomicAdd(&faults->wrong, 1ULL);
            atomicMin(&faults->first, static_cast<unsigned long long>(2 * i + 1));
        }
    }
}

__global__ void __launch_bounds__(kThreads) sum_pattern(std::size_t count, DeviceFaults* faults) {
    unsigned long long own = 0;
    for (std::size_t i = thread_index(); i < count; i += thread_count()) {
        own += static_cast<unsigned long long>(pattern(i, 0));
    }
    for (int step = 16; step > 0; step /= 2) own += __shfl_down_sync(~0U, own, step);
    if (threadIdx.x % 32 == 0) atomicAdd(&faults->expected, own);
}

__global__ void chase(const std::uint64_t* next, std::uint64_t start, std::uint64_t steps,
                      std::uint64_t* end) {
    constexpr std::uint64_t kWordsALine = 16;
    std::uint64_t at = start;
    for (std::uint64_t step = 0; step < steps; ++step) {
        at = __ldcg(reinterpret_cast<const unsigned long long*>(next) + at * kWordsALine);
    }
    *end = at;
}

template <StreamKernel kKernel>
void launch(const gpu::StreamArrays& arrays, cudaStream_t queue) {
    constexpr int kUnroll = 4;
    const std::size_t pairs = arrays.count / 2;
    constexpr std::size_t kTile = static_cast<std::size_t>(kThreads) * kUnroll;
    const auto grid = static_cast<unsigned>((pairs + kTile - 1) / kTile);
    stream<kKernel, kUnroll><<<grid, kThreads, 0, queue>>>(
        reinterpret_cast<double2*>(arrays.out), reinterpret_cast<const double2*>(arrays.x),
        reinterpret_cast<const double2*>(arrays.y), pairs);
}

template <StreamKernel kKernel>
void launch_check_of(const gpu::StreamArrays& arrays, DeviceFaults* faults, Width width,
                     cudaStream_t queue) {
    check<kKernel><<<even_grid(width), kThreads, 0, queue>>>(
        reinterpret_cast<const double2*>(arrays.out), arrays.count / 2, faults);
}

}  // namespace

double expected_value(StreamKernel kernel, std::uint64_t index) {
    const double x = pattern(index, 0);
    const double y = pattern(index, 1);
    switch (kernel) {
        case StreamKernel::Copy:
        case StreamKernel::Read: return x;
        case StreamKernel::Scale: return kScalar * x;
        case StreamKernel::Add: return x + y;
        case StreamKernel::Triad: break;
    }
    return x + kScalar * y;
}

void launch_hold(const volatile std::uint32_t* flag, cudaStream_t queue) {
    hold<<<1, 1, 0, queue>>>(flag);
}

void launch_fill_pattern(double* memory, std::size_t count, int which, Width width,
                         cudaStream_t queue) {
    fill_pattern<<<even_grid(width), kThreads, 0, queue>>>(memory, count, which);
}

void launch_stream(StreamKernel kernel, const gpu::StreamArrays& arrays, Width width,
                   cudaStream_t queue) {
    switch (kernel) {
        case StreamKernel::Copy: return launch<StreamKernel::Copy>(arrays, queue);
        case StreamKernel::Scale: return launch<StreamKernel::Scale>(arrays, queue);
        case StreamKernel::Add: return launch<StreamKernel::Add>(arrays, queue);
        case StreamKernel::Triad: return launch<StreamKernel::Triad>(arrays, queue);
        case StreamKernel::Read: break;
    }
    (void)cudaMemsetAsync(arrays.out, 0, sizeof(double), queue);
    read_sum<8><<<width.multiprocessors * 4, kThreads, 0, queue>>>(
        arrays.out, reinterpret_cast<const double2*>(arrays.x), arrays.count / 2);
}

void launch_check(StreamKernel kernel, const gpu::StreamArrays& arrays, DeviceFaults* faults,
                  Width width, cudaStream_t queue) {
    switch (kernel) {
        case StreamKernel::Copy:
            return launch_check_of<StreamKernel::Copy>(arrays, faults, width, queue);
        case StreamKernel::Scale:
            return launch_check_of<StreamKernel::Scale>(arrays, faults, width, queue);
        case StreamKernel::Add:
            return launch_check_of<StreamKernel::Add>(arrays, faults, width, queue);
        case StreamKernel::Triad:
            return launch_check_of<StreamKernel::Triad>(arrays, faults, width, queue);
        case StreamKernel::Read: break;
    }
    sum_pattern<<<even_grid(width), kThreads, 0, queue>>>(arrays.count, faults);
}

void launch_chase(const std::uint64_t* next, std::uint64_t start, std::uint64_t steps,
                  std::uint64_t* end, cudaStream_t queue) {
    chase<<<1, 1, 0, queue>>>(next, start, steps, end);
}

}  // namespace rackproof::cuda
