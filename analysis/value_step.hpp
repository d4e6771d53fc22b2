#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "analysis/cells.hpp"

namespace rackproof {

// Numbers that a tool prints with few decimals, or makes of a coarse clock, come in steps. How far
// healthy ones differ is then half a step at least, whatever their median deviation says: most of
// them fall on one step, and those that were a little lower on the next.

/// One sample, and whose it is.
struct TargetSample {
    double value = 0;
    std::size_t target = 0;
};

/// The least distance between two values that several targets have, in their unit. nullopt where
/// most samples are all different, or where that some are alike may have another cause: equal
/// targets of which a few are slow by the same share. Steps show where two targets or more have
/// samples on either of two values, or on three values of which the most usual one is between.
[[nodiscard]] std::optional<double> step_between(std::vector<TargetSample> samples);

/// Likewise, from samples of at most some hundred of these cells, evenly taken.
[[nodiscard]] std::optional<double> value_step(const MetricCells& cells,
                                               std::span<TargetCell* const> members);

}  // namespace rackproof
