#include "suites/host_health.hpp"

#include <algorithm>
#include <utility>

namespace rackproof {
namespace {

bool is_processor_temperature(const Sensor& sensor) {
    constexpr std::string_view kChips[] = {"hwmon.coretemp.", "hwmon.k10temp.", "hwmon.zenpower."};
    return sensor.kind == SensorKind::Temperature &&
           std::ranges::any_of(
               kChips, [&sensor](std::string_view chip) { return sensor.name.starts_with(chip); });
}

/// "rapl.package-0" and "rapl.package-0.dram"; its other parts are within the package.
bool is_processor_energy(const Sensor& sensor) {
    constexpr std::string_view kPackage = "rapl.package";
    if (sensor.kind != SensorKind::Energy || !sensor.name.starts_with(kPackage)) return false;
    const bool whole = sensor.name.find('.', kPackage.size()) == std::string::npos;
    return whole || sensor.name.ends_with(".dram");
}

std::string counted(std::size_t number, std::string_view what) {
    return std::to_string(number) + " " + std::string{what} + (number == 1 ? "" : "s");
}

}  // namespace

HostHealth::HostHealth(const std::vector<Sensor>& sensors) {
    const bool knows_processor = std::ranges::any_of(sensors, is_processor_temperature);
    const bool has_rapl = std::ranges::any_of(sensors, is_processor_energy);
    if (has_rapl) power_kind_ = SensorKind::Energy;
    temperature_choice_ = knows_processor ? "processor" : "host";
    for (const Sensor& sensor : sensors) {
        Channel& channel = channels_.emplace_back();
        channel.kind = sensor.kind;
        channel.wraps_at = sensor.wraps_at;
        switch (sensor.kind) {
            case SensorKind::Temperature:
                channel.used = !knows_processor || is_processor_temperature(sensor);
                break;
            case SensorKind::Energy: channel.used = is_processor_energy(sensor); break;
            case SensorKind::Power: channel.used = !has_rapl; break;
            case SensorKind::ThrottleCount: channel.used = true; break;
            case SensorKind::Frequency:
            case SensorKind::Fan:
            case SensorKind::Voltage:
            case SensorKind::Current: break;
        }
    }
}

bool HostHealth::uses(std::size_t sensor) const { return channels_.at(sensor).used; }

void HostHealth::add(std::size_t sensor, double value, double time_s) {
    Channel& channel = channels_.at(sensor);
    if (channel.kind != SensorKind::Energy) {
        channel.step = value;
    } else if (channel.last && time_s > channel.last->time_s) {
        double energy = value - channel.last->value;
        if (energy < 0 && channel.wraps_at) energy += *channel.wraps_at;
        if (energy >= 0) channel.step = energy / (time_s - channel.last->time_s);
    }
    channel.last = Reading{value, time_s};
    if (!channel.first) channel.first = channel.last;
}

void HostHealth::end_step(double time_s) {
    std::optional<double> hottest;
    std::optional<double> highest_w;
    double sum_w = 0;
    std::size_t parts = 0;
    for (Channel& channel : channels_) {
        const std::optional<double> step = std::exchange(channel.step, std::nullopt);
        if (!channel.used || !step) continue;
        if (channel.kind == SensorKind::Temperature) {
            hottest = std::max(hottest.value_or(*step), *step);
        } else if (channel.kind == power_kind_) {
            highest_w = std::max(highest_w.value_or(*step), *step);
            sum_w += *step;
            ++parts;
        }
    }
    const auto append = [time_s](HealthSeries& series, double value) {
        series.values.push_back(value);
        series.time_s.push_back(time_s);
    };
    if (hottest) append(temperature_, *hottest);
    if (!highest_w) return;
    if (power_kind_ == SensorKind::Power) {
        append(power_, *highest_w);
    } else if (parts == used(SensorKind::Energy)) {
        append(power_, sum_w);  // a part of the sum would read low, and so look fine
    }
}

std::optional<double> HostHealth::throttle_events() const {
    std::optional<double> events;
    for (const Channel& channel : channels_) {
        if (channel.kind != SensorKind::ThrottleCount || !channel.first) continue;
        if (channel.last->time_s <= channel.first->time_s) continue;
        const double delta = channel.last->value - channel.first->value;
        if (delta >= 0) events = events.value_or(0) + delta;
    }
    return events;
}

std::size_t HostHealth::used(SensorKind kind) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        channels_,
        [kind](const Channel& channel) { return channel.used && channel.kind == kind; }));
}

std::string HostHealth::temperature_source() const {
    return "highest of " + counted(used(SensorKind::Temperature), temperature_choice_ + " sensor");
}

std::string HostHealth::power_source() const {
    if (power_kind_ == SensorKind::Energy) {
        return "sum of " + counted(used(SensorKind::Energy), "RAPL counter");
    }
    return "highest of " + counted(used(SensorKind::Power), "hwmon sensor");
}

std::string HostHealth::throttle_source() const {
    return "sum of " + counted(used(SensorKind::ThrottleCount), "thermal_throttle counter");
}

std::string HostHealth::missing(SensorKind kind, std::string_view what) const {
    const std::size_t number = used(kind);
    if (number == 0) return "this host has no " + std::string{what};
    return "no " + std::string{what} + " of this host could be read (" + std::to_string(number) +
           " listed)";
}

std::string HostHealth::no_temperature() const {
    return missing(SensorKind::Temperature, "temperature sensor (hwmon)");
}

std::string HostHealth::no_power() const {
    if (power_kind_ == SensorKind::Energy) {
        return missing(SensorKind::Energy, "energy counter (RAPL; for root alone)");
    }
    return missing(SensorKind::Power, "power sensor (hwmon, RAPL)");
}

std::string HostHealth::no_throttle() const {
    return missing(SensorKind::ThrottleCount, "throttle counter (thermal_throttle)");
}

}  // namespace rackproof
