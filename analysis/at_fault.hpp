#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "analysis/cells.hpp"

namespace rackproof {

/// The nodes that the controller, when it happened, took for the cause of broken jobs, or kept out
/// of cells of several nodes (core/event_codes.hpp).
[[nodiscard]] std::set<std::int32_t> nodes_to_blame(const Run& run);

/// Where it counts that a cell of this place broke: at those of its nodes that are to blame, and
/// not at the others. At the place itself if it is of one node, or if all or none are to blame.
[[nodiscard]] std::vector<Place> places_at_fault(const Survey& survey, const Place& place);

/// One end of a pair, or a place of one node as it is.
[[nodiscard]] Place first_end(const Place& place);
[[nodiscard]] Place second_end(const Place& place);

}  // namespace rackproof
