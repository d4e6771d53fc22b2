#pragma once

#include <cuda_runtime_api.h>

#include <source_location>
#include <string>

#include "core/owner.hpp"
#include "devices/gpu/error.hpp"

namespace rackproof::cuda {

/// The one place where a CUDA call's answer is looked at. Remembers whether the GPU is lost to this
/// process. One a device; `device` is its name in every error.
class Calls {
  public:
    explicit Calls(std::string device) : device_{std::move(device)} {}

    /// Throws GpuError unless `answer` is cudaSuccess.
    void check(cudaError_t answer, const char* call,
               std::source_location where = std::source_location::current());
    /// After a launch: what the runtime has to say about it.
    void check_launch(const char* kernel,
                      std::source_location where = std::source_location::current()) {
        check(cudaGetLastError(), kernel, where);
    }
    [[nodiscard]] bool is_lost() const noexcept { return lost_; }
    [[nodiscard]] const std::string& device() const noexcept { return device_; }

  private:
    std::string device_;
    bool lost_ = false;
};

struct StreamTraits {
    using Handle = cudaStream_t;
    static constexpr Handle kNull = nullptr;
    static void close(Handle handle) noexcept { (void)cudaStreamDestroy(handle); }
};
struct EventTraits {
    using Handle = cudaEvent_t;
    static constexpr Handle kNull = nullptr;
    static void close(Handle handle) noexcept { (void)cudaEventDestroy(handle); }
};
struct GpuMemoryTraits {
    using Handle = void*;
    static constexpr Handle kNull = nullptr;
    static void close(Handle handle) noexcept { (void)cudaFree(handle); }
};
struct PinnedTraits {
    using Handle = void*;
    static constexpr Handle kNull = nullptr;
    static void close(Handle handle) noexcept { (void)cudaFreeHost(handle); }
};
struct GraphTraits {
    using Handle = cudaGraph_t;
    static constexpr Handle kNull = nullptr;
    static void close(Handle handle) noexcept { (void)cudaGraphDestroy(handle); }
};
using Graph = Owner<GraphTraits>;
using Stream = Owner<StreamTraits>;
using Event = Owner<EventTraits>;
using GpuMemory = Owner<GpuMemoryTraits>;
using Pinned = Owner<PinnedTraits>;

}  // namespace rackproof::cuda
