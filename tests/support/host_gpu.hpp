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
    void use_here() override { ++used; }
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

  private:
    FakeStream stream_;
};

}  // namespace rackproof::test
