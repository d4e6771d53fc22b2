#pragma once

#include <cstdint>
#include <vector>

#include "core/manifest.hpp"
#include "runners/pair_rounds.hpp"

namespace rackproof {

/// The parts of the fabric that nodes share, the nearest part first (NVLink domain, rail, leaf,
/// pod or spine, rack): for each kind of part that tells nodes apart, the part of each of `nodes`,
/// which index into `all`; -1 = none known. From the rack and the labels of the fleet file.
using Strata = std::vector<std::vector<std::int32_t>>;
[[nodiscard]] Strata strata_of(const std::vector<Node>& all,
                               const std::vector<std::int32_t>& nodes);

/// How near two players are: the first kind of part that they share; strata.size() if none.
[[nodiscard]] std::size_t nearness(const Strata& strata, std::int32_t a, std::int32_t b);

/// Rounds of disjoint pairs drawn at random, in which each player meets partners of every nearness
/// as evenly as there are such partners. In each round everybody plays once, but for one if `count`
/// is odd, who is another one each time; no pair plays twice. The same arguments give the same
/// rounds everywhere. No more than half of all rounds can be drawn so: if more are asked for, they
/// are those of pair_rounds(), which leave nothing to be evened out.
[[nodiscard]] std::vector<PairRound> stratified_rounds(std::int32_t count, std::int32_t most_rounds,
                                                       const Strata& strata, std::uint64_t seed);

}  // namespace rackproof
