#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/draft.hpp"

namespace rackproof {

/// True of what is the rack's, and no longer its nodes': at two nodes at least, and at all but one
/// in eight of its devices (or nodes).
[[nodiscard]] bool is_rack_wide(std::size_t nodes, std::size_t affected, std::size_t all);

/// One draft on the rack in the place of those of its nodes or devices (`of_what`; at least one):
/// in the words of the worst, and with all its nodes on watch.
[[nodiscard]] Draft on_rack(const Survey& survey, std::int32_t rack,
                            const std::vector<Draft>& drafts, std::string_view of_what,
                            std::string action);

}  // namespace rackproof
