#pragma once

#include <string>

#include "analysis/cells.hpp"
#include "analysis/pair_values.hpp"

namespace rackproof {

/// Where many pairs are slow and nothing explains it: whether the same pairs take the usual speed
/// in one sample and the slow one in the next. Then it is no path that is slow, but how a transfer
/// happens to go: the transport, or processors that ranks share. `slow` is how much worse the slow
/// ones are, as a logarithm. A clause for the finding's sentence; empty if fewer than half of the
/// pairs do so.
[[nodiscard]] std::string both_speeds_text(const MetricCells& cells, const PairValues& values,
                                           double slow);

}  // namespace rackproof
