#include "suites/host_health.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "hwcheck/gpu_changes.hpp"

namespace rackproof {
namespace {

void append(HealthSeries& series, double value, double time_s) {
    series.values.push_back(value);
    series.time_s.push_back(time_s);
}

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

bool is_of_device(const Sensor& sensor) { return sensor.scope == Scope::Device; }

/// Of the counters of time spent slowed down, those that no healthy GPU moves: the power cap, sync
/// boost and the board's limit belong to normal work.
bool is_bad_throttle(const Sensor& sensor) {
    constexpr std::string_view kBad[] = {"gpu.throttle.thermal", "gpu.throttle.sw_thermal",
                                         "gpu.throttle.hw_thermal", "gpu.throttle.power_brake",
                                         "gpu.throttle.reliability"};
    return std::ranges::find(kBad, sensor.name) != std::end(kBad);
}

bool is_bad_reason(double reasons) {
    return (static_cast<std::uint64_t>(reasons) & kBadEventReasons) != 0;
}

std::string counted(std::size_t number, std::string_view what) {
    return std::to_string(number) + " " + std::string{what} + (number == 1 ? "" : "s");
}

}  // namespace

HostHealth::HostHealth(const std::vector<Sensor>& sensors, HealthOf whose) : whose_{whose} {
    for (const Sensor& sensor : sensors) {
        Channel& channel = channels_.emplace_back();
        channel.kind = sensor.kind;
        channel.wraps_at = sensor.wraps_at;
        names_.push_back(sensor.name);
    }
    if (whose_ == HealthOf::Gpu) {
        choose_of_gpu(sensors);
    } else {
        choose_of_host(sensors);
    }
}

void HostHealth::choose_of_gpu(const std::vector<Sensor>& sensors) {
    temperature_choice_ = "GPU";
    for (std::size_t i = 0; i < sensors.size(); ++i) {
        if (!is_of_device(sensors[i])) continue;
        const SensorKind kind = sensors[i].kind;
        channels_[i].used = sensors[i].name == "gpu.temperature" || kind == SensorKind::Power ||
                            kind == SensorKind::EventReasons ||
                            (kind == SensorKind::ThrottleTime && is_bad_throttle(sensors[i]));
    }
}

void HostHealth::choose_of_host(const std::vector<Sensor>& sensors) {
    const bool knows_processor = std::ranges::any_of(sensors, is_processor_temperature);
    const bool has_rapl = std::ranges::any_of(sensors, is_processor_energy);
    if (has_rapl) power_kind_ = SensorKind::Energy;
    temperature_choice_ = knows_processor ? "processor" : "host";
    for (std::size_t i = 0; i < sensors.size(); ++i) {
        Channel& channel = channels_[i];
        const Sensor& sensor = sensors[i];
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
            case SensorKind::Current:
            case SensorKind::EventReasons:
            case SensorKind::ThrottleTime:
            case SensorKind::PowerLimit:
            case SensorKind::Margin:
            case SensorKind::Utilisation:
            case SensorKind::Link: break;
        }
    }
}

bool HostHealth::uses(std::size_t sensor) const { return channels_.at(sensor).used; }

std::optional<HostHealth::Reading> HostHealth::last(std::string_view sensor) const {
    const auto named = std::ranges::find(names_, sensor);
    if (named == names_.end()) return std::nullopt;
    const Channel& channel = channels_[static_cast<std::size_t>(named - names_.begin())];
    return channel.used ? channel.last : std::nullopt;
}

void HostHealth::add(std::size_t sensor, double value, double time_s) {
    Channel& channel = channels_.at(sensor);
    if (channel.kind == SensorKind::EventReasons) {
        gpu_throttled_ = gpu_throttled_ || (channel.used && is_bad_reason(value));
        channel.step = value;
    } else if (channel.kind == SensorKind::ThrottleTime) {
        const bool moved = channel.last && value > channel.last->value;
        gpu_throttled_ = gpu_throttled_ || (channel.used && moved);
        channel.step = value;
    } else if (channel.kind != SensorKind::Energy) {
        channel.step = value;
    } else if (channel.last && time_s > channel.last->time_s) {
        double energy = value - channel.last->value;
        if (energy < 0 && channel.wraps_at) energy += *channel.wraps_at;
        if (energy >= 0) channel.step = energy / (time_s - channel.last->time_s);
    }
    channel.last = Reading{value, time_s};
    if (!channel.first) channel.first = channel.last;
}

