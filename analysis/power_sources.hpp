#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/power_series.hpp"
#include "core/run.hpp"
#include "core/telemetry_columns.hpp"

namespace rackproof {

/// Some devices' power together, or why it is not known.
struct SensorPower {
    PowerSeries series;  ///< empty if it is not known
    std::string from;    ///< the sensors that it is the sum of: "gpu.power_instant of 8 devices"
    std::string why_not;
};

/// The sum over all devices of a kind on these nodes from `from_s` to `to_s`, at the steps of the
/// slowest sensor: of GPUs what NVML gives for the instant, else its mean over a second; of CPUs
/// what suite power_swing makes of the host's sensors. Not known if any of them is not.
[[nodiscard]] SensorPower power_of_sensors(const Run& run, TelemetryColumns& telemetry,
                                           const std::vector<std::int32_t>& nodes,
                                           std::string_view kind, double from_s, double to_s);

}  // namespace rackproof
