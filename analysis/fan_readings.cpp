#include "analysis/fan_readings.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "analysis/robust.hpp"
#include "core/metric.hpp"

namespace rackproof {
namespace {

/// Of a share of the soak.
std::size_t part_of(double share) {
    const auto part = static_cast<std::size_t>(share * static_cast<double>(kSoakParts));
    return std::min(part, kSoakParts - 1);
}

}  // namespace

bool is_fan(const SensorSeries& sensor) {
    return sensor.unit == symbol(Unit::PerSecond) || sensor.name == "gpu.fan";
}

FanReadings fan_readings(std::span<const double> times_s, std::span<const float> readings,
                         double begin_s, double end_s) {
    FanReadings fan;
    std::vector<double> all;
    std::vector<std::vector<double>> by_part(kSoakParts);
    double stands_since_s = kNoValue;
    for (std::size_t i = 0; i < readings.size(); ++i) {
        const auto value = static_cast<double>(readings[i]);
        if (times_s[i] < begin_s || times_s[i] > end_s || !(value >= 0)) continue;
        const double now_s = times_s[i] - begin_s;
        ++fan.readings;
        fan.last_s = now_s;
        all.push_back(value);
        if (value > 0) {
            fan.turned = true;
            stands_since_s = kNoValue;
            by_part[part_of(now_s / (end_s - begin_s))].push_back(value);
            continue;
        }
        if (std::isnan(stands_since_s)) stands_since_s = now_s;
        if (now_s - stands_since_s <= fan.stood_s) continue;
        fan.stood_s = now_s - stands_since_s;
        fan.stood_since_s = stands_since_s;
        fan.stood_until_s = now_s;
    }
    fan.speed = median(std::move(all)).value_or(kNoValue);
    for (std::vector<double>& part : by_part) {
        fan.parts.push_back(median(std::move(part)).value_or(kNoValue));
    }
    return fan;
}

std::string speed_text(double speed, const SensorSeries& sensor) {
    constexpr double kMinute_s = 60;
    if (sensor.unit == symbol(Unit::PerSecond)) return fmt::format("{:.0f} rpm", speed * kMinute_s);
    return fmt::format("{:.0f} %", 100 * speed);
}

}  // namespace rackproof
