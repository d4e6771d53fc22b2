#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/cells.hpp"
#include "analysis/draft.hpp"

namespace rackproof {

// What pairs of nodes let expect of the collectives of the same run: a ring passes every node of
// its group, and is no faster than the slowest of them is with others. Formula, source and what it
// assumes: docs/statistics.md.

/// What one metric of pairs says of the links of each node.
struct LinkRates {
    std::string device;                          ///< kind
    std::int64_t bytes = 0;                      ///< of a message; 0: the metric says nothing
    std::vector<std::optional<double>> of_node;  ///< busbw in B/s, median over its pairs
};
[[nodiscard]] LinkRates link_rates(const MetricCells& cells, std::size_t nodes);

/// What a ring reached on one group of nodes.
struct RingRate {
    Place place;
    double busbw = 0;  ///< in B/s
};

/// One metric of a collective that rings carry out at the rate of their links.
struct RingRates {
    std::string device;
    std::vector<RingRate> groups;  ///< empty: the metric is of something else
};
[[nodiscard]] RingRates ring_rates(const MetricCells& cells);

/// `watch` for each group that is far slower than its slowest node's pairs let expect, by the
/// largest message of `links`. What is as fast as they let expect proves nothing: all may be slow.
void judge_rings(const Run& run, const std::vector<LinkRates>& links, const RingRates& rings,
                 const MetricIdentity& identity, std::size_t metric, std::vector<Draft>& drafts);

}  // namespace rackproof
