#pragma once

#include "core/manifest.hpp"
#include "hwcheck/inventory.hpp"
#include "suites/context.hpp"

namespace rackproof {

/// The one case of the suite hwcheck, without parameters: `rackproof hwcheck` records the same.
[[nodiscard]] CaseSpec inventory_case();

/// Hands an inventory to the run: facts and events of the node, and how many items are known. What
/// would spoil a measurement (a process on a GPU, MIG, an exclusive mode) is an error here. Throws
/// Error if nothing is known.
void record_inventory(const Inventory& inventory, const CaseSpec& lead, SuiteContext& context);

}  // namespace rackproof
