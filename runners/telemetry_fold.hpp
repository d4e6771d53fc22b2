#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "core/record.hpp"
#include "runners/spooled_telemetry.hpp"

namespace rackproof {

/// Lays the readings of all sensors on one ascending time column. Readings that stand within half
/// a sampling period of each other share a row, so that the matrix stays dense; no reading is
/// ever dropped or put over another. Ten minutes of readings are put in order at a time, and go
/// into rows then, which are spooled to a file: the memory does not grow with the run. What comes
/// later than that is put into its row, if that has room for it, else between the rows at the end.
class TelemetryFold {
  public:
    /// Of a run with so many. Rows of which there are too many stand in a file without a name in
    /// `folder`. What adds or finishes throws Error if that cannot be written.
    TelemetryFold(std::size_t nodes, std::size_t devices, const std::filesystem::path& folder)
        : rows_{std::make_unique<SpooledTelemetry>(nodes, devices, folder)},
          nodes_{nodes},
          devices_{devices} {}

    /// A number for the sensor on the target that this reading is of.
    [[nodiscard]] std::size_t series_of(const record::Reading& reading);
    void add(std::size_t series, double time_s, float value);
    void add(const record::Reading& reading) {
        add(series_of(reading), reading.time_s, static_cast<float>(reading.value));
    }

    /// All rows. Once.
    [[nodiscard]] std::unique_ptr<TelemetrySource> finish();

  private:
    struct Point {
        double time_s = 0;
        std::uint32_t series = 0;
        float value = 0;
    };
    /// One sensor on one target.
    struct Series {
        std::size_t sensor = 0;
        std::size_t target = 0;
    };
    static constexpr std::size_t kNoRow = static_cast<std::size_t>(-1);

    void sort(std::vector<Point>& points) const;
    [[nodiscard]] double period_s(const std::vector<Point>& sorted) const;
    void place_until(double time_s);
    void put(const Point& point, std::size_t row);
    [[nodiscard]] bool fits_between(const Point& point);
    void insert_late_rows();

    std::unique_ptr<SpooledTelemetry> rows_;
    std::size_t nodes_;
    std::size_t devices_;
    std::map<std::tuple<std::string, Scope>, std::size_t> index_;
    std::map<std::tuple<std::size_t, std::size_t>, std::size_t> series_index_;
    std::vector<Series> series_;
    std::vector<std::size_t> last_row_;  ///< by series
    std::vector<Point> pending_;         ///< newer than what has been placed
    std::vector<Point> late_;            ///< older than that, and without a place so far
    double oldest_pending_s_ = 0;
    double newest_s_ = 0;
    double placed_until_s_ = 0;  ///< once there are rows
    double window_s_ = 0;
};

}  // namespace rackproof
