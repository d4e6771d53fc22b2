#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "analysis/levels.hpp"
#include "core/outcome.hpp"
#include "core/plan.hpp"

namespace rackproof {

/// A place of which all metrics together say that it is bad, whether or not one of them says so
/// alone.
struct Together {
    Verdict verdict = Verdict::Watch;  ///< or Fail
    double chance = 1;                 ///< that a healthy one is so bad in all of them together
    std::size_t metrics = 0;
};

/// By index of the device, node or rack.
using TogetherByIndex = std::map<std::int32_t, Together>;

/// Joins the evidence of the metrics: `contests` are all those of one level, a metric (and cohort)
/// each. A place that was compared in one metric only is never among the found. The number of
/// `threads` does not matter to what is found.
[[nodiscard]] TogetherByIndex judge_together(const std::vector<const Contest*>& contests,
                                             const Policy& policy, std::size_t threads = 1);

}  // namespace rackproof
