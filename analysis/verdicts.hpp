#pragma once

#include <vector>

#include "analysis/draft.hpp"

namespace rackproof {

/// Each node with the worst of the findings at its own, its devices' and its links' level.
/// `drafts` are finished.
[[nodiscard]] std::vector<NodeVerdict> node_verdicts(const Survey& survey,
                                                     const std::vector<Draft>& drafts);

/// Each rack, by name: as bad as its best node, because what has taken down every node of a rack
/// is no longer a matter of its nodes; a rack with one node that passes passes as a rack.
[[nodiscard]] std::vector<RackVerdict> rack_verdicts(const std::vector<NodeVerdict>& nodes);

/// What was measured and judged of each metric, in the run's order.
[[nodiscard]] std::vector<Coverage> coverage(const Survey& survey, const Policy& policy);

}  // namespace rackproof
