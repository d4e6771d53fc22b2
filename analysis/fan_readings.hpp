#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "analysis/cells.hpp"
#include "core/run.hpp"

namespace rackproof {

/// True of what tells how fast a fan or a pump turns: turns a second, or a share of its highest
/// speed (`gpu.fan`).
[[nodiscard]] bool is_fan(const SensorSeries& sensor);

/// A soak is cut into so many even parts.
inline constexpr std::size_t kSoakParts = 30;

/// What one fan or pump did in one soak. Times are s into it.
struct FanReadings {
    Place place;
    std::size_t readings = 0;
    double speed = kNoValue;    ///< median, in the sensor's unit
    std::vector<double> parts;  ///< median of each of kSoakParts; NaN for none, or where it stood
    double last_s = 0;          ///< when it was read last
    double stood_s = 0;         ///< the longest that it stood still, from one reading to another
    double stood_since_s = 0;
    double stood_until_s = 0;
    bool turned = false;  ///< at some reading
};

/// From `readings` at `times_s` (equally long, s since the run started, ascending; NaN: none)
/// within a soak from `begin_s` to `end_s`, which is later.
[[nodiscard]] FanReadings fan_readings(std::span<const double> times_s,
                                       std::span<const float> readings, double begin_s,
                                       double end_s);

/// "7200 rpm" of turns a second, "40 %" of a share.
[[nodiscard]] std::string speed_text(double speed, const SensorSeries& sensor);

}  // namespace rackproof
