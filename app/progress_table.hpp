#pragma once

#include <cstddef>
#include <string>

#include "runners/progress_board.hpp"

namespace rackproof {

/// Nodes x stages of a run that is on its way, for a terminal: a line of names, then one a node
/// with how many of its cells have ended in each stage ("9/96", "9/96 !1" with one that is broken,
/// "-" where it has none, "out" where it takes no part) and what was last measured on it. Nodes
/// with broken cells come first, then those that are not through with the stage, each in the run's
/// order; the stages that have room, the one at work among them. A last line counts the nodes that
/// had none. At most `lines` lines (at least 3), none wider than `columns`.
[[nodiscard]] std::string progress_table(const ProgressBoard& board, std::size_t stage,
                                         std::size_t columns, std::size_t lines);

}  // namespace rackproof
