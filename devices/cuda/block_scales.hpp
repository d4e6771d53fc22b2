#pragma once

#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include <cstdint>

namespace rackproof::cuda {

// What cuBLASLt calls NVFP4, which its headers have from CUDA 12.8 on. Built with older ones there
// is none: the values below are then never handed to it.
#if CUDART_VERSION >= 12080
inline constexpr bool kHasNvfp4 = true;
inline constexpr cudaDataType_t kFp4Type = CUDA_R_4F_E2M1;
inline constexpr auto kScaleModeOfA = CUBLASLT_MATMUL_DESC_A_SCALE_MODE;
inline constexpr auto kScaleModeOfB = CUBLASLT_MATMUL_DESC_B_SCALE_MODE;
inline constexpr std::int32_t kScaleEach16 = CUBLASLT_MATMUL_MATRIX_SCALE_VEC16_UE4M3;
#else
inline constexpr bool kHasNvfp4 = false;
inline constexpr cudaDataType_t kFp4Type = CUDA_R_8I;
inline constexpr auto kScaleModeOfA = CUBLASLT_MATMUL_DESC_TRANSA;
inline constexpr auto kScaleModeOfB = CUBLASLT_MATMUL_DESC_TRANSB;
inline constexpr std::int32_t kScaleEach16 = 0;
#endif

}  // namespace rackproof::cuda
