#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace rackproof {

/// Disjoint pairs: what may run at the same time.
using PairRound = std::vector<std::pair<std::int32_t, std::int32_t>>;

/// The first `most_rounds` rounds of a round-robin tournament of `count` players (the circle
/// method; https://en.wikipedia.org/wiki/Round-robin_tournament), numbered so that the first round
/// pairs neighbours: (0, 1), (2, 3), ... In each round everybody plays once, but for one if
/// `count` is odd; no pair plays twice. There are count - 1 rounds, or count if that is odd. The
/// smaller number of a pair comes first.
[[nodiscard]] std::vector<PairRound> pair_rounds(std::int32_t count, std::int32_t most_rounds);

/// So many rounds tell which of so many nodes, leaves and uplinks slow their pairs, also where one
/// of each is bad at the same time (bench/pair_quality; docs/statistics.md): many where a bad leaf
/// hides much of a small fabric, more again where one of many nodes has to be named.
[[nodiscard]] std::int32_t enough_rounds(std::int32_t nodes);

}  // namespace rackproof
