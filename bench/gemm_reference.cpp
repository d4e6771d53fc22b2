// gemm_reference SIZE SECONDS
// A bare loop of cblas_dgemm at m = n = k = SIZE, and the FMA peak of the same number of cores.
// Threads come from OPENBLAS_NUM_THREADS and OMP_NUM_THREADS, cores from the affinity.
#include <cblas.h>
#include <fmt/core.h>

#include <exception>
#include <random>
#include <vector>

#include "bench/fma_peak.hpp"
#include "bench/samples.hpp"

namespace rackproof::bench {
namespace {

std::vector<double> random_matrix(int size, std::uint32_t seed) {
    std::mt19937 random{seed};
    std::normal_distribution<double> normal;
    std::vector<double> matrix(static_cast<std::size_t>(size) * static_cast<std::size_t>(size));
    for (double& element : matrix) element = normal(random);
    return matrix;
}

void run(int size, double seconds) {
    const std::vector<double> a = random_matrix(size, 1);
    const std::vector<double> b = random_matrix(size, 2);
    std::vector<double> c(a.size());
    const double flops = 2.0 * size * size * size;
    print_rates("dgemm", rates(flops, seconds, [&] {
                    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, size, size, size, 1.0,
                                a.data(), size, b.data(), size, 0.0, c.data(), size);
                }));
    fmt::print("peak best {:.6g} threads {}\n", fma_peak(10), openblas_get_num_threads());
}

}  // namespace
}  // namespace rackproof::bench

int main(int count, char** arguments) {
    if (count != 3) {
        fmt::print(stderr, "usage: gemm_reference SIZE SECONDS\n");
        return 2;
    }
    using rackproof::bench::number;
    try {
        rackproof::bench::run(number<int>(arguments[1]), number<double>(arguments[2]));
    } catch (const std::exception& error) {
        fmt::print(stderr, "gemm_reference: {}\n", error.what());
        return 1;
    }
    return 0;
}
