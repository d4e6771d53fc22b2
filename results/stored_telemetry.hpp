#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/run.hpp"
#include "core/telemetry_source.hpp"
#include "results/run_source.hpp"

namespace rackproof::run_file {

/// The telemetry of a run file, left where it is. It is checked as it would be if it were read:
/// names, shapes, times, and that all of it is in the file. Throws Error; the file must outlive it.
class StoredTelemetry final : public TelemetrySource {
  public:
    StoredTelemetry(RunSource& source, hid_t root, const Run& frame);

    [[nodiscard]] const std::vector<SensorSeries>& sensors() const override { return sensors_; }
    [[nodiscard]] std::size_t targets(Scope scope) const override;
    [[nodiscard]] std::size_t rows() const override { return rows_; }
    void read_times(std::size_t first, std::span<double> times) override;
    void read_values(std::size_t sensor, std::size_t first, std::span<float> values) override;

  private:
    void check_all_times();

    std::size_t nodes_;
    std::size_t devices_;
    std::size_t rows_ = 0;
    hdf5::Dataset time_;
    std::vector<SensorSeries> sensors_;
    std::vector<hdf5::Dataset> values_;  ///< by sensor
};

/// A sensor as its dataset's attributes name it, without values.
[[nodiscard]] SensorSeries read_sensor(RunSource& source, const hdf5::Dataset& dataset,
                                       const std::string& name);

}  // namespace rackproof::run_file
