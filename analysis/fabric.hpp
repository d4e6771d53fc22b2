#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/run.hpp"

namespace rackproof {

/// One way in which the ends of pairs (nodes, or devices) share a part of the fabric: a rack, a
/// row, or what a label of the fleet file names (leaf, rail, pod, spine, switch).
struct Grouping {
    std::string name;                    ///< "rack", "leaf"
    std::vector<std::string> names;      ///< of its groups, in order
    std::vector<std::int32_t> group_of;  ///< by end; -1 = in none
};

/// The groupings of nodes that could be to blame for slow pairs: at least two groups, one of them
/// of several nodes. Of two that divide the nodes alike the one that is nearer to the fabric (a
/// label) stands: labels come first, then rack and row.
[[nodiscard]] std::vector<Grouping> groupings_of_nodes(const Run& run);

/// The same for devices, the node of each first.
[[nodiscard]] std::vector<Grouping> groupings_of_devices(const Run& run);

}  // namespace rackproof
