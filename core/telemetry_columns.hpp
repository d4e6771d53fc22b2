#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "core/spool_file.hpp"
#include "core/telemetry_source.hpp"

namespace rackproof {

/// Telemetry target by target, as who follows a curve needs it. A sensor that is asked for is
/// turned over once, some megabytes of rows at a time, into a file without a name in the temporary
/// directory if it is larger than those: in memory is one number a row, the time. Throws as the
/// source does, and Error where that file cannot be written.
class TelemetryColumns {
  public:
    /// The source must outlive it.
    explicit TelemetryColumns(TelemetrySource& source);

    [[nodiscard]] const std::vector<SensorSeries>& sensors() const { return source_->sensors(); }
    [[nodiscard]] std::size_t targets(Scope scope) const { return source_->targets(scope); }
    /// Of each row: s since the run started, ascending.
    [[nodiscard]] const std::vector<double>& times() const { return times_; }
    /// What the sensor says of the target in each row, NaN where it says nothing.
    [[nodiscard]] std::vector<float> column(std::size_t sensor, std::size_t target);

  private:
    /// [targets, rows] of some rows each.
    struct TurnedOver {
        std::vector<float> held;             ///< if it is one block
        std::vector<std::uint64_t> in_file;  ///< where each block begins, else
    };
    [[nodiscard]] std::size_t rows_a_block(std::size_t sensor) const;
    [[nodiscard]] std::vector<float> block(std::size_t sensor, std::size_t first, std::size_t rows);
    const TurnedOver& turned_over(std::size_t sensor);

    TelemetrySource* source_;
    SpoolFile file_;
    std::vector<double> times_;
    std::map<std::size_t, TurnedOver> sensors_;
};

}  // namespace rackproof
