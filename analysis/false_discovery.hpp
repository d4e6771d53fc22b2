#pragma once

#include <cstddef>
#include <vector>

namespace rackproof {

/// The largest p-value that may be called a discovery when `compared` are compared and the expected
/// share of false ones among the discoveries is to be `q` at the most (Benjamini & Hochberg 1995);
/// -1 if none may. `p_values` may leave out those that are too large to be one.
[[nodiscard]] double discovery_threshold(std::vector<double> p_values, std::size_t compared,
                                         double q);

}  // namespace rackproof
