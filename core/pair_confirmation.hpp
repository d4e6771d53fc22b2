#pragma once

#include <cstddef>

namespace rackproof {

// How much a stage that confirms another measures again (docs/plan-file.md#confirmation).

/// Pairs of a suspected node: a majority of them is known where one path is bad, too.
inline constexpr std::size_t kMostPairsOfASuspect = 3;
/// Pairs of good nodes beside all suspects', where one pair at a time is measured.
inline constexpr std::size_t kMostPairsBeside = 3;

}  // namespace rackproof
