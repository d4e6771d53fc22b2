#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/manifest.hpp"
#include "core/record.hpp"
#include "core/run.hpp"

namespace rackproof {

/// Lays the readings of all sensors on one ascending time column. Readings that stand within half
/// a sampling period of each other share a row, so that the matrix stays dense; no reading is
/// ever dropped or put over another.
class TelemetryFold {
  public:
    void add(const record::Reading& reading);

    /// The matrices, [times, targets] for each sensor, NaN where there is no reading.
    [[nodiscard]] Telemetry finish(const Manifest& manifest) const;

  private:
    struct Point {
        double time_s = 0;
        std::size_t sensor = 0;
        std::int32_t target = 0;
        float value = 0;
    };
    [[nodiscard]] double period_s(const std::vector<Point>& sorted) const;

    std::map<std::pair<std::string, Scope>, std::size_t> index_;
    std::vector<SensorSeries> sensors_;
    std::vector<Point> points_;
};

}  // namespace rackproof
