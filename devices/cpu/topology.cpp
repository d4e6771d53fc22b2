#include "devices/cpu/topology.hpp"

#include <hwloc.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <string_view>

#include "core/error.hpp"

namespace rackproof::cpu {
namespace {

struct Core {
    int numa_node = 0;  ///< logical index
    int number = 0;     ///< the kernel's CPU number
    hwloc_obj_t object = nullptr;
};

void check(int status, const char* attempted) {
    if (status != 0) throw system_error(attempted, errno);
}

/// The NUMA node near this processing unit that is near the fewest others.
int nearest_numa_node(hwloc_topology_t topology, unsigned unit) {
    hwloc_obj_t nearest = nullptr;
    for (hwloc_obj_t node = nullptr;
         (node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, node)) != nullptr;) {
        if (!hwloc_bitmap_isset(node->cpuset, unit)) continue;
        if (nearest == nullptr ||
            hwloc_bitmap_weight(node->cpuset) < hwloc_bitmap_weight(nearest->cpuset)) {
            nearest = node;
        }
    }
    return nearest == nullptr ? 0 : static_cast<int>(nearest->logical_index);
}

/// The usable cores, those of one NUMA node together, in hwloc's logical order.
std::vector<Core> usable_cores(hwloc_topology_t topology, std::span<const int> allowed) {
    // Some virtual machines show processing units without cores.
    const bool has_cores = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE) > 0;
    const hwloc_obj_type_t type = has_cores ? HWLOC_OBJ_CORE : HWLOC_OBJ_PU;
    std::vector<Core> cores;
    for (hwloc_obj_t object = nullptr;
         (object = hwloc_get_next_obj_by_type(topology, type, object)) != nullptr;) {
        int unit = -1;
        while ((unit = hwloc_bitmap_next(object->cpuset, unit)) >= 0) {
            if (std::ranges::binary_search(allowed, unit)) break;
        }
        if (unit < 0) continue;
        cores.push_back({nearest_numa_node(topology, static_cast<unsigned>(unit)), unit, object});
    }
    std::ranges::stable_sort(cores, {}, &Core::numa_node);
    return cores;
}

/// True for AMD's old way to describe a third-level cache (CPUID Fn8000_0006): its size is then
/// that of all of the processor's, which no core reaches. An associativity of 9h says that the true
/// values stand in Fn8000_001D (AMD64 Architecture Programmer's Manual, volume 3); a virtual
/// machine without that leaf leaves hwloc with the sum, and no associativity.
bool is_sum_of_processor(hwloc_obj_t cache) {
    if (cache->type != HWLOC_OBJ_L3CACHE || cache->attr->cache.associativity != 0) return false;
    for (hwloc_obj_t up = cache; up != nullptr; up = up->parent) {
        const char* vendor = hwloc_obj_get_info_by_name(up, "CPUVendor");
        if (vendor != nullptr) return std::string_view{vendor} == "AuthenticAMD";
    }
    return false;
}

/// The processor that the object is part of; where there is none, the object.
hwloc_obj_t processor_of(hwloc_obj_t object) {
    for (hwloc_obj_t up = object; up != nullptr; up = up->parent) {
        if (up->type == HWLOC_OBJ_PACKAGE) return up;
    }
    return object;
}

/// The most that the cores can reach, where each cache is said to have its processor's sum: that
/// sum once a processor, and no more than each of the cores having a complex of its own. The
/// largest third-level cache of a core complex has 96 MiB (EPYC 7003X, 9004X).
std::int64_t most_of_processors(const std::set<hwloc_obj_t>& caches, std::size_t cores) {
    constexpr std::int64_t kMostOfOneComplex = std::int64_t{128} << 20U;
    std::map<hwloc_obj_t, std::int64_t> processors;
    for (hwloc_obj_t cache : caches) {
        std::int64_t& bytes = processors[processor_of(cache)];
        bytes = std::max(bytes, static_cast<std::int64_t>(cache->attr->cache.size));
    }
    std::int64_t sum = 0;
    for (const auto& [processor, bytes] : processors) sum += bytes;
    return std::min(sum, kMostOfOneComplex * static_cast<std::int64_t>(cores));
}

std::int64_t last_level_cache(std::span<const Core> cores) {
    std::set<hwloc_obj_t> caches;
    for (const Core& core : cores) {
        hwloc_obj_t last = nullptr;
        for (hwloc_obj_t up = core.object; up != nullptr; up = up->parent) {
            if (hwloc_obj_type_is_dcache(up->type)) last = up;
        }
        if (last != nullptr) caches.insert(last);
    }
    if (std::ranges::any_of(caches, is_sum_of_processor)) {
        return most_of_processors(caches, cores.size());
    }
    std::int64_t bytes = 0;
    for (hwloc_obj_t cache : caches) bytes += static_cast<std::int64_t>(cache->attr->cache.size);
    return bytes;
}

