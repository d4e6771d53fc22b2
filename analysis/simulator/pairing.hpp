#pragma once

#include <cstdint>
#include <vector>

#include "analysis/simulator/layout.hpp"
#include "analysis/simulator/scenario.hpp"

namespace rackproof::simulator {

/// Two nodes that met.
struct MetPair {
    std::int32_t first = 0;  ///< the smaller number
    std::int32_t second = 0;

    friend auto operator<=>(const MetPair&, const MetPair&) = default;
};

/// Whom each node is paired with, round after round: first within its leaf, then anywhere, always
/// at random and no two twice. In a round each node is in one pair, but for who has no partner
/// left. None if the scenario has no metric of pairs.
[[nodiscard]] std::vector<MetPair> drawn_pairs(const Scenario& scenario, const Layout& layout,
                                               std::uint64_t seed);

}  // namespace rackproof::simulator
