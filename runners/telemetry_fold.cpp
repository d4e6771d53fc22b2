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

std::size_t TelemetryFold::series_of(const record::Reading& reading) {
    const auto [place, added] =
        index_.emplace(std::tuple{reading.sensor, reading.scope}, rows_->sensors().size());
    if (added) {
        rows_->add_sensor({reading.sensor, reading.unit, reading.scope, reading.resolution, {}});
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
    if (rows_->rows() > 0 && time_s <= placed_until_s_) {
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

void TelemetryFold::put(const Point& point, std::size_t row) {
    const Series& series = series_[point.series];
    rows_->set(series.sensor, row, series.target, point.value);
    if (row + 1 == rows_->rows()) last_row_[point.series] = row;
}

/// All that is pending and not newer than `time_s`, into rows behind those that there are.
void TelemetryFold::place_until(double time_s) {
    sort(pending_);
    window_s_ = period_s(pending_) / 2;
    std::size_t placed = 0;
    for (; placed < pending_.size() && pending_[placed].time_s <= time_s; ++placed) {
        const Point& point = pending_[placed];
        const std::size_t rows = rows_->rows();
        const bool fits = rows > 0 && point.time_s - rows_->time(rows - 1) <= window_s_ &&
                          last_row_[point.series] != rows - 1;
        if (!fits) rows_->add_row(point.time_s);
        put(point, rows_->rows() - 1);
    }
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(placed));
    placed_until_s_ = std::max(placed_until_s_, time_s);
    oldest_pending_s_ = pending_.empty() ? newest_s_ : pending_.front().time_s;
}

/// Into the row that it would have been in, if that has no reading of its series.
bool TelemetryFold::fits_between(const Point& point) {
    const std::size_t behind = rows_->rows_until(point.time_s);
    if (behind == 0 || point.time_s - rows_->time(behind - 1) > window_s_) return false;
    const Series& series = series_[point.series];
    if (!std::isnan(rows_->value(series.sensor, behind - 1, series.target))) return false;
    put(point, behind - 1);
    return true;
}

/// Rows of their own for what came late, between those that there are.
void TelemetryFold::insert_late_rows() {
    if (late_.empty()) return;
    sort(late_);
    const std::unique_ptr<SpooledTelemetry> before = std::move(rows_);
    rows_ = std::make_unique<SpooledTelemetry>(nodes_, devices_, before->folder());
    for (const SensorSeries& sensor : before->sensors()) rows_->add_sensor(sensor);
    std::ranges::fill(last_row_, kNoRow);
    std::size_t next = 0;
    double own_row_s = -std::numeric_limits<double>::infinity();  // of the row added last here
    for (const Point& point : late_) {
        const std::size_t behind = before->rows_until(point.time_s);
        if (behind > next) own_row_s = -std::numeric_limits<double>::infinity();
        rows_->add_rows(*before, next, behind);
        next = behind;
        const bool fits =
            point.time_s - own_row_s <= window_s_ && last_row_[point.series] != rows_->rows() - 1;
        if (!fits) rows_->add_row(own_row_s = point.time_s);
        put(point, rows_->rows() - 1);
    }
    rows_->add_rows(*before, next, before->rows());
    late_.clear();
}

std::unique_ptr<TelemetrySource> TelemetryFold::finish() {
    place_until(std::numeric_limits<double>::infinity());
    insert_late_rows();
    return std::move(rows_);
}

}  // namespace rackproof
