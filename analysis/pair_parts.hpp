#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "analysis/pair_causes.hpp"

namespace rackproof {

/// A part of the fabric that could be bad, and the observations that lie on it.
struct PairCandidate {
    PairPart part = PairPart::End;
    std::int32_t end = -1;
    std::int32_t grouping = -1;
    std::int32_t group = -1;
    std::int32_t other = -1;
    bool tells_inside = false;
    bool is_inside = false;          ///< of a group only the pairs with both ends in it
    std::vector<std::size_t> on;     ///< observations
    std::vector<std::int32_t> ends;  ///< of groups: the ends that lie in it (of Path: in either)
};

/// Every end with an observation, by number.
[[nodiscard]] std::vector<PairCandidate> candidate_ends(
    std::span<const PairObservation> observations, std::size_t ends);

/// Groups of three ends or more (all their pairs, and those inside alone: where each pair between
/// groups lies on a bad one, that those are slow is how the fabric seems to be), what leads out of
/// them, and ways between two of them; only where enough pairs lie on it that it could be told from
/// its ends.
[[nodiscard]] std::vector<PairCandidate> candidate_groups(
    std::span<const PairObservation> observations, const std::vector<Grouping>& groupings);

}  // namespace rackproof
