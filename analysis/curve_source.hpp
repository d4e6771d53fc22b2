#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/cells.hpp"
#include "analysis/curve.hpp"
#include "core/telemetry_columns.hpp"

namespace rackproof {

/// Time that a device spent slowed down by one reason within the soak.
struct Throttled {
    std::string reason;
    double time_s = 0;
    double since_s = 0;  ///< into the soak
    double power_w = 0;  ///< median while it was; NaN where not read
    double temperature = 0;
};

/// One device's burn-in: its last attempt, if that completed.
struct DeviceBurnin {
    Place place;
    Curve curve;                      ///< without its columns: Burnin::curve() gives it whole
    std::vector<double> rate;         ///< slice by slice, of the soak
    std::vector<double> rate_time_s;  ///< when each ended, since the run started
    double ramp_begin_s = 0;  ///< the end of the idle phase; the soak's begin without phases
    bool has_idle = false;
    double load_end_s = 0;  ///< since the run started, the end of the record: cool-down included
    std::vector<Throttled> throttled;
};

/// All of one lead case, of one sku and kind of device: those have the same sensors.
struct Burnin {
    MetricIdentity metric;
    std::size_t metric_index = 0;
    std::string temperature_sensor;  ///< "gpu.temperature"; empty where none was recorded
    std::string power_sensor;
    std::string coolant_sensor;  ///< what half of the devices have; empty for none
    std::vector<DeviceBurnin> devices;

    /// Of devices[index], read anew each time: those of a rack over a week do not fit into memory.
    [[nodiscard]] Curve curve(std::size_t index) const { return read_curve(devices[index]); }
    std::function<Curve(const DeviceBurnin&)> read_curve;
};

/// True of the rate of a burn-in, beside which its companions stand.
[[nodiscard]] bool is_burnin_lead(const Metric& metric);

/// Devices with a soak of kLeastSoak_s or more, with times; none where there is none.
/// All three must outlive what is returned.
[[nodiscard]] std::vector<Burnin> burnins_of(const Survey& survey, const MetricCells& cells,
                                             TelemetryColumns& telemetry);

}  // namespace rackproof
