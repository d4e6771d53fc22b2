#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "devices/gpu/gpu.hpp"

namespace rackproof::gpu {

/// A GPU as the suites see one. Its workloads must not outlive it.
class GpuDevice final : public ComputeDevice {
  public:
    /// Another GPU of the node by its PCI address; null where this process has none there.
    using OpenPeer = std::function<std::unique_ptr<Gpu>(const std::string& pci)>;

    /// `info` carries the device's index within its node, and goes before the back end's own.
    GpuDevice(std::unique_ptr<Gpu> gpu, DeviceInfo info, OpenPeer open_peer = {});

    [[nodiscard]] const DeviceInfo& info() const override { return info_; }
    /// Also where a peer is: the process is rid of neither.
    [[nodiscard]] bool is_lost() const override;
    [[nodiscard]] std::unique_ptr<Timer> make_timer() override;
    [[nodiscard]] std::unique_ptr<Workload> make_gemm(const GemmShape& shape) override;
    [[nodiscard]] GemmAlgorithm choose_gemm_algorithm(const GemmShape& shape) override;
    [[nodiscard]] std::unique_ptr<Workload> make_stream(StreamKernel kernel,
                                                        std::int64_t array_bytes) override;
    [[nodiscard]] std::unique_ptr<Workload> make_pointer_chase(std::int64_t bytes,
                                                               std::uint64_t seed) override;
    [[nodiscard]] std::unique_ptr<Workload> make_host_copy(HostCopy copy,
                                                           std::int64_t bytes) override;
    [[nodiscard]] std::unique_ptr<Workload> make_peer_copy(PeerCopy copy, const std::string& peer,
                                                           std::int64_t bytes) override;
    [[nodiscard]] std::unique_ptr<Workload> make_peer_chase(const std::string& peer,
                                                            std::int64_t bytes,
                                                            std::uint64_t seed) override;
    void drop_spare() override { peers_.clear(); }
    [[nodiscard]] std::unique_ptr<Workload> make_memory_test(MemoryPattern pattern, double share,
                                                             std::uint64_t seed) override;

    [[nodiscard]] Communicator& connect(Communicator& hosts) override;

    [[nodiscard]] Gpu& gpu() { return *gpu_; }

  private:
    [[nodiscard]] Gpu& peer_at(const std::string& pci);

    std::unique_ptr<Gpu> gpu_;
    DeviceInfo info_;
    OpenPeer open_peer_;
    std::map<std::string, std::unique_ptr<Gpu>> peers_;  ///< opened so far, by PCI address
    std::unique_ptr<Communicator> connected_;            ///< last: it ends before its GPU
};

/// Binds this process to the cores next to the GPU, as far as the kernel names them and they are
/// allowed; then opens it. `info` is one of list_devices(). Throws Error.
[[nodiscard]] std::unique_ptr<ComputeDevice> open_gpu_device(PlugIn& plug_in,
                                                             const DeviceInfo& info);

/// Throws Unsupported if `bytes` are more than the GPU has free, saying what for.
void require_free(Gpu& gpu, std::int64_t bytes, const std::string& what);

}  // namespace rackproof::gpu
