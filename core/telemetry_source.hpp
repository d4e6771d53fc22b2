#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/run.hpp"

namespace rackproof {

/// The telemetry of a run, some rows at a time: that of a week does not belong into memory. One
/// thread. What is read throws as the place does where it lies.
class TelemetrySource {
  public:
    TelemetrySource() = default;
    TelemetrySource(const TelemetrySource&) = delete;
    TelemetrySource& operator=(const TelemetrySource&) = delete;
    virtual ~TelemetrySource() = default;

    /// In the run's order, without their values.
    [[nodiscard]] virtual const std::vector<SensorSeries>& sensors() const = 0;
    /// How many nodes or devices a sensor's rows are of.
    [[nodiscard]] virtual std::size_t targets(Scope scope) const = 0;
    [[nodiscard]] virtual std::size_t rows() const = 0;

    /// The times of as many rows as `times` is long, from row `first` on, all within rows(): s
    /// since the run started, ascending.
    virtual void read_times(std::size_t first, std::span<double> times) = 0;
    /// Likewise [rows, targets] of sensors()[sensor], NaN where there is none. `values` is whole
    /// rows long.
    virtual void read_values(std::size_t sensor, std::size_t first, std::span<float> values) = 0;
};

/// The telemetry that a run in memory holds itself; the run must outlive it, unchanged. Values that
/// a sensor lacks read as NaN.
class HeldTelemetry final : public TelemetrySource {
  public:
    explicit HeldTelemetry(const Run& run);
    [[nodiscard]] const std::vector<SensorSeries>& sensors() const override { return sensors_; }
    [[nodiscard]] std::size_t targets(Scope scope) const override;
    [[nodiscard]] std::size_t rows() const override { return run_->telemetry.time.size(); }
    void read_times(std::size_t first, std::span<double> times) override;
    void read_values(std::size_t sensor, std::size_t first, std::span<float> values) override;

  private:
    const Run* run_;
    std::vector<SensorSeries> sensors_;
};

/// All of it, in memory.
[[nodiscard]] Telemetry whole_telemetry(TelemetrySource& source);

}  // namespace rackproof
