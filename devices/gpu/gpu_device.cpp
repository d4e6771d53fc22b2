#include "devices/gpu/gpu_device.hpp"

#include "core/error.hpp"
#include "devices/cpu/affinity.hpp"
#include "devices/gpu/local_cores.hpp"
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

}  // namespace

GpuDevice::GpuDevice(std::unique_ptr<Gpu> gpu, DeviceInfo info)
    : gpu_{std::move(gpu)}, info_{std::move(info)} {}

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
    std::int32_t place = 0;
    for (const DeviceInfo& gpu : plug_in.list()) {
        if (gpu.facts.pci == info.facts.pci) {
            DeviceInfo own = info;
            own.details["host_cores"] = cpu::core_list(near);
            return std::make_unique<GpuDevice>(plug_in.open(place), std::move(own));
        }
        ++place;
    }
    throw Error{"open the GPU at " + info.facts.pci, "the driver does not list it any more"};
}

void require_free(Gpu& gpu, std::int64_t bytes, const std::string& what) {
    const auto free = static_cast<std::int64_t>(gpu.free_bytes());
    if (bytes <= free) return;
    throw Unsupported{what + " need " + std::to_string(bytes) + " bytes; this GPU has " +
                      std::to_string(free) + " free"};
}

}  // namespace rackproof::gpu
