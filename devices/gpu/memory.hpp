#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "devices/gpu/gpu.hpp"

namespace rackproof::gpu {

/// Gives memory back to the GPU that it came from, which must outlive it.
class Release {
  public:
    enum class Kind : std::uint8_t { OfGpu, Pinned };
    Release() = default;
    Release(Gpu& gpu, Kind kind) : gpu_{&gpu}, kind_{kind} {}
    void operator()(void* memory) const noexcept {
        if (kind_ == Kind::Pinned) return gpu_->release_pinned(memory);
        gpu_->release(memory);
    }

  private:
    Gpu* gpu_ = nullptr;
    Kind kind_ = Kind::OfGpu;
};

/// What outputs are filled with: NaN in every type of floating point, -1 in integers.
inline constexpr std::uint8_t kSpoilt = 0xFF;

using Memory = std::unique_ptr<void, Release>;

[[nodiscard]] inline Memory gpu_memory(Gpu& gpu, std::size_t bytes) {
    return {gpu.allocate(bytes), {gpu, Release::Kind::OfGpu}};
}
[[nodiscard]] inline Memory pinned_memory(Gpu& gpu, std::size_t bytes) {
    return {gpu.allocate_pinned(bytes), {gpu, Release::Kind::Pinned}};
}

}  // namespace rackproof::gpu
