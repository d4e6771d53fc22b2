#pragma once

#include "hwcheck/inventory_writer.hpp"
#include "hwcheck/tree.hpp"

namespace rackproof {

// What Linux itself shows of a node, a part each. docs/hwcheck.md lists the keys. None of these
// throws for what a file holds, and none changes anything.

inline constexpr const char* kAdapters = "/sys/class/infiniband";  ///< HCAs and RoCE cards

void read_processors(const Tree& tree, InventoryWriter& out);
void read_machine_checks(const Tree& tree, InventoryWriter& out);
void read_memory(const Tree& tree, InventoryWriter& out);         ///< NUMA, huge pages, DIMMs
void read_memory_errors(const Tree& tree, InventoryWriter& out);  ///< EDAC
void read_system(const Tree& tree, InventoryWriter& out);         ///< DMI, kernel, limits
void read_modules(const Tree& tree, InventoryWriter& out);
void read_libraries(const Tree& tree, InventoryWriter& out);
void read_clock(const Tree& tree, InventoryWriter& out);
void read_ports(const Tree& tree, InventoryWriter& out);         ///< InfiniBand and RoCE
void read_drives(const Tree& tree, InventoryWriter& out);        ///< NVMe
void read_temperatures(const Tree& tree, InventoryWriter& out);  ///< of each chip the hottest

inline constexpr const char* kNoFabricManager = "fabric_manager_not_running";

/// NVSwitches, IMEX channels, and whether the processes run that GPUs need or share. Where those of
/// the node are not seen (a container's /proc, hidepid), whether they run is not known.
void read_fabric(const Tree& tree, InventoryWriter& out);

/// GPUs, network cards and NVMe drives on the PCI bus and all bridges on their way. A link below
/// what both its ends can is an event `pcie_degraded`.
void read_pci(const Tree& tree, InventoryWriter& out);

/// Adapters of InfiniBand and RoCE and all network interfaces, with their way on the PCI bus and
/// whether they are in use: for nics_of (hwcheck/nics.hpp), and no part of the inventory.
void read_nics(const Tree& tree, InventoryWriter& out);

}  // namespace rackproof