/// What is there once a step: temperature, power, and whether it was throttled.
void HostHealth::end_gpu_step(double time_s) {
    bool looked = false;
    for (std::size_t i = 0; i < channels_.size(); ++i) {
        Channel& channel = channels_[i];
        const std::optional<double> step = std::exchange(channel.step, std::nullopt);
        if (!channel.used || !step) continue;
        if (channel.kind == SensorKind::Temperature) {
            append(temperature_, *step, time_s);
        } else if (channel.kind == SensorKind::Power) {
            if (!gpu_power_) gpu_power_ = i;
            if (gpu_power_ == i) append(power_, *step, time_s);
        } else {
            looked = true;
        }
    }
    if (looked) ++gpu_steps_;
    if (std::exchange(gpu_throttled_, false)) gpu_throttled_steps_ += 1;
}

void HostHealth::end_step(double time_s) {
    if (whose_ == HealthOf::Gpu) return end_gpu_step(time_s);
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
    if (hottest) append(temperature_, *hottest, time_s);
    if (!highest_w) return;
    if (power_kind_ == SensorKind::Power) {
        append(power_, *highest_w, time_s);
    } else if (parts == used(SensorKind::Energy)) {
        append(power_, sum_w, time_s);  // a part of the sum would read low, and so look fine
    }
}

std::optional<double> HostHealth::throttle_events() const {
    if (whose_ == HealthOf::Gpu)
        return gpu_steps_ > 1 ? std::optional{gpu_throttled_steps_} : std::nullopt;
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
    if (whose_ == HealthOf::Gpu) return "NVML: gpu.temperature";
    return "highest of " + counted(used(SensorKind::Temperature), temperature_choice_ + " sensor");
}

std::string HostHealth::power_source() const {
    if (whose_ == HealthOf::Gpu)
        return "NVML: " + (gpu_power_ ? names_[*gpu_power_] : std::string{"nothing"});
    if (power_kind_ == SensorKind::Energy) {
        return "sum of " + counted(used(SensorKind::Energy), "RAPL counter");
    }
    return "highest of " + counted(used(SensorKind::Power), "hwmon sensor");
}

std::string HostHealth::throttle_source() const {
    if (whose_ == HealthOf::Gpu) return "NVML: steps with a bad event reason or throttle time";
    return "sum of " + counted(used(SensorKind::ThrottleCount), "thermal_throttle counter");
}

std::string HostHealth::missing(SensorKind kind, std::string_view what) const {
    const std::size_t number = used(kind);
    if (number == 0) return "this host has no " + std::string{what};
    return "no " + std::string{what} + " of this host could be read (" + std::to_string(number) +
           " listed)";
}

std::string HostHealth::no_temperature() const {
    if (whose_ == HealthOf::Gpu) return "NVML gave no temperature of this GPU";
    return missing(SensorKind::Temperature, "temperature sensor (hwmon)");
}

std::string HostHealth::no_power() const {
    if (whose_ == HealthOf::Gpu) return "NVML gave no power of this GPU";
    if (power_kind_ == SensorKind::Energy) {
        return missing(SensorKind::Energy, "energy counter (RAPL; for root alone)");
    }
    return missing(SensorKind::Power, "power sensor (hwmon, RAPL)");
}

std::string HostHealth::no_throttle() const {
    if (whose_ == HealthOf::Gpu) return "NVML gave no event reasons or throttle times of this GPU";
    return missing(SensorKind::ThrottleCount, "throttle counter (thermal_throttle)");
}

}  // namespace rackproof
