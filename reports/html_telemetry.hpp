#pragma once

#include <span>
#include <vector>

#include "core/run.hpp"
#include "core/telemetry_columns.hpp"
#include "reports/html_data.hpp"
#include "reports/html_detail.hpp"

namespace rackproof {

/// How the readings of a run are drawn: in how many slices of time, and of how many of the nodes
/// that did not pass. The more lines there are, the fewer slices, so that the page stays small.
struct HtmlCurves {
    std::vector<double> times;  ///< where the points stand, s since the run started
    std::size_t slices = 0;     ///< two points each; 0: every reading is a point
    std::vector<std::int32_t> nodes;
    std::size_t left_out = 0;  ///< of HtmlDetail::worst
};

/// `facts` need not hold the telemetry.
[[nodiscard]] HtmlCurves curves_of(const Run& facts, const TelemetryColumns& telemetry,
                                   const HtmlDetail& detail);

/// The readings of one target at these times (equally many): all of them, or the least and the most
/// of each slice, so that no peak is lost. NaN where there is none.
[[nodiscard]] std::vector<float> curve(std::span<const double> times, std::vector<float> readings,
                                       std::size_t slices);

/// One sensor, by its place in the telemetry: middle and edges of the whole run's targets (10 % are
/// below, 10 % above), and a line for each target of the nodes. Throws as the telemetry does.
[[nodiscard]] Json html_sensor(const Run& facts, TelemetryColumns& telemetry, std::size_t sensor,
                               const HtmlCurves& curves);

}  // namespace rackproof
