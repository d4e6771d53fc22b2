#include "devices/cuda/cuda_gemm.hpp"

#include <array>
#include <cstring>
#include <string_view>

#include "core/error.hpp"
#include "devices/cuda/block_scales.hpp"
#include "devices/gpu/chip.hpp"
#include "devices/gpu/nvfp4.hpp"

namespace rackproof::cuda {
namespace {

constexpr std::size_t kWorkspaceBytes = std::size_t{64} << 20U;
constexpr int kMostCandidates = 32;

/// How cuBLASLt is asked for a precision (its manual, table of cublasLtMatmul()'s types).
struct Types {
    cudaDataType_t operand;
    cudaDataType_t result;
    cublasComputeType_t compute;
    cudaDataType_t scale;
};

Types types_of(Precision precision) {
    switch (precision) {
        case Precision::Fp64: return {CUDA_R_64F, CUDA_R_64F, CUBLAS_COMPUTE_64F, CUDA_R_64F};
        case Precision::Fp32: return {CUDA_R_32F, CUDA_R_32F, CUBLAS_COMPUTE_32F, CUDA_R_32F};
        case Precision::Tf32:
            return {CUDA_R_32F, CUDA_R_32F, CUBLAS_COMPUTE_32F_FAST_TF32, CUDA_R_32F};
        case Precision::Fp16: return {CUDA_R_16F, CUDA_R_16F, CUBLAS_COMPUTE_32F, CUDA_R_32F};
        case Precision::Bf16: return {CUDA_R_16BF, CUDA_R_16BF, CUBLAS_COMPUTE_32F, CUDA_R_32F};
        case Precision::Fp8E4m3:
            return {CUDA_R_8F_E4M3, CUDA_R_16BF, CUBLAS_COMPUTE_32F, CUDA_R_32F};
        case Precision::Int8: return {CUDA_R_8I, CUDA_R_32I, CUBLAS_COMPUTE_32I, CUDA_R_32I};
        case Precision::Nvfp4: return {kFp4Type, CUDA_R_16BF, CUBLAS_COMPUTE_32F, CUDA_R_32F};
    }
    throw Error{"make a product", "no such precision"};
}

constexpr std::string_view kBytes = " bytes ";
constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string to_hex(const cublasLtMatmulAlgo_t& algorithm) {
    std::array<unsigned char, sizeof algorithm> bytes{};
    std::memcpy(bytes.data(), &algorithm, sizeof algorithm);
    std::string hex;
    for (const unsigned char byte : bytes) {
        hex += kHexDigits[byte >> 4U];
        hex += kHexDigits[byte & 0xFU];
    }
    return hex;
}

cublasLtMatmulAlgo_t from_hex(const std::string& text) {
    const std::size_t place = text.rfind(kBytes);
    const std::string_view hex =
        place == std::string::npos ? "" : std::string_view{text}.substr(place + kBytes.size());
    cublasLtMatmulAlgo_t algorithm{};
    std::array<unsigned char, sizeof algorithm> bytes{};
    if (hex.size() != 2 * bytes.size() ||
        hex.find_first_not_of(kHexDigits) != std::string_view::npos) {
        throw Error{"read the bytes of cuBLASLt's algorithm",
                    "expected " + std::to_string(2 * bytes.size()) + " hexadecimal digits last"};
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::size_t high = kHexDigits.find(hex[2 * i]);
        bytes.at(i) = static_cast<unsigned char>(16 * high + kHexDigits.find(hex[2 * i + 1]));
    }
    std::memcpy(&algorithm, bytes.data(), sizeof algorithm);
    return algorithm;
}

/// Throws Unsupported where the chip, or the CUDA that this was built with, has no such numbers.
void require_nvfp4(const CudaGpu& gpu) {
    constexpr int kFirstChip = 100;
    if (!kHasNvfp4) {
        throw Unsupported{"this rackproof was built with a CUDA before 12.8, which has no nvfp4"};
    }
    if (gpu::compute_capability(gpu.info()) >= kFirstChip) return;
    throw Unsupported{"nvfp4 needs a chip from sm_100 on; " + name_of(gpu.info()) + " is " +
                      gpu.info().vector_unit};
}

}  // namespace

CudaGemm::CudaGemm(CudaGpu& gpu, const GemmShape& shape, const gpu::GemmOperands& operands)
    : lt_{&CublasLt::loaded()},
      gpu_{&gpu},
      name_{std::string{to_string(shape.precision)} + " product of " + std::to_string(shape.m) +
            " x " + std::to_string(shape.n) + " x " + std::to_string(shape.k)},
      integers_{shape.precision == Precision::Int8},
      doubles_{shape.precision == Precision::Fp64},
      operands_{operands},
      handle_{nullptr, lt_->destroy},
      operation_{nullptr, lt_->destroy_operation},
      a_{nullptr, lt_->destroy_layout},
      b_{nullptr, lt_->destroy_layout},
      c_{nullptr, lt_->destroy_layout} {
    if (shape.precision == Precision::Nvfp4) require_nvfp4(gpu);
    const Types types = types_of(shape.precision);
    cublasLtHandle_t handle = nullptr;
    check(lt_->create(&handle), "cublasLtCreate");
    handle_.reset(handle);
    cublasLtMatmulDesc_t operation = nullptr;
    check(lt_->create_operation(&operation, types.compute, types.scale),
          "cublasLtMatmulDescCreate");
    operation_.reset(operation);
    const cublasOperation_t transposed = CUBLAS_OP_T;
    check(
        lt_->set_operation(operation, CUBLASLT_MATMUL_DESC_TRANSA, &transposed, sizeof transposed),
        "cublasLtMatmulDescSetAttribute");
    const auto layout = [this](LtLayout& to, cudaDataType_t type, std::int64_t rows,
                               std::int64_t columns) {
        cublasLtMatrixLayout_t made = nullptr;
        check(lt_->create_layout(&made, type, static_cast<std::uint64_t>(rows),
                                 static_cast<std::uint64_t>(columns), rows),
              "cublasLtMatrixLayoutCreate");
        to.reset(made);
    };
    layout(a_, types.operand, shape.k, shape.m);
    layout(b_, types.operand, shape.k, shape.n);
    layout(c_, types.result, shape.m, shape.n);
    if (shape.precision == Precision::Nvfp4) set_block_scales(shape);
    workspace_.reset(gpu_->allocate(kWorkspaceBytes));
}

/// Where each operand's scales lie.
void CudaGemm::set_block_scales(const GemmShape& shape) {
    const auto scales_of = [&shape](void* operand, std::int64_t vectors) {
        const gpu::Nvfp4Layout layout{.vectors = static_cast<std::size_t>(vectors),
                                      .length = static_cast<std::size_t>(shape.k)};
        return static_cast<void*>(static_cast<std::byte*>(operand) + layout.scales_at());
    };
    const auto set = [this](cublasLtMatmulDescAttributes_t name, const auto& value) {
        check(lt_->set_operation(operation_.get(), name, &value, sizeof value),
              "cublasLtMatmulDescSetAttribute");
    };
    set(kScaleModeOfA, kScaleEach16);
    set(kScaleModeOfB, kScaleEach16);
    set(CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, scales_of(operands_.a, shape.m));
    set(CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, scales_of(operands_.b, shape.n));
}

void CudaGemm::check(cublasStatus_t answer, const char* call) const {
    if (answer == CUBLAS_STATUS_SUCCESS) return;
    const std::string text =
        std::string{lt_->status_name(answer)} + " (" + std::to_string(answer) + ")";
    const std::string attempted = std::string{call} + " on " + name_of(gpu_->info());
    if (answer == CUBLAS_STATUS_NOT_SUPPORTED || answer == CUBLAS_STATUS_ARCH_MISMATCH) {
        throw Unsupported{attempted + ", " + name_ + ": " + text};
    }
    throw Error{attempted + ", " + name_, text};
}

/// In the library's own order. Sums in place of a result are left out: they may depend on the
/// order in which blocks end, and one GPU's digest must be every GPU's.
std::vector<std::string> CudaGemm::candidates() {
    cublasLtMatmulPreference_t made = nullptr;
    check(lt_->create_preference(&made), "cublasLtMatmulPreferenceCreate");
    const LtPreference preference{made, lt_->destroy_preference};
    const auto set = [&](cublasLtMatmulPreferenceAttributes_t name, const auto& value) {
        check(lt_->set_preference(made, name, &value, sizeof value),
              "cublasLtMatmulPreferenceSetAttribute");
    };
    set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, std::uint64_t{kWorkspaceBytes});
    set(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
        std::uint32_t{CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE |
                      CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE});
    std::array<cublasLtMatmulHeuristicResult_t, kMostCandidates> found{};
    int count = 0;
    check(lt_->get_heuristic(handle_.get(), operation_.get(), a_.get(), b_.get(), c_.get(),
                             c_.get(), made, kMostCandidates, found.data(), &count),
          "cublasLtMatmulAlgoGetHeuristic");
    std::vector<std::string> usable;
    for (int i = 0; i < count; ++i) {
        const auto& one = found.at(static_cast<std::size_t>(i));
        if (one.state != CUBLAS_STATUS_SUCCESS) continue;
        usable.push_back(text_of(one.algo));
        proposed_[usable.back()] = one.algo;
    }
    if (usable.empty()) throw Unsupported{"cuBLASLt has no algorithm for a " + name_};
    return usable;
}

