#pragma once

#include <memory>
#include <string>

#include "devices/collective_pattern.hpp"
#include "devices/communicator.hpp"
#include "devices/gpu/gpu.hpp"
#include "devices/gpu/memory.hpp"
#include "devices/nccl/guard.hpp"
#include "devices/nccl/library.hpp"

namespace rackproof::nccl {

/// What a collective needs of its communicator, which outlives it.
struct Connection {
    gpu::Gpu* gpu = nullptr;
    const Library* library = nullptr;
    Guard* guard = nullptr;
    Comm comm = nullptr;
    int rank = 0;
    int ranks = 1;
    double patience_s = 0;
};

/// One collective over all ranks, on numbers whose every value is known beforehand
/// (devices/collective_pattern.hpp), filled and checked by the GPU. Small ones are recorded once
/// and launched as a whole (a CUDA graph).
class NcclCollective final : public Workload {
  public:
    /// Runs it once, plainly, so that NCCL has made its connections; what came of that is not
    /// checked, since all ranks have to get on from here together. Throws Unsupported for what
    /// NCCL does not have in place, or memory that is not free.
    NcclCollective(const Connection& connection, const CollectiveShape& shape);
    ~NcclCollective() override;

    void run() override;
    [[nodiscard]] Work work() const override;
    void verify() override;
    [[nodiscard]] Variant variant() const override { return variant_; }

    /// How it was done, once that is known.
    void set_variant(Variant variant) { variant_ = std::move(variant); }
    [[nodiscard]] bool is_recorded() const { return recording_ != nullptr; }
    /// As NCCL calls it: "AllReduce"; "SendRecv" for what is made of sends and receives.
    [[nodiscard]] const char* function() const;

  private:
    void allocate();
    void prepare();
    void enqueue();
    void enqueue_sends();
    void run_alone();
    [[nodiscard]] std::string what() const;
    [[nodiscard]] double tolerance() const;
    [[nodiscard]] bool overwrites_its_input() const;
    [[nodiscard]] std::byte* element(void* buffer, std::size_t index) const;
    void check_arrivals();

    Connection connection_;
    CollectiveShape shape_;
    CollectivePattern pattern_;
    gpu::Memory send_memory_;
    gpu::Memory receive_memory_;
    void* send_ = nullptr;
    void* receive_ = nullptr;
    void* recording_ = nullptr;
    bool fresh_ = false;
    Variant variant_;
};

}  // namespace rackproof::nccl
