// gpu_copy_ways [MIB]
// Which copy kernel is the fastest on this GPU: how much of it a thread has on its way before it
// stores, with streaming hints or without, in one stretch a block or with blocks that stay; beside
// them cudaMemcpy. What membw.copy should be is to be read here. One line of JSON a way, the
// fastest first, with all samples; all ways by turns, so that a clock that moves favours none.
#include <cuda_runtime.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/owner.hpp"

namespace rackproof::bench {
namespace {

constexpr int kThreads = 512;
constexpr int kRounds = 7;
constexpr double kTrial_s = 0.02;

void check(cudaError_t status, const char* call) {
    if (status == cudaSuccess) return;
    throw std::runtime_error{std::string{call} + ": " + cudaGetErrorString(status)};
}

template <class Type, auto kClose>
struct Traits {
    using Handle = Type;
    static constexpr Handle kNull = nullptr;
    static void close(Handle handle) noexcept { (void)kClose(handle); }
};
using Memory = Owner<Traits<void*, cudaFree>>;
using Event = Owner<Traits<cudaEvent_t, cudaEventDestroy>>;

Memory allocate(std::size_t bytes) {
    void* memory = nullptr;
    check(cudaMalloc(&memory, bytes), "cudaMalloc");
    return Memory{memory};
}

Event new_event() {
    cudaEvent_t event = nullptr;
    check(cudaEventCreate(&event), "cudaEventCreate");
    return Event{event};
}

enum class Hints { Streaming, None };
enum class Blocks { OneStretch, Stay };

template <Hints kHints>
__device__ double2 load(const double2* from) {
    if constexpr (kHints == Hints::Streaming) return __ldcs(from);
    return *from;
}
template <Hints kHints>
__device__ void store(double2* to, double2 value) {
    if constexpr (kHints == Hints::Streaming) {
        __stcs(to, value);
    } else {
        *to = value;
    }
}

template <int kUnroll, Hints kHints>
__global__ void __launch_bounds__(kThreads)
    copy(double2* __restrict__ out, const double2* __restrict__ in, std::size_t pairs) {
    constexpr std::size_t kTile = static_cast<std::size_t>(kThreads) * kUnroll;
    for (std::size_t base = blockIdx.x * kTile; base < pairs; base += gridDim.x * kTile) {
        double2 held[kUnroll];
#pragma unroll
        for (int i = 0; i < kUnroll; ++i) {
            const std::size_t at = base + static_cast<std::size_t>(i) * kThreads + threadIdx.x;
            if (at < pairs) held[i] = load<kHints>(in + at);
        }
#pragma unroll
        for (int i = 0; i < kUnroll; ++i) {
            const std::size_t at = base + static_cast<std::size_t>(i) * kThreads + threadIdx.x;
            if (at < pairs) store<kHints>(out + at, held[i]);
        }
    }
}

__global__ void fill(std::uint64_t* words, std::size_t count) {
    const std::size_t step = static_cast<std::size_t>(gridDim.x) * blockDim.x;
    for (std::size_t i = blockIdx.x * static_cast<std::size_t>(blockDim.x) + threadIdx.x; i < count;
         i += step) {
        words[i] = i * 0x9E3779B97F4A7C15ULL;
    }
}

__global__ void count_wrong(const std::uint64_t* words, std::size_t count,
                            unsigned long long* wrong) {
    const std::size_t step = static_cast<std::size_t>(gridDim.x) * blockDim.x;
    for (std::size_t i = blockIdx.x * static_cast<std::size_t>(blockDim.x) + threadIdx.x; i < count;
         i += step) {
        if (words[i] != i * 0x9E3779B97F4A7C15ULL) atomicAdd(wrong, 1ULL);
    }
}

struct Arrays {
    double2* out = nullptr;
    double2* in = nullptr;
    std::size_t bytes = 0;
    int multiprocessors = 1;
};

struct Way {
    std::string name;
    std::function<void(const Arrays&)> queue;
    std::vector<double> rates{};  ///< B/s, read and written
};

template <int kUnroll, Hints kHints, Blocks kBlocks>
Way way() {
    return {std::to_string(16 * kUnroll) + " B a thread, " +
                (kHints == Hints::Streaming ? "streaming" : "no hints") + ", " +
                (kBlocks == Blocks::Stay ? "blocks that stay" : "one stretch a block"),
            [](const Arrays& arrays) {
                const std::size_t pairs = arrays.bytes / sizeof(double2);
                constexpr std::size_t kTile = static_cast<std::size_t>(kThreads) * kUnroll;
                const std::size_t tiles = (pairs + kTile - 1) / kTile;
                constexpr std::size_t kBlocksEach = 4;
                const std::size_t staying = kBlocksEach * arrays.multiprocessors;
                const auto grid = static_cast<unsigned>(
                    kBlocks == Blocks::Stay ? std::min(staying, tiles) : tiles);
                copy<kUnroll, kHints><<<grid, kThreads>>>(arrays.out, arrays.in, pairs);
            }};
}

template <int kUnroll>
void add_ways(std::vector<Way>& ways) {
    ways.push_back(way<kUnroll, Hints::Streaming, Blocks::OneStretch>());
    ways.push_back(way<kUnroll, Hints::None, Blocks::OneStretch>());
    ways.push_back(way<kUnroll, Hints::Streaming, Blocks::Stay>());
    ways.push_back(way<kUnroll, Hints::None, Blocks::Stay>());
}

std::vector<Way> all_ways() {
    std::vector<Way> ways;
    add_ways<1>(ways);
    add_ways<2>(ways);
    add_ways<4>(ways);
    add_ways<8>(ways);
    add_ways<16>(ways);
    ways.push_back(
        {"cudaMemcpy", [](const Arrays& arrays) {
             check(cudaMemcpyAsync(arrays.out, arrays.in, arrays.bytes, cudaMemcpyDeviceToDevice),
                   "cudaMemcpyAsync");
         }});
    return ways;
}

double seconds(const Way& way, const Arrays& arrays, int count, cudaEvent_t start,
               cudaEvent_t end) {
    check(cudaEventRecord(start), "cudaEventRecord");
    for (int i = 0; i < count; ++i) way.queue(arrays);
    check(cudaGetLastError(), way.name.c_str());
    check(cudaEventRecord(end), "cudaEventRecord");
    check(cudaEventSynchronize(end), "cudaEventSynchronize");
    float elapsed_ms = 0;
    check(cudaEventElapsedTime(&elapsed_ms, start, end), "cudaEventElapsedTime");
    return static_cast<double>(elapsed_ms) * 1e-3 / count;
}

/// Throws where the way does not copy.
void verify(const Way& way, const Arrays& arrays, unsigned long long* wrong) {
    check(cudaMemset(arrays.out, 0xA5, arrays.bytes), "cudaMemset");
    check(cudaMemset(wrong, 0, sizeof *wrong), "cudaMemset");
    way.queue(arrays);
    count_wrong<<<4 * arrays.multiprocessors, kThreads>>>(
        reinterpret_cast<const std::uint64_t*>(arrays.out), arrays.bytes / sizeof(std::uint64_t),
        wrong);
    unsigned long long found = 0;
    check(cudaMemcpy(&found, wrong, sizeof found, cudaMemcpyDeviceToHost), "cudaMemcpy");
    if (found != 0) throw std::runtime_error{way.name + ": wrong words: " + std::to_string(found)};
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void run(std::size_t bytes) {
    Arrays arrays;
    arrays.bytes = bytes;
    check(cudaDeviceGetAttribute(&arrays.multiprocessors, cudaDevAttrMultiProcessorCount, 0),
          "cudaDeviceGetAttribute");
    const Memory out = allocate(bytes);
    const Memory in = allocate(bytes);
    const Memory wrong = allocate(sizeof(unsigned long long));
    arrays.out = static_cast<double2*>(out.get());
    arrays.in = static_cast<double2*>(in.get());
    fill<<<4 * arrays.multiprocessors, kThreads>>>(reinterpret_cast<std::uint64_t*>(arrays.in),
                                                   bytes / sizeof(std::uint64_t));
    const Event start = new_event();
    const Event end = new_event();
    std::vector<Way> ways = all_ways();
    for (const Way& way : ways) verify(way, arrays, static_cast<unsigned long long*>(wrong.get()));
    for (int round = 0; round < kRounds; ++round) {
        for (Way& way : ways) {
            const double one_s = seconds(way, arrays, 2, start.get(), end.get());
            const int count = std::max(2, static_cast<int>(std::ceil(kTrial_s / one_s)));
            way.rates.push_back(2 * static_cast<double>(bytes) /
                                seconds(way, arrays, count, start.get(), end.get()));
        }
    }
    std::sort(ways.begin(), ways.end(),
              [](const Way& a, const Way& b) { return median(a.rates) > median(b.rates); });
    for (const Way& way : ways) {
        std::printf(R"({"way": "%s", "unit": "B/s", "median": %.6g, "values": [)", way.name.c_str(),
                    median(way.rates));
        for (std::size_t i = 0; i < way.rates.size(); ++i) {
            std::printf("%s%.6g", i == 0 ? "" : ", ", way.rates[i]);
        }
        std::printf("]}\n");
    }
}

}  // namespace
}  // namespace rackproof::bench

int main(int count, char** words) {
    try {
        const unsigned long mib = count > 1 ? std::strtoul(words[1], nullptr, 10) : 4096;
        if (count > 2 || mib < 1 || mib > 32768) {
            throw std::runtime_error{"usage: gpu_copy_ways [MIB]"};
        }
        rackproof::bench::run(std::size_t{mib} << 20U);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "gpu_copy_ways: %s\n", error.what());
        return 1;
    }
    return 0;
}
