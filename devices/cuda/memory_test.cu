#include "devices/cuda/grid.cuh"
#include "devices/cuda/kernels.hpp"

namespace rackproof::cuda {
namespace {

__device__ inline std::uint64_t word_of(const gpu::MemoryPass& pass, std::uint64_t place) {
    const std::uint64_t index = pass.first_word + place;
    std::uint64_t word = 0;
    switch (pass.pattern) {
        case MemoryPattern::Walking: word = 1ULL << ((index + pass.number) % 64); break;
        case MemoryPattern::Inversions: word = pass.number; break;
        case MemoryPattern::Address: word = index * sizeof(std::uint64_t); break;
        case MemoryPattern::Random: word = mixed(pass.number * kGolden + index); break;
    }
    return pass.inverted ? ~word : word;
}

__global__ void write(ulonglong2* memory, std::size_t pairs, gpu::MemoryPass pass) {
    for (std::size_t i = thread_index(); i < pairs; i += thread_count()) {
        __stcs(memory + i, ulonglong2{word_of(pass, 2 * i), word_of(pass, 2 * i + 1)});
    }
}

__device__ inline void note(MemoryTally* tally, std::uint64_t word, std::uint64_t seen,
                            std::uint64_t expected) {
    const unsigned long long number = atomicAdd(&tally->wrong, 1ULL);
    if (number < kMemoryFaultsKept) tally->first[number] = {word, seen, expected};
    if (number >= gpu::kMostTallied) return;
    for (std::uint64_t bits = seen ^ expected; bits != 0; bits &= bits - 1) {
        atomicAdd(&tally->of_bit[__ffsll(static_cast<long long>(bits)) - 1], 1ULL);
    }
}

template <bool kInvert>
__global__ void read(ulonglong2* memory, std::size_t pairs, gpu::MemoryPass pass,
                     MemoryTally* tally) {
    for (std::size_t i = thread_index(); i < pairs; i += thread_count()) {
        const ulonglong2 seen = __ldcs(memory + i);
        const std::uint64_t x = word_of(pass, 2 * i);
        const std::uint64_t y = word_of(pass, 2 * i + 1);
        if (seen.x != x) note(tally, pass.first_word + 2 * i, seen.x, x);
        if (seen.y != y) note(tally, pass.first_word + 2 * i + 1, seen.y, y);
        if constexpr (kInvert) __stcs(memory + i, ulonglong2{~x, ~y});
    }
}

}  // namespace

void launch_write_memory(void* memory, std::size_t words, const gpu::MemoryPass& pass, Width width,
                         cudaStream_t queue) {
    write<<<even_grid(width), kThreads, 0, queue>>>(static_cast<ulonglong2*>(memory), words / 2,
                                                    pass);
}

void launch_read_memory(void* memory, std::size_t words, const gpu::MemoryPass& pass,
                        gpu::Gpu::Leave leave, MemoryTally* tally, Width width,
                        cudaStream_t queue) {
    auto* pairs = static_cast<ulonglong2*>(memory);
    if (leave == gpu::Gpu::Leave::Inverted) {
        read<true><<<even_grid(width), kThreads, 0, queue>>>(pairs, words / 2, pass, tally);
    } else {
        read<false><<<even_grid(width), kThreads, 0, queue>>>(pairs, words / 2, pass, tally);
    }
}

}  // namespace rackproof::cuda
