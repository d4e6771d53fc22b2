#pragma once

#include <cstddef>
#include <cstdint>

#include "devices/gpu/gpu.hpp"
#include "tests/support/nccl/fake_nccl.hpp"

namespace rackproof::test {

/// What a GPU of host memory does for collectives: its queue does all at once, and a recording is
/// what was to be done.
class HostGpu : public gpu::Gpu {
  public:
    [[nodiscard]] void* native_queue() noexcept override { return &stream_; }
    void use_here() override {
        ++used;
        in_use = this;
    }
    [[nodiscard]] gpu::PeerWay reach(const gpu::Gpu& /*peer*/) override { return way; }
    void precede(gpu::Gpu& /*peer*/) override { ++preceded; }
    void begin_recording() override { stream_.recording = true; }
    [[nodiscard]] void* end_recording() override;
    void launch(void* recorded) override;
    void release_recording(void* recorded) noexcept override;
    void fill_numbers(void* memory, ElementType type, const gpu::NumberRun& numbers) override;
    [[nodiscard]] gpu::NumberFaults check_numbers(const void* memory, ElementType type,
                                                  const gpu::NumberRun& numbers,
                                                  double tolerance) override;

    int used = 0;      ///< calls of use_here()
    int recorded = 0;  ///< recordings that are held
    int launched = 0;
    int preceded = 0;  ///< calls of precede()
    gpu::PeerWay way = gpu::PeerWay::DirectAtomics;
    /// The one that use_here() was last called of in this thread.
    static inline thread_local const HostGpu* in_use = nullptr;

  private:
    FakeStream stream_;
};

}  // namespace rackproof::test