CorePart part_of(std::span<const Core> cores) {
    CorePart part;
    for (const Core& core : cores) part.cores.push_back(core.number);
    std::ranges::sort(part.cores);
    part.last_level_cache_bytes = last_level_cache(cores);
    return part;
}

std::vector<CorePart> one_a_numa_node(std::span<const Core> cores) {
    std::vector<CorePart> parts;
    for (std::size_t first = 0; first < cores.size();) {
        std::size_t end = first;
        while (end < cores.size() && cores[end].numa_node == cores[first].numa_node) ++end;
        parts.push_back(part_of(cores.subspan(first, end - first)));
        first = end;
    }
    return parts;
}

[[noreturn]] void refuse_split(std::size_t cores, std::size_t devices) {
    std::string possible;
    for (std::size_t count = 1; count <= cores; ++count) {
        if (cores % count == 0) possible += (count == 1 ? "" : ", ") + std::to_string(count);
    }
    throw InputError{"cpu.devices_per_node = " + std::to_string(devices) + ": this machine's " +
                     std::to_string(cores) + " usable cores can be split evenly into " + possible +
                     " devices (\"numa\": one a NUMA node)"};
}

/// Cores that run out go round.
std::vector<CorePart> split_evenly(std::span<const Core> cores, std::size_t devices) {
    const std::size_t each = (cores.size() + devices - 1) / devices;
    std::vector<CorePart> parts;
    for (std::size_t device = 0; device < devices; ++device) {
        std::vector<Core> own;
        for (std::size_t i = 0; i < each; ++i) {
            own.push_back(cores[(device * each + i) % cores.size()]);
        }
        parts.push_back(part_of(own));
    }
    return parts;
}

}  // namespace

void TopologyTraits::close(Handle handle) noexcept { hwloc_topology_destroy(handle); }

Topology::Topology() {
    hwloc_topology_t handle = nullptr;
    check(hwloc_topology_init(&handle), "set hwloc up");
    handle_.reset(handle);
}

Topology Topology::of_this_machine() {
    Topology topology;
    check(hwloc_topology_load(topology.get()), "read this machine's topology with hwloc");
    return topology;
}

Topology Topology::synthetic(const std::string& description) {
    Topology topology;
    check(hwloc_topology_set_synthetic(topology.get(), description.c_str()),
          "read a synthetic topology");
    check(hwloc_topology_load(topology.get()), "load a synthetic topology");
    return topology;
}

Topology Topology::from_xml(const std::string& xml) {
    Topology topology;
    check(
        hwloc_topology_set_xmlbuffer(topology.get(), xml.c_str(), static_cast<int>(xml.size() + 1)),
        "read a topology from XML");
    check(hwloc_topology_load(topology.get()), "load a topology from XML");
    return topology;
}

std::string Topology::processor_name() const {
    hwloc_obj_t package = hwloc_get_obj_by_type(get(), HWLOC_OBJ_PACKAGE, 0);
    for (hwloc_obj_t object : {package, hwloc_get_root_obj(get())}) {
        if (object == nullptr) continue;
        const char* name = hwloc_obj_get_info_by_name(object, "CPUModel");
        if (name != nullptr && *name != '\0') return name;
    }
    return "";
}

std::vector<CorePart> split_cores(const Topology& topology, std::span<const int> allowed,
                                  const DeviceOptions& options) {
    const std::vector<Core> cores = usable_cores(topology.get(), allowed);
    if (cores.empty()) throw Error{"find this process's cores", "its cpuset holds none"};
    if (options.devices_per_node == DeviceOptions::kOnePerNumaNode) return one_a_numa_node(cores);
    if (options.devices_per_node == DeviceOptions::kOnePerCore) {
        return split_evenly(cores, cores.size());
    }
    if (options.devices_per_node < 0) {
        throw InputError{"cpu.devices_per_node = " + std::to_string(options.devices_per_node) +
                         ": expected a number above 0"};
    }
    const auto devices = static_cast<std::size_t>(options.devices_per_node);
    const bool even = cores.size() % devices == 0;
    if (!even && !options.share_cores) refuse_split(cores.size(), devices);
    return split_evenly(cores, devices);
}

}  // namespace rackproof::cpu
