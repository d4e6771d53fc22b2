#include "devices/gpu/gemm_choice.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace rackproof::gpu {
namespace {

/// A GPU at its power limit slows down within some tens of milliseconds, and what then is fastest
/// need not be what is so in a short burst: both are longer than that.
constexpr double kUnderLoad_s = 0.2;
constexpr double kTrial_s = 0.03;
constexpr int kFewestRuns = 3;
constexpr std::size_t kKept = 8;
/// The library's own first choice may stay where it is slower by no more than this: less than the
/// 2 % by which a product may be behind another program's.
constexpr double kClearWin = 0.985;

struct Candidate {
    std::string algorithm;
    double look_s = 0;  ///< of one product, at the first look
    std::vector<double> trials_s{};
};

/// Seconds of one of `runs` products, queued behind one that is not timed.
double product_s(Gpu& gpu, GpuGemm& gemm, int runs) {
    gemm.run();
    gpu.mark_start();
    for (int i = 0; i < runs; ++i) gemm.run();
    return gpu.elapsed_s() / runs;
}

int runs_for(double wanted_s, double product_s) {
    constexpr double kMostRuns = 10'000;
    const double runs = std::ceil(wanted_s / std::max(product_s, 1e-9));
    return static_cast<int>(std::clamp(runs, static_cast<double>(kFewestRuns), kMostRuns));
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values,
                             values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
    return values[values.size() / 2];
}

/// The library's first choice, then those that are fastest at a first look: kKept in all.
std::vector<Candidate> looked_at(Gpu& gpu, GpuGemm& gemm,
                                 const std::vector<std::string>& algorithms) {
    gemm.use(algorithms.front());
    (void)product_s(gpu, gemm, runs_for(kUnderLoad_s, product_s(gpu, gemm, kFewestRuns)));
    std::vector<Candidate> candidates;
    for (const std::string& algorithm : algorithms) {
        gemm.use(algorithm);
        candidates.push_back({algorithm, product_s(gpu, gemm, kFewestRuns)});
    }
    std::ranges::stable_sort(candidates.begin() + 1, candidates.end(), {}, &Candidate::look_s);
    candidates.resize(std::min(candidates.size(), kKept));
    return candidates;
}

}  // namespace

std::string fastest_algorithm(Gpu& gpu, GpuGemm& gemm, int rounds) {
    const std::vector<std::string> algorithms = gemm.candidates();
    if (algorithms.size() == 1) return algorithms.front();
    std::vector<Candidate> candidates = looked_at(gpu, gemm, algorithms);
    for (int round = 0; round < rounds; ++round) {
        for (Candidate& candidate : candidates) {
            gemm.use(candidate.algorithm);
            candidate.trials_s.push_back(
                product_s(gpu, gemm, runs_for(kTrial_s, candidate.look_s)));
        }
    }
    const auto usual_s = [](const Candidate& candidate) { return median(candidate.trials_s); };
    const auto best = std::ranges::min_element(candidates, {}, usual_s);
    const Candidate& first = candidates.front();
    return usual_s(*best) < kClearWin * usual_s(first) ? best->algorithm : first.algorithm;
}

}  // namespace rackproof::gpu
