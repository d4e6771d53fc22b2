#pragma once

#include <cstddef>
#include <vector>

#include "analysis/pair_causes.hpp"
#include "analysis/pair_values.hpp"

namespace rackproof {

/// One way to read the pairs of a metric: what is usual, and what explains those that are slower.
struct PairReading {
    PairValues values;
    PairExplanation explanation;
    double least = 0;  ///< so much worse a pair has to be to count, as a logarithm
};

/// Single bad ways between two nodes are rare, and of a few rounds hardly one is met. More slow
/// pairs than that, which no part of the fabric explains, are no single faults.
[[nodiscard]] bool are_too_many_links(std::size_t slow, std::size_t pairs);

/// Pairs that nothing explains: `slow` are so by `far` or more.
struct UnexplainedPairs {
    std::vector<std::size_t> slow;  ///< observations, ascending
    std::size_t pairs = 0;
};
[[nodiscard]] UnexplainedPairs unexplained_pairs(const PairReading& reading);

/// Reads them with what most pairs reach as usual; and, where the best ones reach more, with that
/// as usual, for in a small fabric (up to 4,096 pairs are read so) a bad leaf and a bad uplink slow
/// most. The second stands only if parts of the fabric then explain nearly all slow pairs, and all
/// is told in fewer words: a fabric in which any pair may be slow is nobody's fault. Formulas:
/// docs/statistics.md.
[[nodiscard]] PairReading read_pairs(const MetricCells& cells, const Survey& survey,
                                     const Policy& policy, const std::vector<Grouping>& groupings,
                                     std::size_t ends);

}  // namespace rackproof
