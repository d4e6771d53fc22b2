#pragma once

#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "analysis/judgement.hpp"
#include "analysis/levels.hpp"
#include "analysis/slow.hpp"

namespace rackproof {

/// The populations of all metrics whose tails are shared.
using Alike = std::map<std::pair<Level, Compared>, std::vector<Population*>>;

/// What slowdown the comparisons of one metric could have seen: for each contest the smallest fault
/// of one place, in this metric alone and the only one of its cohort, that `accuse` would have
/// failed with a chance of kPower. `contests` are the metric's, as judge_peers gave them, with
/// their tails shared. docs/statistics.md has the formula.
[[nodiscard]] std::vector<Sensitivity> sensitivity_of(const MetricIdentity& metric,
                                                      const std::vector<Contested>& contests,
                                                      const LevelsEvidence& levels,
                                                      const Alike& alike, const Policy& policy);

/// Chance with which a slowdown of the stated size fails.
inline constexpr double kPower = 0.9;

/// The smallest x from `from` on at which `rises`, which does so everywhere, reaches 0, within one
/// part in 10,000 of `scale`; nullopt if it does not within 1e6 of them.
[[nodiscard]] std::optional<double> crossing(const std::function<double(double)>& rises,
                                             double from, double scale);

}  // namespace rackproof
