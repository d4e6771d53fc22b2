#include "analysis/power_sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/index.hpp"
#include "core/manifest.hpp"

namespace rackproof {
namespace {

/// Of these the first that a device has. `averages_s`: NVML's means are over a second.
struct PowerSensor {
    const char* name;
    double averages_s;
};
constexpr PowerSensor kOfGpu[] = {
    {"gpu.power_instant", 0}, {"gpu.power_usage", 1}, {"gpu.power_average", 1}};
constexpr const char* kOfHost = "swing.power";

/// Before and after the time that is asked for, so that sensors need not have been read at its
/// ends.
constexpr double kMargin_s = 2;

struct Addend {
    PowerSeries series;
    std::string sensor;
};

PowerSeries column_of(TelemetryColumns& telemetry, std::size_t sensor, std::int32_t target,
                      double from_s, double to_s) {
    PowerSeries column;
    const std::vector<float> readings = telemetry.column(sensor, at(target));
    const std::vector<double>& times = telemetry.times();
    const auto first = std::ranges::lower_bound(times, from_s - kMargin_s);
    for (auto row = static_cast<std::size_t>(first - times.begin()); row < times.size(); ++row) {
        if (times[row] > to_s + kMargin_s) break;
        if (!std::isfinite(readings[row])) continue;
        column.time_s.push_back(times[row]);
        column.power_w.push_back(static_cast<double>(readings[row]));
    }
    return column;
}

/// What one sensor says of one target from `from_s` to `to_s`, all of it.
std::optional<Addend> addend_of(TelemetryColumns& telemetry, const char* name, Scope scope,
                                std::int32_t target, double from_s, double to_s) {
    for (std::size_t i = 0; i < telemetry.sensors().size(); ++i) {
        const SensorSeries& sensor = telemetry.sensors()[i];
        if (sensor.name != name || sensor.scope != scope) continue;
        Addend addend{column_of(telemetry, i, target, from_s, to_s), name};
        if (part_of(addend.series, from_s, to_s)) return addend;
    }
    return std::nullopt;
}

std::optional<Addend> of_gpu(TelemetryColumns& telemetry, std::int32_t device, double from_s,
                             double to_s) {
    for (const auto& [name, averages_s] : kOfGpu) {
        std::optional<Addend> addend =
            addend_of(telemetry, name, Scope::Device, device, from_s, to_s);
        if (!addend) continue;
        addend->series.averages_s = averages_s;
        return addend;
    }
    return std::nullopt;
}

std::optional<Addend> of_host(TelemetryColumns& telemetry, std::int32_t node, double from_s,
                              double to_s) {
    std::optional<Addend> addend = addend_of(telemetry, kOfHost, Scope::Node, node, from_s, to_s);
    // An energy counter's difference is the mean over the step.
    if (addend) addend->series.averages_s = *step_of(addend->series);
    return addend;
}

PowerSeries sum_of(const std::vector<Addend>& addends, double from_s, double to_s) {
    PowerSeries sum;
    double step_s = 0;
    for (const Addend& addend : addends) {
        step_s = std::max(step_s, *step_of(addend.series));
        sum.averages_s = std::max(sum.averages_s, addend.series.averages_s);
    }
    for (double time_s = from_s; time_s <= to_s; time_s += step_s) {
        double all_w = 0;
        for (const Addend& addend : addends) all_w += power_at(addend.series, time_s);
        sum.time_s.push_back(time_s);
        sum.power_w.push_back(all_w);
    }
    return sum;
}

std::string names_of(const std::vector<Addend>& addends) {
    std::vector<std::string> names;
    for (const Addend& addend : addends) {
        if (std::ranges::find(names, addend.sensor) == names.end()) names.push_back(addend.sensor);
    }
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : " and ") + name;
    return text;
}

}  // namespace

SensorPower power_of_sensors(const Run& run, TelemetryColumns& telemetry,
                             const std::vector<std::int32_t>& nodes, std::string_view kind,
                             double from_s, double to_s) {
    SensorPower power;
    std::vector<Addend> addends;
    const bool is_gpu = kind == "gpu";
    for (const std::int32_t node : nodes) {
        const std::vector<std::int32_t> targets =
            is_gpu ? devices_for(run.devices, node, kind) : std::vector{node};
        for (const std::int32_t target : targets) {
            std::optional<Addend> addend = is_gpu ? of_gpu(telemetry, target, from_s, to_s)
                                                  : of_host(telemetry, target, from_s, to_s);
            if (addend) {
                addends.push_back(*std::move(addend));
                continue;
            }
            const std::string device =
                is_gpu ? fmt::format(", device {}", run.devices[at(target)].index) : "";
            power.why_not = fmt::format("no sensor reads the power of {}{} all of that time",
                                        run.nodes.at(at(node)).name, device);
            return power;
        }
    }
    if (addends.empty()) {
        power.why_not = "there are no such devices";
        return power;
    }
    power.series = sum_of(addends, from_s, to_s);
    power.from = fmt::format("{} of {} {}{}", names_of(addends), addends.size(),
                             is_gpu ? "device" : "node", addends.size() == 1 ? "" : "s");
    return power;
}

}  // namespace rackproof
