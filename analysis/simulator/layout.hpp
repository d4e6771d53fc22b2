#pragma once

#include <cstdint>
#include <vector>

#include "analysis/simulator/scenario.hpp"
#include "core/manifest.hpp"

namespace rackproof::simulator {

/// Some neighbouring nodes and their device slots: indices from `first` up to before `end`.
struct Stretch {
    std::int32_t first_node = 0;
    std::int32_t end_node = 0;
    std::int32_t first_slot = 0;
    std::int32_t end_slot = 0;
};

/// The fleet as it was ordered. A slot is where a device belongs; slots follow each other by node,
/// nodes by rack.
struct Layout {
    std::vector<Node> nodes;
    std::vector<std::int32_t> sku;         ///< by node
    std::vector<std::int32_t> first_slot;  ///< by node, and one more for the end
    std::vector<std::int32_t> node_of_slot;
    std::int32_t nodes_per_rack = 1;

    [[nodiscard]] std::int32_t racks() const;
    [[nodiscard]] std::int32_t slots() const { return first_slot.back(); }
    [[nodiscard]] std::int32_t rack_of(std::int32_t node) const { return node / nodes_per_rack; }
    /// How far up the rack, 0 for the first slot and 1 for the last.
    [[nodiscard]] double height_of(std::int32_t node) const;

    /// How many devices, nodes, racks or fleets there are.
    [[nodiscard]] std::int32_t count(FaultLevel level) const;
    [[nodiscard]] Stretch stretch(FaultLevel level, std::int32_t unit) const;
};

/// The skus of a scenario that names none: one, by default.
[[nodiscard]] std::vector<SkuModel> skus_of(const Scenario& scenario);

[[nodiscard]] Layout lay_out(const Scenario& scenario, std::uint64_t seed);

/// For each population and slot: is the device one of it?
[[nodiscard]] std::vector<std::vector<bool>> deal_populations(const Scenario& scenario,
                                                              const Layout& layout,
                                                              std::uint64_t seed);

}  // namespace rackproof::simulator
