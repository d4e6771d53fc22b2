#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/manifest.hpp"
#include "core/plan.hpp"
#include "devices/workload.hpp"

namespace rackproof {

/// Of a product's operands. Tf32 multiplies fp32 operands of 10 mantissa bits and adds in fp32;
/// Fp16 and Bf16 give C of their own type, Fp8E4m3 and Nvfp4 (e2m1 with an e4m3 scale for each 16
/// along k) one of bf16, all added in fp32; Int8 gives int32.
enum class Precision : std::uint8_t { Fp64, Fp32, Tf32, Fp16, Bf16, Fp8E4m3, Int8, Nvfp4 };
inline constexpr Precision kPrecisions[] = {Precision::Fp64, Precision::Fp32, Precision::Tf32,
                                            Precision::Fp16, Precision::Bf16, Precision::Fp8E4m3,
                                            Precision::Int8, Precision::Nvfp4};
/// "fp64", "fp32", "tf32", "fp16", "bf16", "fp8_e4m3", "int8", "nvfp4".
[[nodiscard]] std::string_view to_string(Precision precision) noexcept;

/// How a vendor's library makes a product. It is text of the library's own, and holds for this
/// version of it alone.
struct GemmAlgorithm {
    std::string library;
    std::string algorithm;

    friend auto operator<=>(const GemmAlgorithm&, const GemmAlgorithm&) = default;
};

/// C = A B with A m x k, B k x n; operands N(0, 1) from `seed` (Int8: 32 times that, rounded), the
/// same on every device.
struct GemmShape {
    Precision precision = Precision::Fp64;
    std::int64_t m = 0;
    std::int64_t n = 0;
    std::int64_t k = 0;
    std::uint64_t seed = 1;
    /// What make_gemm has to use, one a version of the library; absent: the device chooses. A
    /// device that cannot use its library's, or finds none, throws Error and uses no other.
    std::optional<std::vector<GemmAlgorithm>> pinned{};
};

/// McCalpin's kernels on doubles, and a read-only sum. Bytes an element: copy, scale 16; add,
/// triad 24; read 8; write-allocate is not counted.
enum class StreamKernel : std::uint8_t { Copy, Scale, Add, Triad, Read };
[[nodiscard]] std::string_view to_string(StreamKernel kernel) noexcept;  ///< "copy", ...

/// Copies between pinned memory of the host and the device: one way, or both at the same time.
enum class HostCopy : std::uint8_t { HostToDevice, DeviceToHost, BothWays };
[[nodiscard]] std::string_view to_string(HostCopy copy) noexcept;  ///< "h2d", "d2h", "h2d_d2h"

/// Copies from one GPU of a node to another: by the sender's copy engine, or by a kernel of its
/// that stores into the other's memory; one way, or both at the same time, each GPU sending by
/// itself.
enum class PeerCopy : std::uint8_t { Engine, EngineBothWays, Kernel, KernelBothWays };
inline constexpr PeerCopy kPeerCopies[] = {PeerCopy::Engine, PeerCopy::EngineBothWays,
                                           PeerCopy::Kernel, PeerCopy::KernelBothWays};
/// "copy", "copy.both_ways", "kernel", "kernel.both_ways".
[[nodiscard]] std::string_view to_string(PeerCopy copy) noexcept;

/// Patterns that memory is written with and read back: each bit in turn, and each but one; constant
/// words and their inverses; every word its own address; random words.
enum class MemoryPattern : std::uint8_t { Walking, Inversions, Address, Random };
/// "walking", "inversions", "address", "random".
[[nodiscard]] std::string_view to_string(MemoryPattern pattern) noexcept;

/// What each core of a CPU does by itself when it is checked: whole numbers, vector FMA in exact
/// numbers, copies in memory.
enum class CoreWork : std::uint8_t { Integer, VectorFma, Copy };
[[nodiscard]] std::string_view to_string(CoreWork work) noexcept;  ///< "integer", "fma", "copy"

/// What a device is, beyond the facts that stand in the run file.
struct DeviceInfo {
    Device facts;       ///< facts.node is 0; the run's planner sets it
    std::string cores;  ///< CPU: the cores it owns, list format ("0-3,8"); else empty
    std::int32_t core_count = 0;
    std::string vector_unit;  ///< CPU: "avx512", "avx2", "sve", "neon", "scalar"; else empty
    std::int64_t last_level_cache_bytes = 0;     ///< at most what the device can use; 0 = unknown
    std::int64_t memory_bytes = 0;               ///< CPU: its even share of what is free; GPU: all
    std::map<std::string, std::string> details;  ///< GPU: what else the back end says of it
};

/// In the details of a GPU: what hidden_gpus() says, where it says anything.
inline constexpr const char* kHiddenGpus = "hidden_gpus";

class Communicator;

/// Something that can do work. Suites see this and no vendor's interface.
class ComputeDevice {
  public:
    ComputeDevice() = default;
    ComputeDevice(const ComputeDevice&) = delete;
    ComputeDevice& operator=(const ComputeDevice&) = delete;
    virtual ~ComputeDevice() = default;

