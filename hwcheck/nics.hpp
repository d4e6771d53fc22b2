#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hwcheck/inventory.hpp"
#include "hwcheck/tree.hpp"

namespace rackproof {

enum class LinkState : std::uint8_t { Active, Unknown, Down };

/// An adapter (InfiniBand or RoCE) or a network interface of the node.
struct Nic {
    enum class Kind : std::uint8_t { Adapter, Interface };
    Kind kind = Kind::Interface;
    std::string name;              ///< "mlx5_0", "eth0"
    std::vector<std::string> way;  ///< as pci_way; empty: on no PCI bus ("rxe0", "bond0", "lo")
    std::optional<std::int64_t> numa_node;
    bool is_virtual_function = false;
    LinkState state = LinkState::Unknown;          ///< of an adapter: of its best port
    std::map<std::int64_t, LinkState> ports = {};  ///< of an adapter
    std::string adapter = {};  ///< of an interface: which adapter has the same PCI function
};

/// All that a node has; `problem` says why not all of it is known, if so.
struct NodeNics {
    std::vector<Nic> nics;
    std::string problem;
};

/// Out of what read_nics read of a node.
[[nodiscard]] NodeNics nics_of(const Inventory& inventory);

/// Where a device lies: a GPU on the PCI bus, a CPU's cores in their NUMA nodes.
struct DevicePlace {
    std::vector<std::string> way;  ///< as pci_way; empty: a CPU, or not known
    std::set<std::int64_t> numa_nodes;
    std::set<std::int64_t> all_numa_nodes;  ///< those of the machine that have cores
};
/// Reads links and numbers that the kernel holds itself: no driver is asked.
[[nodiscard]] DevicePlace place_of_gpu(const Tree& tree, const std::string& pci);
/// `cores` in list format, "0-3,8".
[[nodiscard]] DevicePlace place_of_cores(const Tree& tree, std::string_view cores);

/// How far data go from a device to a card, in the words of `nvidia-smi topo`, which NCCL chooses
/// by as well: below one PCIe switch or root port (PIX), through several switches (PXB), through
/// the host bridge (PHB), between host bridges of one NUMA node (NODE), between NUMA nodes (SYS).
enum class Distance : std::uint8_t { Pix, Pxb, Phb, Node, Sys, Unknown };
[[nodiscard]] std::string_view to_string(Distance distance) noexcept;  ///< "PIX", ..., "unknown"
[[nodiscard]] Distance distance(const DevicePlace& device, const Nic& nic);

/// The cards of a node that its data may go by, and of these the nearest of a device: all at the
/// same, smallest distance.
struct NearestNics {
    std::vector<std::string> names;
    Distance how_far = Distance::Unknown;
    std::size_t cards = 0;                  ///< that were compared
    Nic::Kind kind = Nic::Kind::Interface;  ///< of all of them
    bool is_active = false;                 ///< all of them are; else none is known to be
};
/// Cards are adapters; on a node without any in use, network interfaces on the PCI bus without an
/// adapter. One in use goes before one that is not, and the card before its virtual functions.
[[nodiscard]] NearestNics nearest_nics(const NodeNics& node, const DevicePlace& device);

/// "mlx5_0, mlx5_1 (PIX)", or why there is none.
[[nodiscard]] std::string text_of(const NearestNics& nearest);

/// "mlx5_0, mlx5_1", at most 16 of them.
[[nodiscard]] std::string listed(const std::vector<std::string>& names);

}  // namespace rackproof
