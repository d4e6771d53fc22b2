#include "devices/cpu/cpu_device.hpp"

#include <array>

#include "core/error.hpp"
#include "core/log.hpp"
#include "devices/cpu/affinity.hpp"
#include "devices/cpu/core_check.hpp"
#include "devices/cpu/gemm.hpp"
#include "devices/cpu/machine.hpp"
#include "devices/cpu/pointer_chase.hpp"
#include "devices/cpu/raw_timer.hpp"

namespace rackproof::cpu {

std::vector<DeviceInfo> describe_devices(const std::vector<CorePart>& parts,
                                         const std::string& model, std::int64_t available_bytes) {
    std::vector<DeviceInfo> devices;
    for (const CorePart& part : parts) {
        DeviceInfo info;
        info.facts.index = static_cast<std::int32_t>(devices.size());
        info.facts.kind = "cpu";
        info.facts.model = model;
        info.cores = core_list(part.cores);
        info.core_count = static_cast<std::int32_t>(part.cores.size());
        info.vector_unit = best_instruction_set().name;
        info.last_level_cache_bytes = part.last_level_cache_bytes;
        info.memory_bytes = available_bytes / static_cast<std::int64_t>(parts.size());
        devices.push_back(std::move(info));
    }
    return devices;
}

ProcessBinding::ProcessBinding(const std::vector<int>& cores) : before_{this_thread_cores()} {
    bind_all_threads(cores);
    bind_this_thread(std::array{cores.front()});
}

ProcessBinding::~ProcessBinding() {
    try {
        bind_all_threads(before_);
    } catch (const std::exception& error) {
        log_warning(error.what());
    }
}

CpuDevice::CpuDevice(DeviceInfo info, const std::vector<int>& cores)
    : info_{std::move(info)}, set_{&best_instruction_set()}, binding_{cores}, pool_{cores} {}

std::unique_ptr<Timer> CpuDevice::make_timer() { return std::make_unique<RawTimer>(); }

std::unique_ptr<Workload> CpuDevice::make_gemm(const GemmShape& shape) {
    spare_.drop();
    return make_openblas_gemm(pool_, *set_, shape);
}

std::unique_ptr<Workload> CpuDevice::make_stream(StreamKernel kernel, std::int64_t array_bytes) {
    auto stream = std::make_unique<Stream>(pool_, *set_, spare_, kernel, array_bytes);
    if (kernel == StreamKernel::Read) return stream;
    const auto [store, first] = stores_.try_emplace(array_bytes, Store::Temporal);
    if (first) store->second = stream->faster_store();
    stream->use(store->second);
    return stream;
}

std::unique_ptr<Workload> CpuDevice::make_pointer_chase(std::int64_t bytes, std::uint64_t seed) {
    return std::make_unique<PointerChase>(pool_, spare_, bytes, seed);
}

std::unique_ptr<Workload> CpuDevice::make_core_check(CoreWork work, std::uint64_t seed) {
    spare_.drop();
    return std::make_unique<CoreCheck>(
        pool_, work, seed, [&](int /*thread*/) { return make_core_kernel(work, *set_); });
}

namespace {

struct FoundDevices {
    std::vector<CorePart> parts;
    std::vector<DeviceInfo> devices;
};

FoundDevices find_devices(const DeviceOptions& options) {
    const auto topology = Topology::of_this_machine();
    FoundDevices found;
    found.parts = split_cores(topology, this_thread_cores(), options);
    found.devices = describe_devices(found.parts, processor_model(topology.processor_name()),
                                     available_memory_bytes());
    return found;
}

}  // namespace

std::vector<DeviceInfo> list_cpu_devices(const DeviceOptions& options) {
    return find_devices(options).devices;
}

std::unique_ptr<ComputeDevice> open_cpu_device(const DeviceOptions& options, std::int32_t index) {
    FoundDevices found = find_devices(options);
    const auto place = static_cast<std::size_t>(index);
    return std::make_unique<CpuDevice>(std::move(found.devices.at(place)),
                                       found.parts.at(place).cores);
}

}  // namespace rackproof::cpu
