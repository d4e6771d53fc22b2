#pragma once

#include <optional>
#include <vector>

#include "analysis/power_series.hpp"
#include "analysis/swing_waves.hpp"

namespace rackproof {

/// How a meter's times stand to the run's.
struct MeterClock {
    double ahead_s = 0;      ///< of the run's; the meter's times less this are the run's
    double correlation = 0;  ///< Pearson's, of its power and the load, at that
};

/// Within this the times of two clocks, both set, are looked for.
inline constexpr double kMostAhead_s = 5;
/// A meter that follows the load less than this follows something else.
inline constexpr double kLeastCorrelation = 0.7;

/// By how much the meter is ahead, as its power shows where it goes best with the load of all
/// waves together, which are not periodic (the load as means over the meter's own step). `meter`
/// has the run's times as far as its own clock tells them. nullopt if it does not cover the time of
/// the waves, or follows the load nowhere by kLeastCorrelation.
[[nodiscard]] std::optional<MeterClock> clock_of_meter(const PowerSeries& meter,
                                                       const std::vector<SwingWaveFacts>& waves);

}  // namespace rackproof
