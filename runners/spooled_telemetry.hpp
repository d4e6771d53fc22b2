#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "core/telemetry_source.hpp"
#include "runners/spooled_column.hpp"

namespace rackproof {

/// Telemetry as it is laid out, row behind row, in a file without a name: what is in memory does
/// not grow with the rows. All throw Error if the disk is full.
class SpooledTelemetry final : public TelemetrySource {
  public:
    /// Of a run with so many; its file, once it is needed, stands in `folder`.
    SpooledTelemetry(std::size_t nodes, std::size_t devices, std::filesystem::path folder);

    /// Without values. Returns its index.
    std::size_t add_sensor(SensorSeries sensor);
    void add_row(double time_s) { times_.set(rows_++, time_s); }
    [[nodiscard]] double time(std::size_t row) const { return times_.at(row); }
    /// Row 0 is the first; how many are not later than `time_s`.
    [[nodiscard]] std::size_t rows_until(double time_s) const;
    [[nodiscard]] float value(std::size_t sensor, std::size_t row, std::size_t target) const;
    void set(std::size_t sensor, std::size_t row, std::size_t target, float value);
    /// Appends the rows [first, end) of another with the same sensors.
    void add_rows(SpooledTelemetry& from, std::size_t first, std::size_t end);

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] const std::vector<SensorSeries>& sensors() const override { return sensors_; }
    [[nodiscard]] std::size_t targets(Scope scope) const override;
    [[nodiscard]] std::size_t rows() const override { return rows_; }
    void read_times(std::size_t first, std::span<double> times) override;
    void read_values(std::size_t sensor, std::size_t first, std::span<float> values) override;

  private:
    [[nodiscard]] std::size_t width(std::size_t sensor) const {
        return targets(sensors_[sensor].scope);
    }

    std::size_t nodes_;
    std::size_t devices_;
    std::filesystem::path folder_;
    SpoolFile file_;
    std::size_t rows_ = 0;
    SpooledColumn<double> times_;
    std::vector<SensorSeries> sensors_;
    std::vector<SpooledColumn<float>> values_;  ///< by sensor, [rows, targets]
};

}  // namespace rackproof
