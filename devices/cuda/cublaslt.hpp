#pragma once

#include <cublasLt.h>

#include <memory>
#include <string>

namespace rackproof::cuda {

/// cuBLASLt's functions, loaded when a product is first made: the library has 700 MB and takes
/// 80 ms. Never unloaded.
struct CublasLt {
    decltype(&cublasLtCreate) create = nullptr;
    decltype(&cublasLtDestroy) destroy = nullptr;
    decltype(&cublasLtGetVersion) get_version = nullptr;
    decltype(&cublasLtGetStatusName) status_name = nullptr;
    decltype(&cublasLtMatmul) matmul = nullptr;
    decltype(&cublasLtMatmulAlgoGetHeuristic) get_heuristic = nullptr;
    decltype(&cublasLtMatmulAlgoCheck) check_algorithm = nullptr;
    decltype(&cublasLtMatmulAlgoConfigGetAttribute) get_config = nullptr;
    decltype(&cublasLtMatmulDescCreate) create_operation = nullptr;
    decltype(&cublasLtMatmulDescDestroy) destroy_operation = nullptr;
    decltype(&cublasLtMatmulDescSetAttribute) set_operation = nullptr;
    decltype(&cublasLtMatrixLayoutCreate) create_layout = nullptr;
    decltype(&cublasLtMatrixLayoutDestroy) destroy_layout = nullptr;
    decltype(&cublasLtMatmulPreferenceCreate) create_preference = nullptr;
    decltype(&cublasLtMatmulPreferenceDestroy) destroy_preference = nullptr;
    decltype(&cublasLtMatmulPreferenceSetAttribute) set_preference = nullptr;

    /// Throws Unsupported if the library, or a function of it, is not there.
    [[nodiscard]] static const CublasLt& loaded();

    [[nodiscard]] std::string version() const;  ///< "cuBLASLt 13.0.2"
};

/// An object of the library's, destroyed with it.
template <class Object>
using LtOwner = std::unique_ptr<Object, cublasStatus_t (*)(Object*)>;
using LtHandle = LtOwner<cublasLtContext>;
using LtOperation = LtOwner<cublasLtMatmulDescOpaque_t>;
using LtLayout = LtOwner<cublasLtMatrixLayoutOpaque_t>;
using LtPreference = LtOwner<cublasLtMatmulPreferenceOpaque_t>;

}  // namespace rackproof::cuda
