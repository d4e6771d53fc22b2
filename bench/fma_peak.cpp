#include "bench/fma_peak.hpp"

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace rackproof::bench {
namespace {

constexpr int kSteps = 4'000'000;
constexpr int kChains = 12;  ///< latency 4 to 6 times 2 units, within 16 registers

template <int kBytes>
double chains(double start) {
    using Vector = double __attribute__((vector_size(kBytes)));
    Vector sum[kChains];
    for (int chain = 0; chain < kChains; ++chain) sum[chain] = Vector{} + (start + chain);
    Vector factor = Vector{} + 0.999999;
    Vector addend = Vector{} + 1e-6;
    // The compiler must not know the numbers.
    asm volatile("" : "+m"(factor), "+m"(addend));
    for (int step = 0; step < kSteps; ++step) {
        for (Vector& one : sum) one = one * factor + addend;
    }
    double total = 0;
    for (Vector& one : sum) total += one[0];
    return total;
}

template <int kBytes>
double peak_of_width(int rounds) {
    double best = 0;
    for (int round = 0; round < rounds; ++round) {
        const auto start = std::chrono::steady_clock::now();
        double total = 0;
#pragma omp parallel reduction(+ : total)
        total += chains<kBytes>(omp_get_thread_num());
        asm volatile("" : : "m"(total));
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        constexpr double kLanes = static_cast<double>(kBytes) / sizeof(double);
        const double flops = 2.0 * kLanes * kChains * kSteps * omp_get_max_threads();
        best = std::max(best, flops / elapsed.count());
    }
    return best;
}

}  // namespace

double fma_peak(int rounds) {
    return std::max(
        {peak_of_width<16>(rounds), peak_of_width<32>(rounds), peak_of_width<64>(rounds)});
}

}  // namespace rackproof::bench
