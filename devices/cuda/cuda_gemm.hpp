#pragma once

#include <string>
#include <vector>

#include "devices/cuda/cublaslt.hpp"
#include "devices/cuda/cuda_gpu.hpp"

namespace rackproof::cuda {

/// One product through cuBLASLt: A transposed, B not, so that both run along k in memory.
class CudaGemm final : public gpu::GpuGemm {
  public:
    /// Chooses an algorithm; nothing but that depends on time, and only a clear win over the
    /// library's own first choice counts, so that equal GPUs choose alike. Throws Unsupported if
    /// the library has none for this GPU.
    CudaGemm(CudaGpu& gpu, const GemmShape& shape, const gpu::GemmOperands& operands);

    void run() override;
    [[nodiscard]] std::string algorithm() const override;
    [[nodiscard]] std::string library() const override { return lt_->version(); }

  private:
    void check(cublasStatus_t answer, const char* call) const;
    [[nodiscard]] std::vector<cublasLtMatmulAlgo_t> candidates();
    [[nodiscard]] double time_s();
    void choose(const std::vector<cublasLtMatmulAlgo_t>& candidates);

    const CublasLt* lt_;
    CudaGpu* gpu_;
    std::string name_;
    bool integers_;
    bool doubles_;
    gpu::GemmOperands operands_;
    LtHandle handle_;
    LtOperation operation_;
    LtLayout a_, b_, c_;
    GpuMemory workspace_;
    cublasLtMatmulAlgo_t algorithm_{};
    std::size_t chosen_ = 0;  ///< its place in the library's own order
};

}  // namespace rackproof::cuda