std::string CudaGemm::settings(const std::string& algorithm) const {
    return algorithm.substr(0, algorithm.rfind(kBytes));
}

void CudaGemm::use(const std::string& algorithm) {
    const auto proposed = proposed_.find(algorithm);
    algorithm_ = proposed == proposed_.end() ? restored(algorithm) : proposed->second;
}

/// By cuBLASLt's manual an algorithm may be stored as its bytes, and restored by the same version.
cublasLtMatmulAlgo_t CudaGemm::restored(const std::string& text) const {
    const cublasLtMatmulAlgo_t algorithm = from_hex(text);
    cublasLtMatmulHeuristicResult_t found{};
    const cublasStatus_t answer =
        lt_->check_algorithm(handle_.get(), operation_.get(), a_.get(), b_.get(), c_.get(),
                             c_.get(), &algorithm, &found);
    const std::string attempted = "cublasLtMatmulAlgoCheck on " + name_of(gpu_->info());
    if (answer != CUBLAS_STATUS_SUCCESS) {
        throw Error{attempted,
                    std::string{lt_->status_name(answer)} + " (" + std::to_string(answer) + ")"};
    }
    if (text_of(algorithm) != text) {
        throw Error{attempted, "its bytes are another one here: " + settings(text_of(algorithm))};
    }
    if (found.workspaceSize > kWorkspaceBytes) {
        throw Error{attempted, "it wants " + std::to_string(found.workspaceSize) +
                                   " bytes of workspace, more than " +
                                   std::to_string(kWorkspaceBytes)};
    }
    return algorithm;
}

