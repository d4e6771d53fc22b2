#include "runners/telemetry_fold.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace rackproof {
namespace {

constexpr double kUnknownPeriod_s = 1.0;

}  // namespace

void TelemetryFold::add(const record::Reading& reading) {
    const auto [place, added] =
        index_.emplace(std::pair{reading.sensor, reading.scope}, sensors_.size());
    if (added) {
        sensors_.push_back({reading.sensor, reading.unit, reading.scope, reading.resolution, {}});
    }
    points_.push_back(
        {reading.time_s, place->second, reading.target, static_cast<float>(reading.value)});
}

/// The median time from one reading of a sensor on a target to its next.
double TelemetryFold::period_s(const std::vector<Point>& sorted) const {
    std::map<std::pair<std::size_t, std::int32_t>, double> last_s;
    std::vector<double> gaps_s;
    for (const Point& point : sorted) {
        const auto [place, added] = last_s.try_emplace({point.sensor, point.target}, point.time_s);
        if (added) continue;
        gaps_s.push_back(point.time_s - place->second);
        place->second = point.time_s;
    }
    if (gaps_s.empty()) return kUnknownPeriod_s;
    const auto middle = gaps_s.begin() + static_cast<std::ptrdiff_t>(gaps_s.size() / 2);
    std::nth_element(gaps_s.begin(), middle, gaps_s.end());
    return *middle;
}

Telemetry TelemetryFold::finish(const Manifest& manifest) const {
    std::vector<Point> sorted = points_;
    std::ranges::stable_sort(sorted, {}, [](const Point& point) {
        return std::tuple{point.time_s, point.sensor, point.target};
    });
    const double window_s = period_s(sorted) / 2;

    Telemetry telemetry;
    telemetry.sensors = sensors_;
    std::vector<std::size_t> row_of(sorted.size());
    std::set<std::pair<std::size_t, std::int32_t>> in_row;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const Point& point = sorted[i];
        const bool fits = !telemetry.time.empty() &&
                          point.time_s - telemetry.time.back() <= window_s &&
                          !in_row.contains({point.sensor, point.target});
        if (!fits) {
            telemetry.time.push_back(point.time_s);
            in_row.clear();
        }
        in_row.insert({point.sensor, point.target});
        row_of[i] = telemetry.time.size() - 1;
    }

    const auto columns = [&](std::size_t sensor) {
        const bool of_devices = sensors_[sensor].scope == Scope::Device;
        return of_devices ? manifest.devices.size() : manifest.nodes.size();
    };
    for (std::size_t i = 0; i < sensors_.size(); ++i) {
        telemetry.sensors[i].values.assign(telemetry.time.size() * columns(i),
                                           static_cast<float>(kNoValue));
    }
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const std::size_t sensor = sorted[i].sensor;
        const auto target = static_cast<std::size_t>(sorted[i].target);
        telemetry.sensors[sensor].values[row_of[i] * columns(sensor) + target] = sorted[i].value;
    }
    return telemetry;
}

}  // namespace rackproof
