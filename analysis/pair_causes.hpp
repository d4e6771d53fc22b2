#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analysis/fabric.hpp"

namespace rackproof {

/// One result of a pair: its ends (nodes or devices, by number) and how much worse it is than pairs
/// of its kind, as a natural logarithm; for what broke 1 and for what did not 0.
struct PairObservation {
    std::int32_t first = 0;
    std::int32_t second = 0;
    double worse = 0;
};

/// What a slow pair may have in common with other slow ones.
enum class PairPart : std::uint8_t {
    End,     ///< all pairs of one node or device
    Group,   ///< all pairs with an end in one group: the leaf itself
    Uplink,  ///< those with just one end in it: what leads out of it
    Path,    ///< those from one group to another
};

/// A part of the fabric that explains slow pairs.
struct PairCause {
    PairPart part = PairPart::End;
    std::int32_t end = -1;          ///< of End
    std::int32_t grouping = -1;     ///< of the others: which of the groupings, and which of its
    std::int32_t group = -1;        ///< groups
    std::int32_t other = -1;        ///< of Path: the other group
    double worse = 0;               ///< median of its slow pairs
    std::vector<std::size_t> slow;  ///< observations, ascending
    std::size_t pairs = 0;          ///< observations that lie on it
    bool tells_inside = false;      ///< of Group: some pair lies wholly inside
    bool is_inside = false;         ///< of Group: `pairs` and `slow` are those inside alone
    double evidence = 0;            ///< logarithm of an e-value: so much likelier with this cause
    std::size_t candidates = 1;     ///< how many parts of this kind there are
};

struct PairExplanation {
    std::vector<PairCause> causes;  ///< in the order in which they were found
    std::vector<double> explained;  ///< by observation: so much worse it may be; 0 = unexplained
};

/// How slow a pair has to be to count, smallest first, and the policy's false discovery rate.
struct PairQuestion {
    std::vector<double> thresholds;
    double q = 0.01;
    /// Nearly all ways between groups may be slow because the fabric is so. None break for that.
    bool may_lie_in_the_fabric = true;
};

/// Finds the fewest parts of the fabric that explain the slow pairs: coarse ones where they explain
/// more than their nodes one by one. The order of the observations does not matter to what is
/// found. Formulas and sources: docs/statistics.md.
[[nodiscard]] PairExplanation explain_pairs(std::span<const PairObservation> observations,
                                            std::size_t ends,
                                            const std::vector<Grouping>& groupings,
                                            const PairQuestion& question);

}  // namespace rackproof
