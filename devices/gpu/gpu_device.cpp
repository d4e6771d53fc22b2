#include "devices/gpu/gpu_device.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "devices/cpu/affinity.hpp"
#include "devices/gpu/local_cores.hpp"
#include "devices/gpu/turn.hpp"
#include "devices/gpu/workloads.hpp"
#include "devices/nccl/communicator.hpp"

namespace rackproof::gpu {
namespace {

class GpuTimer final : public Timer {
  public:
    explicit GpuTimer(Gpu& gpu) : gpu_{&gpu} {}
    void start() override { gpu_->mark_start(); }
    [[nodiscard]] double stop_s() override { return gpu_->elapsed_s(); }

  private:
    Gpu* gpu_;
};

/// Null if the driver lists none there.
std::unique_ptr<Gpu> open_at(PlugIn& plug_in, const std::string& pci) {
    const std::vector<DeviceInfo> gpus = plug_in.list();
    const auto found = std::ranges::find(
        gpus, pci, [](const DeviceInfo& gpu) -> const std::string& { return gpu.facts.pci; });
    if (found == gpus.end()) return nullptr;
    return plug_in.open(static_cast<std::int32_t>(found - gpus.begin()));
}

}  // namespace

GpuDevice::GpuDevice(std::unique_ptr<Gpu> gpu, DeviceInfo info, OpenPeer open_peer)
    : gpu_{std::move(gpu)}, info_{std::move(info)}, open_peer_{std::move(open_peer)} {}

bool GpuDevice::is_lost() const {
    return gpu_->is_lost() ||
           std::ranges::any_of(peers_, [](const auto& peer) { return peer.second->is_lost(); });
}

/// A context of this process's own on the peer, kept for the next pair.
Gpu& GpuDevice::peer_at(const std::string& pci) {
    const auto known = peers_.find(pci);
    if (known != peers_.end()) return *known->second;
    std::unique_ptr<Gpu> opened;
    if (open_peer_ && pci != info_.facts.pci) {
        const Turn turn{*gpu_, *gpu_};  // the one that is opened takes over
        opened = open_peer_(pci);
    }
    if (opened) return *peers_.emplace(pci, std::move(opened)).first->second;
    throw Unsupported{"GPU " + info_.facts.pci + " has no peer at '" + pci +
                      "' that this process may use"};
}

std::unique_ptr<Timer> GpuDevice::make_timer() { return std::make_unique<GpuTimer>(*gpu_); }

std::unique_ptr<Workload> GpuDevice::make_gemm(const GemmShape& shape) {
    return gpu::make_gemm(*gpu_, shape);
}

GemmAlgorithm GpuDevice::choose_gemm_algorithm(const GemmShape& shape) {
    return gpu::choose_gemm_algorithm(*gpu_, shape);
}

std::unique_ptr<Workload> GpuDevice::make_stream(StreamKernel kernel, std::int64_t array_bytes) {
    return gpu::make_stream(*gpu_, kernel, array_bytes);
}

std::unique_ptr<Workload> GpuDevice::make_pointer_chase(std::int64_t bytes, std::uint64_t seed) {
    return gpu::make_pointer_chase(*gpu_, bytes, seed);
}

std::unique_ptr<Workload> GpuDevice::make_host_copy(HostCopy copy, std::int64_t bytes) {
    return gpu::make_host_copy(*gpu_, copy, bytes);
}

std::unique_ptr<Workload> GpuDevice::make_peer_copy(PeerCopy copy, const std::string& peer,
                                                    std::int64_t bytes) {
    return gpu::make_peer_copy(*gpu_, peer_at(peer), copy, bytes);
}

std::unique_ptr<Workload> GpuDevice::make_peer_chase(const std::string& peer, std::int64_t bytes,
                                                     std::uint64_t seed) {
    return gpu::make_peer_chase(*gpu_, peer_at(peer), bytes, seed);
}

std::unique_ptr<Workload> GpuDevice::make_memory_test(MemoryPattern pattern, double share,
                                                      std::uint64_t seed) {
    return gpu::make_memory_test(*gpu_, pattern, share, seed);
}

Communicator& GpuDevice::connect(Communicator& hosts) {
    if (!connected_) connected_ = nccl::make_communicator(*gpu_, hosts);
    return *connected_;
}

std::unique_ptr<ComputeDevice> open_gpu_device(PlugIn& plug_in, const DeviceInfo& info) {
    const std::vector<int> near = cores_near(info.facts.pci, cpu::this_thread_cores());
    cpu::bind_all_threads(near);
    std::unique_ptr<Gpu> gpu = open_at(plug_in, info.facts.pci);
    if (!gpu) {
        throw Error{"open the GPU at " + info.facts.pci,
                    "the driver does not list it: nvidia-smi and the kernel's log (a failed probe, "
                    "XID 79) say why"};
    }
    DeviceInfo own = info;
    own.details["host_cores"] = cpu::core_list(near);
    const auto open_peer = [&plug_in](const std::string& pci) { return open_at(plug_in, pci); };
    return std::make_unique<GpuDevice>(std::move(gpu), std::move(own), open_peer);
}

void require_free(Gpu& gpu, std::int64_t bytes, const std::string& what) {
    const auto free = static_cast<std::int64_t>(gpu.free_bytes());
    if (bytes <= free) return;
    throw Unsupported{what + " need " + std::to_string(bytes) + " bytes; this GPU has " +
                      std::to_string(free) + " free"};
}

}  // namespace rackproof::gpu
