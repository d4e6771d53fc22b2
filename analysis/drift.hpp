#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "analysis/cells.hpp"
#include "analysis/draft.hpp"
#include "analysis/past.hpp"
#include "analysis/series.hpp"
#include "core/plan.hpp"

namespace rackproof {

// Rule `history`: what got worse against its own past. docs/statistics.md has the formulas.

/// All targets of one metric and sku got worse together.
struct Shift {
    std::size_t metric = 0;
    std::size_t targets = 0;
    Change change;
    double size = 0;  ///< relative, or K
    double chance = 1;
    double expected = 0;  ///< in the metric's unit
    double observed = 0;
};

struct DriftReport {
    std::vector<Draft> drafts;  ///< of racks and targets
    std::vector<Shift> shifts;
    std::string note;  ///< why nights were left out, or nothing was held against its past
};

/// One metric's targets, night by night, each against its own past and the fleet's median of that
/// night.
[[nodiscard]] DriftReport judge_drift(const MetricCells& cells, const Survey& survey, Past& past,
                                      const Policy& policy);

/// One finding on the fleet for all metrics that shifted on the same night, give or take two. It
/// blames nobody.
void tell_of_shifts(const std::vector<Shift>& shifts, const std::vector<MetricIdentity>& metrics,
                    const Survey& survey, const std::vector<Night>& nights, const Policy& policy,
                    std::vector<Draft>& drafts);

}  // namespace rackproof
