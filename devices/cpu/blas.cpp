#include "devices/cpu/blas.hpp"

#include <cblas.h>

#include <array>

#include "core/error.hpp"
#include "devices/cpu/cpu_set.hpp"

namespace rackproof::cpu {

int use_blas_threads(std::span<const int> cores) {
    openblas_set_num_threads(static_cast<int>(cores.size()));
    const int threads = openblas_get_num_threads();
    for (int thread = 0; thread < threads; ++thread) {
        // The last of OpenBLAS's indices is the calling thread.
        const bool caller = thread == threads - 1;
        const std::array core{cores[caller ? 0 : static_cast<std::size_t>(thread) + 1]};
        CpuSet set{core};
        const int status = openblas_setaffinity(thread, set.bytes(), set.get());
        if (status != 0) {
            throw system_error("pin OpenBLAS's thread " + std::to_string(thread) + " to core " +
                                   std::to_string(core[0]),
                               status);
        }
    }
    return threads;
}

void multiply(const double* a, const double* b, double* c, int m, int n, int k) {
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0, a, k, b, n, 0.0, c, n);
}

void multiply(const float* a, const float* b, float* c, int m, int n, int k) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0F, a, k, b, n, 0.0F, c, n);
}

std::string blas_version() {
    const std::string config = openblas_get_config();
    const std::size_t name_end = config.find(' ');
    const std::size_t version_end = config.find(' ', name_end + 1);
    return name_end == std::string::npos ? config : config.substr(0, version_end);
}

std::string blas_core() { return openblas_get_corename(); }

}  // namespace rackproof::cpu
