#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "analysis/pair_counting.hpp"
#include "analysis/pair_evidence.hpp"
#include "analysis/pair_parts.hpp"

namespace rackproof {

/// What naming one of so many costs, in nats: the length of its name, and a nat for its being bad.
[[nodiscard]] double name_cost(std::size_t candidates);

/// What is gained by naming a group of the fabric, or several parts of it instead: by so much the
/// logarithm of the likelihood of all free observations grows, less the names (description length:
/// Rissanen 1978). A pair is slow if it reaches the threshold of this number.
class PairGains {
  public:
    /// All of these have to outlive it. `ends` has each end at `place_of_end` of its number.
    PairGains(const PairCounting& counting, const std::vector<PairCandidate>& ends,
              const std::vector<PairCandidate>& groups,
              const std::vector<std::size_t>& place_of_end)
        : counting_{counting}, ends_{ends}, groups_{groups}, place_of_end_{place_of_end} {}

    /// Where the group stands out most from the rest: groups are compared each at its best.
    [[nodiscard]] std::size_t clearest_threshold(const PairCandidate& group) const;
    [[nodiscard]] double of_group(const PairCandidate& group, std::size_t threshold) const;
    /// Of as many of its ends as explain most, with all their pairs, here and elsewhere.
    [[nodiscard]] double of_ends(const PairCandidate& group, std::size_t threshold) const;
    /// Of a few groups and ends within it: a leaf and its neighbour's uplink are not their rack.
    /// `is_named` tells which of the groups cannot be any of them. 0 if none lies within it.
    [[nodiscard]] double of_parts(const PairCandidate& group, std::size_t threshold,
                                  const std::vector<bool>& is_named) const;

  private:
    /// A part, and what its name costs.
    using Part = std::pair<const PairCandidate*, double>;

    [[nodiscard]] double beside(const PairCounts& taken, std::size_t threshold) const;
    [[nodiscard]] std::vector<Part> parts_of(const PairCandidate& group,
                                             const std::vector<bool>& is_named) const;

    const PairCounting& counting_;
    const std::vector<PairCandidate>& ends_;
    const std::vector<PairCandidate>& groups_;
    const std::vector<std::size_t>& place_of_end_;
};

}  // namespace rackproof
