#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/metric.hpp"

namespace rackproof {

enum class SensorKind : std::uint8_t {
    Temperature,
    Power,
    Energy,
    Frequency,
    ThrottleCount,
    Fan,
    Voltage,
    Current,
    EventReasons,  ///< NVML's bits, why a clock is what it is
    ThrottleTime,  ///< a counter
    PowerLimit,
    Margin,  ///< to the temperature at which the device slows down
    Utilisation,
    Link,
};

class GpuSource;

/// One thing that can be read again and again.
struct Sensor {
    /// Unique on the host, fit for an HDF5 name: "hwmon.k10temp.Tctl", "rapl.package-0",
    /// "rapl.package-0.dram", "cpu3.frequency", "cpu3.throttle_count", "package0.throttle_count";
    /// of a GPU "gpu.temperature" and the other gpu_channels() (hwcheck/nvml/gpu_reading.hpp).
    std::string name;
    SensorKind kind = SensorKind::Temperature;
    Unit unit = Unit::One;
    double resolution = 0;                     ///< smallest step in `unit`; 0 = unknown
    std::filesystem::path file;                ///< holds one whole number
    double scale = 1;                          ///< value in `unit` = number x scale
    std::optional<double> wraps_at;            ///< for counters (RAPL energy): in `unit`
    Scope scope = Scope::Node;                 ///< Device: of this rank's own
    std::shared_ptr<GpuSource> gpu = nullptr;  ///< null: `file` is read
    std::size_t channel = 0;                   ///< of the GPU's samples
};

/// One reading of a sensor that is a file; nullopt where the file could not be read or holds no
/// whole number (or a negative one where none can be: counts, energies, frequencies, fans). Never 0
/// for "none".
[[nodiscard]] std::optional<double> read(const Sensor& sensor);

/// Every sensor under `sysfs`/class/hwmon, class/powercap (RAPL), devices/system/cpu (cpufreq,
/// thermal_throttle), whether or not it can be read now. The throttle count that all CPUs of a
/// package share is listed once. An empty list is a fact: this host has none.
[[nodiscard]] std::vector<Sensor> find_sensors(const std::filesystem::path& sysfs = "/sys");

}  // namespace rackproof
