#pragma once

#include <vector>

#include "analysis/population.hpp"

namespace rackproof {

/// Lets populations of one level learn from each other how heavy healthy tails are in this fleet,
/// which few values alone hardly tell: how often each tail occurs among them is estimated from all
/// (empirical Bayes: Robbins 1956), and each is weighed anew with it.
void share_tails(const std::vector<Population*>& populations);

}  // namespace rackproof
