#pragma once

#include <cstddef>
#include <vector>

namespace rackproof {

/// The largest p-value that may be called a discovery when `compared` are compared and the expected
/// share of false ones among the discoveries is to be `q` at the most (Benjamini & Hochberg 1995);
/// -1 if none may. `p_values` may leave out those that are too large to be one.
[[nodiscard]] double discovery_threshold(std::vector<double> p_values, std::size_t compared,
                                         double q);

/// For each p value, how many of `compared` healthy ones are expected to be as far out, but at most
/// ten times rarer, for each one that is there: the local false discovery rate (Efron, Tibshirani,
/// Storey & Tusher 2001), by counting. The rate over all that were found does not tell a healthy
/// one from them that is near the healthy, while many others are far.
[[nodiscard]] std::vector<double> local_false_rates(const std::vector<double>& p_values,
                                                    std::size_t compared);

}  // namespace rackproof