    [[nodiscard]] virtual const DeviceInfo& info() const = 0;

    /// True once nothing that this process asks of the device can work any more, whatever it is
    /// (a GPU's context after an illegal address, say): the process is to end, another may try.
    [[nodiscard]] virtual bool is_lost() const { return false; }
    [[nodiscard]] virtual std::unique_ptr<Timer> make_timer() = 0;

    /// Each throws Unsupported if the device cannot do this, or its memory is too small for it.
    [[nodiscard]] virtual std::unique_ptr<Workload> make_gemm(const GemmShape& shape) = 0;

    /// The fastest of the algorithms that the library here has for make_gemm: each is timed. Throws
    /// Unsupported where there is no choice, as on CPUs.
    [[nodiscard]] virtual GemmAlgorithm choose_gemm_algorithm(const GemmShape& shape);

    /// `array_bytes` is the size of each of the kernel's arrays.
    [[nodiscard]] virtual std::unique_ptr<Workload> make_stream(StreamKernel kernel,
                                                                std::int64_t array_bytes) = 0;

    /// One run() is a fixed number of dependent loads (Work::accesses) in a random single cycle
    /// through `bytes`, one load a cache line.
    [[nodiscard]] virtual std::unique_ptr<Workload> make_pointer_chase(std::int64_t bytes,
                                                                       std::uint64_t seed) = 0;

    /// Frees what is kept from one workload for the next of its kind.
    virtual void drop_spare() {}

    /// What this device's collectives go over: `hosts`, or what connects the devices themselves,
    /// made at the first call, which all ranks make together. Both must outlive its use. Throws
    /// Unsupported where there is nothing that could connect them.
    [[nodiscard]] virtual Communicator& connect(Communicator& hosts) { return hosts; }

    /// `bytes` each way, through a copy engine; work().bytes is the sum of the ways. CPUs have
    /// none.
    [[nodiscard]] virtual std::unique_ptr<Workload> make_host_copy(HostCopy copy,
                                                                   std::int64_t bytes);

    /// `bytes` to the GPU at the PCI address `peer` of the same node, or each way; work().bytes is
    /// the sum of the ways. The variant's transport says whether they go straight from one to the
    /// other. Throws Unsupported where this process has no such GPU, and where a kernel cannot
    /// reach its memory. CPUs have none.
    [[nodiscard]] virtual std::unique_ptr<Workload> make_peer_copy(PeerCopy copy,
                                                                   const std::string& peer,
                                                                   std::int64_t bytes);

    /// As make_pointer_chase, through memory of the GPU at that address. Throws as make_peer_copy
    /// does of a kernel.
    [[nodiscard]] virtual std::unique_ptr<Workload> make_peer_chase(const std::string& peer,
                                                                    std::int64_t bytes,
                                                                    std::uint64_t seed);

    /// Writes and reads back `share` (0 to 1) of the memory that is free now; one run() is all of
    /// the pattern's passes, work().bytes what they write and read. CPUs have none.
    [[nodiscard]] virtual std::unique_ptr<Workload> make_memory_test(MemoryPattern pattern,
                                                                     double share,
                                                                     std::uint64_t seed);

    /// All cores at once, each pinned and on memory of its own; their results are the same bits on
    /// every machine, and are compared at each run(). work() is that of all cores; of
    /// CoreWork::Integer its flops are steps of a chain. GPUs have none.
    [[nodiscard]] virtual std::unique_ptr<Workload> make_core_check(CoreWork work,
                                                                    std::uint64_t seed);
};

/// The devices of this machine that this process may use (its cpuset is respected), in order of
/// their index: those cut out of its cores, then, with_gpus, its GPUs in the order of their PCI
/// addresses. Throws InputError if `options` cannot be met here.
[[nodiscard]] std::vector<DeviceInfo> list_devices(const DeviceOptions& options);

/// Why no GPU can be used here; empty if some can. Looks for a driver first, and where there is
/// none at nothing else but the bus. GPUs that the bus alone shows are listed all the same, and do
/// not open.
[[nodiscard]] std::string why_no_gpus();

/// Which of the node's GPUs are kept from this process on purpose (CUDA_VISIBLE_DEVICES, a
/// container, a cgroup), and by what; empty if none is. They are none of list_devices().
[[nodiscard]] std::string hidden_gpus();

/// Opens one of list_devices(options), for this process alone: the process is bound to its
/// cores (a GPU's are those next to it) and a CPU's threads are pinned one to a core. Throws Error
/// if there is no such device.
[[nodiscard]] std::unique_ptr<ComputeDevice> open_device(const DeviceOptions& options,
                                                         std::int32_t index);

}  // namespace rackproof
