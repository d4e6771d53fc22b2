#pragma once

#include <string>

#include "devices/cuda/call.hpp"
#include "devices/cuda/kernels.hpp"
#include "devices/gpu/gpu.hpp"

namespace rackproof::cuda {

/// One GPU through the CUDA runtime: its primary context, and two queues.
class CudaGpu final : public gpu::Gpu {
  public:
    /// `device` is the runtime's number. Makes the context.
    CudaGpu(int device, DeviceInfo info);
    ~CudaGpu() override;
    CudaGpu(const CudaGpu&) = delete;
    CudaGpu& operator=(const CudaGpu&) = delete;

    [[nodiscard]] const DeviceInfo& info() const override { return info_; }
    [[nodiscard]] bool is_lost() const noexcept override { return calls_.is_lost(); }

    [[nodiscard]] void* allocate(std::size_t bytes) override;
    void release(void* memory) noexcept override;
    [[nodiscard]] void* allocate_pinned(std::size_t bytes) override;
    void release_pinned(void* memory) noexcept override;
    [[nodiscard]] std::size_t free_bytes() override;

    void copy(void* to, const void* from, std::size_t bytes, gpu::Queue queue) override;
    void fill(void* memory, std::uint8_t value, std::size_t bytes) override;
    void fork() override;
    void join() override;
    void wait() override;

    [[nodiscard]] gpu::PeerWay reach(const gpu::Gpu& peer) override;
    void precede(gpu::Gpu& peer) override;

    void mark_start() override;
    [[nodiscard]] double elapsed_s() override;

    void fill_pattern(double* memory, std::size_t count, int which) override;
    void stream(StreamKernel kernel, const gpu::StreamArrays& arrays) override;
    [[nodiscard]] gpu::StreamFaults check(StreamKernel kernel,
                                          const gpu::StreamArrays& arrays) override;
    void chase(const std::uint64_t* next, std::uint64_t start, std::uint64_t steps,
               std::uint64_t* end) override;

    void fill_normal(void* memory, Precision precision, const gpu::OperandSize& size,
                     std::uint64_t key) override;
    [[nodiscard]] std::unique_ptr<gpu::GpuGemm> make_gemm(
        const GemmShape& shape, const gpu::GemmOperands& operands) override;
    [[nodiscard]] gpu::ProductSums product_sums(const GemmShape& shape,
                                                const gpu::GemmOperands& operands,
                                                std::uint64_t seed) override;
    [[nodiscard]] std::uint64_t digest(const void* memory, std::size_t bytes) override;

    void write_memory(void* memory, std::size_t words, const gpu::MemoryPass& pass) override;
    void read_memory(void* memory, std::size_t words, const gpu::MemoryPass& pass,
                     Leave leave) override;
    void reset_memory_faults() override;
    [[nodiscard]] gpu::MemoryFaults memory_faults() override;

    // For libraries that queue work by themselves.
    [[nodiscard]] cudaStream_t main_queue() const { return main_.get(); }
    /// After every launch: looks at its answer, and lets go before the queue is full.
    void queued(const char* kernel);

    [[nodiscard]] void* native_queue() noexcept override { return main_.get(); }
    void use_here() override;
    void begin_recording() override;
    [[nodiscard]] void* end_recording() override;
    void launch(void* recording) override;
    void release_recording(void* recording) noexcept override;

    void fill_numbers(void* memory, ElementType type, const gpu::NumberRun& numbers) override;
    [[nodiscard]] gpu::NumberFaults check_numbers(const void* memory, ElementType type,
                                                  const gpu::NumberRun& numbers,
                                                  double tolerance) override;

  private:
    [[nodiscard]] cudaStream_t queue(gpu::Queue which) const;
    void let_go() noexcept;

    int device_;
    DeviceInfo info_;
    Calls calls_;
    Width width_;
    Stream main_;
    Stream side_;
    Event start_;
    Event end_;
    Event crossing_;
    Pinned hold_flag_;
    GpuMemory faults_;
    GpuMemory memory_tally_;
    int held_launches_ = 0;
};

/// "GPU 3 (0000:5d:00.0)".
[[nodiscard]] std::string name_of(const DeviceInfo& info);

}  // namespace rackproof::cuda
