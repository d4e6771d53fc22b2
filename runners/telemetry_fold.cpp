#include "runners/telemetry_fold.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace rackproof {
namespace {

constexpr double kUnknownPeriod_s = 1.0;
/// Ranks tell at once what they read; a rank that waits for its connection has no such patience.
constexpr double kOrdered_s = 600;

}  // namespace

std::size_t TelemetryFold::columns(std::size_t sensor) const {
    return telemetry_.sensors[sensor].scope == Scope::Device ? devices_ : nodes_;
}

std::size_t TelemetryFold::series_of(const record::Reading& reading) {
    const auto [place, added] =
        index_.emplace(std::tuple{reading.sensor, reading.scope}, telemetry_.sensors.size());
    if (added) {
        telemetry_.sensors.push_back(
            {reading.sensor, reading.unit, reading.scope, reading.resolution, {}});
    }
    const auto target = static_cast<std::size_t>(reading.target);
    const auto [series, is_new] =
        series_index_.emplace(std::tuple{place->second, target}, series_.size());
    if (is_new) {
        series_.push_back({place->second, target});
        last_row_.push_back(kNoRow);
    }
    return series->second;
}

void TelemetryFold::add(std::size_t series, double time_s, float value) {
    const Point point{time_s, static_cast<std::uint32_t>(series), value};
    if (!telemetry_.time.empty() && time_s <= placed_until_s_) {
        if (!fits_between(point)) late_.push_back(point);
        return;
    }
    if (pending_.empty()) oldest_pending_s_ = newest_s_ = time_s;
    pending_.push_back(point);
    oldest_pending_s_ = std::min(oldest_pending_s_, time_s);
    newest_s_ = std::max(newest_s_, time_s);
    if (newest_s_ - oldest_pending_s_ > 2 * kOrdered_s) place_until(newest_s_ - kOrdered_s);
}

void TelemetryFold::sort(std::vector<Point>& points) const {
    std::ranges::stable_sort(points, {}, [this](const Point& point) {
        const Series& series = series_[point.series];
        return std::tuple{point.time_s, series.sensor, series.target};
    });
}

/// The median time from one reading of a sensor on a target to its next.
double TelemetryFold::period_s(const std::vector<Point>& sorted) const {
    std::vector<std::optional<double>> last_s(series_.size());
    std::vector<double> gaps_s;
    for (const Point& point : sorted) {
        std::optional<double>& last = last_s[point.series];
        if (last) gaps_s.push_back(point.time_s - *last);
        last = point.time_s;
    }
    if (gaps_s.empty()) return kUnknownPeriod_s;
    const auto middle = gaps_s.begin() + static_cast<std::ptrdiff_t>(gaps_s.size() / 2);
    std::nth_element(gaps_s.begin(), middle, gaps_s.end());
    return *middle;
}

float& TelemetryFold::cell(std::size_t row, const Series& series) {
    std::vector<float>& values = telemetry_.sensors[series.sensor].values;
    const std::size_t width = columns(series.sensor);
    if (values.size() < (row + 1) * width) {
        values.resize((row + 1) * width, static_cast<float>(kNoValue));
    }
    return values[row * width + series.target];
}

/// All that is pending and not newer than `time_s`, into rows behind those that there are.
void TelemetryFold::place_until(double time_s) {
    sort(pending_);
    window_s_ = period_s(pending_) / 2;
    std::vector<double>& time = telemetry_.time;
    std::size_t placed = 0;
    for (; placed < pending_.size() && pending_[placed].time_s <= time_s; ++placed) {
        const Point& point = pending_[placed];
        const bool fits = !time.empty() && point.time_s - time.back() <= window_s_ &&
                          last_row_[point.series] != time.size() - 1;
        if (!fits) time.push_back(point.time_s);
        last_row_[point.series] = time.size() - 1;
        cell(time.size() - 1, series_[point.series]) = point.value;
    }
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(placed));
    placed_until_s_ = std::max(placed_until_s_, time_s);
    oldest_pending_s_ = pending_.empty() ? newest_s_ : pending_.front().time_s;
}

/// Into the row that it would have been in, if that has no reading of its series.
bool TelemetryFold::fits_between(const Point& point) {
    const std::vector<double>& time = telemetry_.time;
    const auto behind = std::ranges::upper_bound(time, point.time_s);
    if (behind == time.begin()) return false;
    const auto row = static_cast<std::size_t>(behind - time.begin()) - 1;
    if (point.time_s - time[row] > window_s_) return false;
    float& place = cell(row, series_[point.series]);
    if (!std::isnan(place)) return false;
    place = point.value;
    return true;
}

/// Rows of their own for what came late, between those that there are.
void TelemetryFold::insert_late_rows() {
    if (late_.empty()) return;
    sort(late_);
    Telemetry before = std::move(telemetry_);
    telemetry_ = {};
    for (const SensorSeries& sensor : before.sensors) {
        telemetry_.sensors.push_back(
            {sensor.name, sensor.unit, sensor.scope, sensor.resolution, {}});
    }
    std::ranges::fill(last_row_, kNoRow);
    std::vector<double>& time = telemetry_.time;
    const auto copy_row = [&](std::size_t from) {
        time.push_back(before.time[from]);
        for (std::size_t i = 0; i < before.sensors.size(); ++i) {
            const std::size_t width = columns(i);
            const auto first =
                before.sensors[i].values.begin() + static_cast<std::ptrdiff_t>(from * width);
            std::vector<float>& values = telemetry_.sensors[i].values;
            values.insert(values.end(), first, first + static_cast<std::ptrdiff_t>(width));
        }
    };
    std::size_t next = 0;
    double own_row_s = -std::numeric_limits<double>::infinity();  // of the row added last here
    for (const Point& point : late_) {
        for (; next < before.time.size() && before.time[next] <= point.time_s; ++next) {
            copy_row(next);
            own_row_s = -std::numeric_limits<double>::infinity();
        }
        const bool fits =
            point.time_s - own_row_s <= window_s_ && last_row_[point.series] != time.size() - 1;
        if (!fits) {
            time.push_back(own_row_s = point.time_s);
            for (std::size_t i = 0; i < telemetry_.sensors.size(); ++i) {
                telemetry_.sensors[i].values.resize(time.size() * columns(i),
                                                    static_cast<float>(kNoValue));
            }
        }
        last_row_[point.series] = time.size() - 1;
        cell(time.size() - 1, series_[point.series]) = point.value;
    }
    for (; next < before.time.size(); ++next) copy_row(next);
    late_.clear();
}

Telemetry TelemetryFold::finish() {
    place_until(std::numeric_limits<double>::infinity());
    for (std::size_t i = 0; i < telemetry_.sensors.size(); ++i) {
        telemetry_.sensors[i].values.resize(telemetry_.time.size() * columns(i),
                                            static_cast<float>(kNoValue));
    }
    insert_late_rows();
    return std::move(telemetry_);
}

}  // namespace rackproof
