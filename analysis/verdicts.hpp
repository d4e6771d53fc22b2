#pragma once

#include <string>
#include <vector>

#include "analysis/draft.hpp"

namespace rackproof {

/// Cells of one metric at one node. A link counts at both ends; a group names no one node.
struct CellCounts {
    std::int32_t cells = 0;
    std::int32_t completed = 0;
    std::int32_t judged = 0;
};

/// By node.
[[nodiscard]] std::vector<CellCounts> counts_of(const MetricCells& cells, std::size_t nodes);

/// What was measured and judged of one metric.
[[nodiscard]] Coverage coverage_of(const MetricCells& cells, const Policy& policy);

/// The run's nodes, none of which anything is known of yet.
[[nodiscard]] std::vector<NodeVerdict> node_verdicts(const Run& run);
void add_counts(const std::string& suite, const std::vector<CellCounts>& counts,
                std::vector<NodeVerdict>& nodes);

/// Gives each node the worst of the findings at its own, its devices' and its links' level, and
/// `watch` for those that put it on watch without blaming it. `drafts` are finished.
void add_findings(const std::vector<Draft>& drafts, const std::vector<MetricIdentity>& metrics,
                  std::vector<NodeVerdict>& nodes);

/// Each rack, by name: the worst of the findings on the rack itself, and no better than its best
/// node, because what has taken down every node of a rack is no longer a matter of its nodes; a
/// rack with one node that passes, and no finding of its own, passes. `drafts` are finished.
[[nodiscard]] std::vector<RackVerdict> rack_verdicts(const std::vector<NodeVerdict>& nodes,
                                                     const std::vector<Draft>& drafts);

}  // namespace rackproof
