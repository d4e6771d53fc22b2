#include "devices/cuda/cublaslt.hpp"

#include <dlfcn.h>

#include "core/error.hpp"

namespace rackproof::cuda {
namespace {

constexpr int kMajor = CUBLAS_VER_MAJOR;

/// The library of the headers that this was built with: another major version may differ.
void* open_library() {
    const std::string name = "libcublasLt.so." + std::to_string(kMajor);
    void* library = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) return library;
    const char* answer = ::dlerror();
    throw Unsupported{"cuBLASLt cannot be loaded: " +
                      (answer == nullptr ? name : std::string{answer})};
}

template <class Function>
void find(void* library, Function& function, const char* name) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
    if (function == nullptr) throw Unsupported{std::string{"this cuBLASLt has no "} + name};
}

CublasLt load() {
    void* library = open_library();
    CublasLt lt;
    find(library, lt.create, "cublasLtCreate");
    find(library, lt.destroy, "cublasLtDestroy");
    find(library, lt.get_version, "cublasLtGetVersion");
    find(library, lt.status_name, "cublasLtGetStatusName");
    find(library, lt.matmul, "cublasLtMatmul");
    find(library, lt.get_heuristic, "cublasLtMatmulAlgoGetHeuristic");
    find(library, lt.check_algorithm, "cublasLtMatmulAlgoCheck");
    find(library, lt.get_config, "cublasLtMatmulAlgoConfigGetAttribute");
    find(library, lt.create_operation, "cublasLtMatmulDescCreate");
    find(library, lt.destroy_operation, "cublasLtMatmulDescDestroy");
    find(library, lt.set_operation, "cublasLtMatmulDescSetAttribute");
    find(library, lt.create_layout, "cublasLtMatrixLayoutCreate");
    find(library, lt.destroy_layout, "cublasLtMatrixLayoutDestroy");
    find(library, lt.create_preference, "cublasLtMatmulPreferenceCreate");
    find(library, lt.destroy_preference, "cublasLtMatmulPreferenceDestroy");
    find(library, lt.set_preference, "cublasLtMatmulPreferenceSetAttribute");
    return lt;
}

}  // namespace

const CublasLt& CublasLt::loaded() {
    static const CublasLt kLoaded = load();
    return kLoaded;
}

std::string CublasLt::version() const {
    const std::size_t version = get_version();
    // 130002 from CUDA 13 on, 120304 likewise, before that a digit less.
    return "cuBLASLt " + std::to_string(version / 10000) + "." +
           std::to_string(version / 100 % 100) + "." + std::to_string(version % 100);
}

}  // namespace rackproof::cuda
