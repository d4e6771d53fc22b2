#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/owner.hpp"
#include "core/plan.hpp"

struct hwloc_topology;

namespace rackproof::cpu {

struct TopologyTraits {
    using Handle = hwloc_topology*;
    static constexpr Handle kNull = nullptr;
    static void close(Handle handle) noexcept;
};

/// A machine as hwloc sees it: this one, or one described by a text. All throw Error.
class Topology {
  public:
    [[nodiscard]] static Topology of_this_machine();
    /// hwloc's synthetic description, e.g. "pack:2 [numa] core:4 pu:2".
    [[nodiscard]] static Topology synthetic(const std::string& description);
    /// An export by `lstopo --of xml`.
    [[nodiscard]] static Topology from_xml(const std::string& xml);

    /// The processor's name as hwloc knows it; empty if it does not.
    [[nodiscard]] std::string processor_name() const;

    [[nodiscard]] hwloc_topology* get() const { return handle_.get(); }

  private:
    Topology();
    Owner<TopologyTraits> handle_;
};

/// One device's part of the machine.
struct CorePart {
    std::vector<int> cores;  ///< the first usable hardware thread of each core, ascending
    /// Of all caches that these cores reach; where the machine gives only their processor's sum,
    /// the most that it can be; 0 = unknown.
    std::int64_t last_level_cache_bytes = 0;
};

/// Cuts the cores out of which `allowed` leaves at least one hardware thread into devices, as
/// `options` say: by default one a NUMA node with cores. A core that several NUMA nodes are near
/// belongs to the one near the fewest cores, so memory-only nodes (CXL, GPU memory) get none.
/// Throws InputError, saying what is possible, if the cores cannot be split so.
[[nodiscard]] std::vector<CorePart> split_cores(const Topology& topology,
                                                std::span<const int> allowed,
                                                const DeviceOptions& options);

}  // namespace rackproof::cpu
