#pragma once

#include <vector>

#include "hwcheck/inventory.hpp"

namespace rackproof {

/// What has happened to a node between two readings of its counters (CountersReader):
/// memory errors, machine checks, PCIe errors, port errors and flaps, drives, events of the later
/// reading that the earlier did not have, and what the kernel's log said in between. A count that
/// is not known both times says nothing.
[[nodiscard]] std::vector<InventoryEvent> node_changes(const Inventory& before,
                                                       const Inventory& after);

}  // namespace rackproof
