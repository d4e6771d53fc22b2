#pragma once

#include <vector>

#include "analysis/curve_source.hpp"
#include "analysis/draft.hpp"
#include "core/telemetry_columns.hpp"

namespace rackproof {

/// What the fans and pumps of a burn-in's nodes and devices come to.
struct CoolingReport {
    /// `LEAD.fan_speed.SENSOR`: the median over the soak of each node (or device) that has the
    /// sensor, for limits alone.
    std::vector<Metric> metrics;
    /// Rule `fan`: stood still, slowed down, unlike its peers', or not read. One for each place,
    /// and one on the rack for what nearly all nodes of it have.
    std::vector<Draft> drafts;
};

/// Of all burn-ins of one lead.
[[nodiscard]] CoolingReport cooling_report(const Survey& survey, const std::vector<Burnin>& burnins,
                                           TelemetryColumns& telemetry);

}  // namespace rackproof