void CudaGemm::run() {
    const double one = 1;
    const double zero = 0;
    const float one_f = 1;
    const float zero_f = 0;
    const std::int32_t one_i = 1;
    const std::int32_t zero_i = 0;
    const void* alpha = doubles_ ? static_cast<const void*>(&one) : &one_f;
    const void* beta = doubles_ ? static_cast<const void*>(&zero) : &zero_f;
    if (integers_) {
        alpha = &one_i;
        beta = &zero_i;
    }
    check(lt_->matmul(handle_.get(), operation_.get(), alpha, operands_.a, a_.get(), operands_.b,
                      b_.get(), beta, operands_.c, c_.get(), operands_.c, c_.get(), &algorithm_,
                      workspace_.get(), kWorkspaceBytes, gpu_->main_queue()),
          "cublasLtMatmul");
    gpu_->queued("cublasLtMatmul");
}

/// Its settings, for people, and its bytes, for use(): "id 66 tile 20 ... bytes 42000000...".
std::string CudaGemm::text_of(const cublasLtMatmulAlgo_t& algorithm) const {
    struct Setting {
        cublasLtMatmulAlgoConfigAttributes_t name;
        const char* text;
        std::size_t bytes;
    };
    constexpr Setting kSettings[] = {{CUBLASLT_ALGO_CONFIG_ID, "id", 4},
                                     {CUBLASLT_ALGO_CONFIG_TILE_ID, "tile", 4},
                                     {CUBLASLT_ALGO_CONFIG_STAGES_ID, "stages", 4},
                                     {CUBLASLT_ALGO_CONFIG_SPLITK_NUM, "split-k", 4},
                                     {CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME, "reduction", 4},
                                     {CUBLASLT_ALGO_CONFIG_CTA_SWIZZLING, "swizzle", 4},
                                     {CUBLASLT_ALGO_CONFIG_CUSTOM_OPTION, "custom", 4},
                                     {CUBLASLT_ALGO_CONFIG_INNER_SHAPE_ID, "inner", 2},
                                     {CUBLASLT_ALGO_CONFIG_CLUSTER_SHAPE_ID, "cluster", 2}};
    std::string text;
    for (const Setting& setting : kSettings) {
        std::uint32_t value = 0;
        std::size_t written = 0;
        if (lt_->get_config(&algorithm, setting.name, &value, setting.bytes, &written) !=
            CUBLAS_STATUS_SUCCESS) {
            continue;
        }
        text += (text.empty() ? "" : " ") + std::string{setting.text} + " " + std::to_string(value);
    }
    return text.append(kBytes).append(to_hex(algorithm));
}

}  // namespace rackproof::cuda
