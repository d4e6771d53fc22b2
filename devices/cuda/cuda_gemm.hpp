#pragma once

#include <map>
#include <string>
#include <vector>

#include "devices/cuda/cublaslt.hpp"
#include "devices/cuda/cuda_gpu.hpp"

namespace rackproof::cuda {

/// One product through cuBLASLt: A transposed, B not, so that both run along k in memory.
class CudaGemm final : public gpu::GpuGemm {
  public:
    CudaGemm(CudaGpu& gpu, const GemmShape& shape, const gpu::GemmOperands& operands);

    [[nodiscard]] std::vector<std::string> candidates() override;
    [[nodiscard]] std::string settings(const std::string& algorithm) const override;
    void use(const std::string& algorithm) override;
    void run() override;
    [[nodiscard]] std::string library() const override { return lt_->version(); }

  private:
    void check(cublasStatus_t answer, const char* call) const;
    void set_block_scales(const GemmShape& shape);
    [[nodiscard]] cublasLtMatmulAlgo_t restored(const std::string& text) const;
    [[nodiscard]] std::string text_of(const cublasLtMatmulAlgo_t& algorithm) const;

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
    std::map<std::string, cublasLtMatmulAlgo_t> proposed_;  ///< by the library, for this product
    cublasLtMatmulAlgo_t algorithm_{};
};

}  // namespace rackproof::cuda
