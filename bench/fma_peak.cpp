#include "bench/fma_peak.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace rackproof::bench {
namespace {

constexpr int kSteps = 4'000'000;
constexpr int kChains = 12;  ///< latency 4 to 6 times 2 units, within 16 registers

using Vector16 = double __attribute__((vector_size(16)));
using Vector32 = double __attribute__((vector_size(32)));
using Vector64 = double __attribute__((vector_size(64)));

template <class Vector>
double chains(double start) {
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
    for (const Vector& one : sum) total += one[0];
    return total;
}

template <class Vector>
double peak_of_width(int rounds) {
    double best = 0;
    for (int round = 0; round < rounds; ++round) {
        const auto start = std::chrono::steady_clock::now();
        double total = 0;
        int threads = 0;
#pragma omp parallel reduction(+ : total, threads)
        {
            total += chains<Vector>(round);
            ++threads;
        }
        asm volatile("" : : "m"(total));
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        constexpr double kLanes = static_cast<double>(sizeof(Vector)) / sizeof(double);
        const double flops = 2.0 * kLanes * kChains * kSteps * threads;
        best = std::max(best, flops / elapsed.count());
    }
    return best;
}

}  // namespace

double fma_peak(int rounds) {
    return std::max({peak_of_width<Vector16>(rounds), peak_of_width<Vector32>(rounds),
                     peak_of_width<Vector64>(rounds)});
}

}  // namespace rackproof::bench
