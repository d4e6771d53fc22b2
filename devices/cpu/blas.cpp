#include "devices/cpu/blas.hpp"

#include <cblas.h>
#include <dlfcn.h>

#include <array>

#include "core/error.hpp"
#include "devices/cpu/cpu_set.hpp"

namespace rackproof::cpu {
namespace {

/// OpenBLAS, loaded when it is first needed: it starts threads and takes 10 ms, for which every
/// command would wait. Never unloaded, for its threads run its code.
class OpenBlas {
  public:
    OpenBlas() {
        // The one that this was built against, or else where the system has it now.
        library_ = ::dlopen(RACKPROOF_OPENBLAS, RTLD_NOW | RTLD_LOCAL);
        if (library_ == nullptr) library_ = ::dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
        if (library_ == nullptr) {
            throw Unsupported{std::string{"OpenBLAS cannot be loaded: "} + ::dlerror()};
        }
        find(dgemm, "cblas_dgemm");
        find(sgemm, "cblas_sgemm");
        find(set_num_threads, "openblas_set_num_threads");
        find(get_num_threads, "openblas_get_num_threads");
        find(setaffinity, "openblas_setaffinity");
        find(get_config, "openblas_get_config");
        find(get_corename, "openblas_get_corename");
    }

    decltype(&cblas_dgemm) dgemm = nullptr;
    decltype(&cblas_sgemm) sgemm = nullptr;
    decltype(&openblas_set_num_threads) set_num_threads = nullptr;
    decltype(&openblas_get_num_threads) get_num_threads = nullptr;
    decltype(&openblas_setaffinity) setaffinity = nullptr;
    decltype(&openblas_get_config) get_config = nullptr;
    decltype(&openblas_get_corename) get_corename = nullptr;

  private:
    template <class Function>
    void find(Function& function, const char* name) {
        function = reinterpret_cast<Function>(::dlsym(library_, name));
        if (function == nullptr) {
            throw Unsupported{std::string{"this OpenBLAS has no "} + name};
        }
    }

    void* library_ = nullptr;
};

const OpenBlas& open_blas() {
    static const OpenBlas kBlas;
    return kBlas;
}

}  // namespace

int use_blas_threads(std::span<const int> cores) {
    const OpenBlas& blas = open_blas();
    blas.set_num_threads(static_cast<int>(cores.size()));
    const int threads = blas.get_num_threads();
    for (int thread = 0; thread < threads; ++thread) {
        // The last of OpenBLAS's indices is the calling thread.
        const bool caller = thread == threads - 1;
        const std::array core{cores[caller ? 0 : static_cast<std::size_t>(thread) + 1]};
        CpuSet set{core};
        const int status = blas.setaffinity(thread, set.bytes(), set.get());
        if (status != 0) {
            throw system_error("pin OpenBLAS's thread " + std::to_string(thread) + " to core " +
                                   std::to_string(core[0]),
                               status);
        }
    }
    return threads;
}

void multiply(const double* a, const double* b, double* c, int m, int n, int k) {
    open_blas().dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0, a, k, b, n, 0.0, c,
                      n);
}

void multiply(const float* a, const float* b, float* c, int m, int n, int k) {
    open_blas().sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0F, a, k, b, n, 0.0F, c,
                      n);
}

std::string blas_version() {
    const std::string config = open_blas().get_config();
    const std::size_t name_end = config.find(' ');
    const std::size_t version_end = config.find(' ', name_end + 1);
    return name_end == std::string::npos ? config : config.substr(0, version_end);
}

std::string blas_core() { return open_blas().get_corename(); }

}  // namespace rackproof::cpu
