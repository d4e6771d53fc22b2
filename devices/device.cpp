#include "devices/device.hpp"

#include "core/error.hpp"
#include "devices/cpu/cpu_device.hpp"
#include "devices/gpu/gpu_device.hpp"
#include "devices/gpu/plug_in.hpp"

namespace rackproof {

GemmAlgorithm ComputeDevice::choose_gemm_algorithm(const GemmShape& /*shape*/) {
    throw Unsupported{"products have one algorithm on a CPU"};
}

std::unique_ptr<Workload> ComputeDevice::make_memory_test(MemoryPattern /*pattern*/,
                                                          double /*share*/,
                                                          std::uint64_t /*seed*/) {
    throw Unsupported{"a memory test needs a device with memory of its own"};
}

std::unique_ptr<Workload> ComputeDevice::make_core_check(CoreWork /*work*/,
                                                         std::uint64_t /*seed*/) {
    throw Unsupported{"checks of each core need a CPU"};
}

std::unique_ptr<Workload> ComputeDevice::make_host_copy(HostCopy copy, std::int64_t /*bytes*/) {
    throw Unsupported{"copies between host and device (" + std::string{to_string(copy)} +
                      ") need a device with memory of its own"};
}

std::unique_ptr<Workload> ComputeDevice::make_peer_copy(PeerCopy copy, const std::string& /*peer*/,
                                                        std::int64_t /*bytes*/) {
    throw Unsupported{"copies between devices (" + std::string{to_string(copy)} +
                      ") need devices with memory of their own"};
}

std::unique_ptr<Workload> ComputeDevice::make_peer_chase(const std::string& /*peer*/,
                                                         std::int64_t /*bytes*/,
                                                         std::uint64_t /*seed*/) {
    throw Unsupported{"loads from another device need devices with memory of their own"};
}

std::vector<DeviceInfo> list_devices(const DeviceOptions& options) {
    std::vector<DeviceInfo> devices = cpu::list_cpu_devices(options);
    if (!options.with_gpus) return devices;
    const auto first = static_cast<std::int32_t>(devices.size());
    for (DeviceInfo& gpu : gpu::find_gpus(gpu::this_plug_in()).devices) {
        gpu.facts.index += first;
        devices.push_back(std::move(gpu));
    }
    return devices;
}

std::string why_no_gpus() { return gpu::find_gpus(gpu::this_plug_in()).problem; }

std::string hidden_gpus() { return gpu::find_gpus(gpu::this_plug_in()).hidden; }

std::unique_ptr<ComputeDevice> open_device(const DeviceOptions& options, std::int32_t index) {
    const std::vector<DeviceInfo> devices = list_devices(options);
    if (index < 0 || static_cast<std::size_t>(index) >= devices.size()) {
        std::string answer = "this machine has " + std::to_string(devices.size());
        if (options.with_gpus) {
            const std::string problem = why_no_gpus();
            if (!problem.empty()) answer += ", no GPU among them: " + problem;
            const std::string hidden = hidden_gpus();
            if (!hidden.empty()) answer += "; " + hidden;
        }
        throw Error{"open device " + std::to_string(index), answer};
    }
    const DeviceInfo& info = devices[static_cast<std::size_t>(index)];
    if (info.facts.kind != "gpu") return cpu::open_cpu_device(options, index);
    if (const std::string problem = why_no_gpus(); !problem.empty()) {
        throw Error{"open the GPU at " + info.facts.pci, problem};
    }
    return gpu::open_gpu_device(*gpu::this_plug_in().plug_in, info);
}

}  // namespace rackproof
