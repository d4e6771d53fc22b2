#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/manifest.hpp"
#include "core/plan.hpp"
#include "devices/workload.hpp"

namespace rackproof {

enum class Precision : std::uint8_t { Fp64, Fp32 };
[[nodiscard]] std::string_view to_string(Precision precision) noexcept;  ///< "fp64", "fp32"

/// C = A B with A m x k, B k x n; operands N(0, 1) from `seed`, the same on every device.
struct GemmShape {
    Precision precision = Precision::Fp64;
    std::int64_t m = 0;
    std::int64_t n = 0;
    std::int64_t k = 0;
    std::uint64_t seed = 1;
};

/// McCalpin's kernels on doubles, and a read-only sum. Bytes an element: copy, scale 16; add,
/// triad 24; read 8; write-allocate is not counted.
enum class StreamKernel : std::uint8_t { Copy, Scale, Add, Triad, Read };
[[nodiscard]] std::string_view to_string(StreamKernel kernel) noexcept;  ///< "copy", ...

/// What a device is, beyond the facts that stand in the run file.
struct DeviceInfo {
    Device facts;       ///< facts.node is 0; the run's planner sets it
    std::string cores;  ///< CPU: the cores it owns, list format ("0-3,8"); else empty
    std::int32_t core_count = 0;
    std::string vector_unit;  ///< CPU: "avx512", "avx2", "sve", "neon", "scalar"; else empty
    std::int64_t last_level_cache_bytes = 0;  ///< all of it that the device can use; 0 = unknown
    std::int64_t memory_bytes = 0;            ///< this device's even share of what is free now
};

/// Something that can do work. Suites see this and no vendor's interface.
class ComputeDevice {
  public:
    ComputeDevice() = default;
    ComputeDevice(const ComputeDevice&) = delete;
    ComputeDevice& operator=(const ComputeDevice&) = delete;
    virtual ~ComputeDevice() = default;

    [[nodiscard]] virtual const DeviceInfo& info() const = 0;
    [[nodiscard]] virtual std::unique_ptr<Timer> make_timer() = 0;

    /// Each throws Unsupported if the device cannot do this, or its memory is too small for it.
    [[nodiscard]] virtual std::unique_ptr<Workload> make_gemm(const GemmShape& shape) = 0;

    /// `array_bytes` is the size of each of the kernel's arrays.
    [[nodiscard]] virtual std::unique_ptr<Workload> make_stream(StreamKernel kernel,
                                                                std::int64_t array_bytes) = 0;

    /// One run() is a fixed number of dependent loads (Work::accesses) in a random single cycle
    /// through `bytes`, one load a cache line.
    [[nodiscard]] virtual std::unique_ptr<Workload> make_pointer_chase(std::int64_t bytes,
                                                                       std::uint64_t seed) = 0;

    /// Frees what is kept from one workload for the next of its kind.
    virtual void drop_spare() {}
};

/// The devices of this machine that this process may use (its cpuset is respected), in order of
/// their index. Throws InputError if `options` cannot be met here.
[[nodiscard]] std::vector<DeviceInfo> list_devices(const CpuOptions& options);

/// Opens one of list_devices(options), for this process alone: the process is bound to its
/// cores and its threads are pinned one to a core. Throws Error if there is no such device.
[[nodiscard]] std::unique_ptr<ComputeDevice> open_device(const CpuOptions& options,
                                                         std::int32_t index);

}  // namespace rackproof
