#pragma once

#include "analysis/simulator/draws.hpp"
#include "analysis/simulator/scenario.hpp"

namespace rackproof::simulator {

/// How a healthy target stands to the centre, in spreads of the metric; negative is worse, the
/// median is 0, and 68.27 % lie within -1 and 1 (for the skewed, within a width of 2). `common`
/// is what the device's metrics have in common, standard normal.
[[nodiscard]] double goodness(const MetricModel& metric, double common, Draws& draws);

/// `factor` where it is above one half; below, bent so that it stays above 0: no rate is negative.
[[nodiscard]] double positive(double factor);

}  // namespace rackproof::simulator
