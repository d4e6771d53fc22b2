#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "analysis/cells.hpp"
#include "core/run.hpp"

namespace rackproof {

/// The devices of the ranks of a job, in their order: those of this kind on `nodes`, node by node.
/// Empty where these are not `ranks` many: then the file does not say which they were.
[[nodiscard]] std::vector<Place> places_of_ranks(const Run& run,
                                                 const std::vector<std::int32_t>& nodes,
                                                 std::size_t ranks, std::string_view kind);

}  // namespace rackproof
