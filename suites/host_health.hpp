#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hwcheck/sensors.hpp"

namespace rackproof {

/// Values in the order in which they were seen, and when; columns of equal length.
struct HealthSeries {
    std::vector<double> values;
    std::vector<double> time_s;
};

/// Whose health: a GPU is judged by its own sensors alone, and one that has none is not judged by
/// its host's.
enum class HealthOf : std::uint8_t { Host, Gpu };

/// What the readings of sensors come to, step by step: one temperature, one power, one count of
/// throttle events. Not every sensor of a host has to do with its processors; which ones were taken
/// is said by the `..._source()`.
class HostHealth {
  public:
    explicit HostHealth(const std::vector<Sensor>& sensors, HealthOf whose = HealthOf::Host);

    /// True if this sensor is part of one of the three.
    [[nodiscard]] bool uses(std::size_t sensor) const;

    /// One reading of the sensor of this index. Power from an energy counter is the energy since
    /// the counter's last reading over the time between.
    void add(std::size_t sensor, double value, double time_s);

    /// The readings since the last call were one step.
    void end_step(double time_s);

    /// degC: of a GPU its own temperature; else the highest of the processor's sensors (coretemp,
    /// k10temp, zenpower), or of all where none of these is there, one a step in which one was
    /// read.
    [[nodiscard]] const HealthSeries& temperature() const { return temperature_; }
    /// W: of a GPU its average (or what its driver has in place of it); else processor packages and
    /// their DRAM by RAPL, one a step in which all of them were read for the second time or later;
    /// without RAPL the highest reading of a power sensor.
    [[nodiscard]] const HealthSeries& power() const { return power_; }
    /// The last reading of a sensor that is part of one of the three, and when; nullopt where there
    /// is none.
    struct Reading {
        double value = 0;
        double time_s = 0;
    };
    [[nodiscard]] std::optional<Reading> last(std::string_view sensor) const;
    /// Throttle events from the first to the last reading of each counter; of a GPU the steps at
    /// which a bad event reason stood, or a counter of time spent slowed down had moved. nullopt if
    /// no counter was read twice.
    [[nodiscard]] std::optional<double> throttle_events() const;

    [[nodiscard]] std::string temperature_source() const;
    [[nodiscard]] std::string power_source() const;
    [[nodiscard]] std::string throttle_source() const;

    /// Why there is no such number, for a skipped case.
    [[nodiscard]] std::string no_temperature() const;
    [[nodiscard]] std::string no_power() const;
    [[nodiscard]] std::string no_throttle() const;

  private:
    struct Channel {
        SensorKind kind = SensorKind::Temperature;
        bool used = false;
        std::optional<double> wraps_at;
        std::optional<Reading> first;
        std::optional<Reading> last;
        std::optional<double> step;  ///< this step's temperature or power
    };

    void choose_of_gpu(const std::vector<Sensor>& sensors);
    void choose_of_host(const std::vector<Sensor>& sensors);
    void end_gpu_step(double time_s);
    [[nodiscard]] std::size_t used(SensorKind kind) const;
    [[nodiscard]] std::string missing(SensorKind kind, std::string_view what) const;

    std::vector<Channel> channels_;
    SensorKind power_kind_ = SensorKind::Power;
    std::string temperature_choice_;
    HealthOf whose_ = HealthOf::Host;
    std::vector<std::string> names_;
    std::optional<std::size_t> gpu_power_;  ///< the sensor that is taken for it, from the first on
    std::size_t gpu_steps_ = 0;
    double gpu_throttled_steps_ = 0;
    bool gpu_throttled_ = false;  ///< in this step
    HealthSeries temperature_;
    HealthSeries power_;
};

}  // namespace rackproof
