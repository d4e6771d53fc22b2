#include "analysis/curve_source.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "analysis/robust.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

/// Of these the first that a run has: a GPU's own, then what the burn-in says of a CPU.
constexpr std::array kTemperatures = {"gpu.temperature", "cpu.temperature"};
constexpr std::array kPowers = {"gpu.power_average", "gpu.power_usage", "gpu.power_instant",
                                "cpu.power"};
/// What the names of sensors of a node's coolant and air have in them, the nearest to the device
/// first.
constexpr std::array kCoolants = {"coolant", "inlet", "ambient"};

/// A coolant is read seldom and moves slowly: its last reading counts for so long.
constexpr double kCoolantHolds_s = 600;

bool is_finite_at(const SensorSeries& sensor, std::size_t index) {
    return index < sensor.values.size() && std::isfinite(sensor.values[index]);
}

/// One sensor of one target, row by row of the telemetry.
class SensorColumn {
  public:
    SensorColumn(const SensorSeries* sensor, std::size_t targets, std::int32_t target)
        : sensor_{sensor}, targets_{targets}, target_{target} {}
    [[nodiscard]] double operator[](std::size_t row) const {
        if (sensor_ == nullptr || target_ < 0) return kNoValue;
        const std::size_t index = row * targets_ + at(target_);
        return is_finite_at(*sensor_, index) ? static_cast<double>(sensor_->values[index])
                                             : kNoValue;
    }
    [[nodiscard]] bool any(std::size_t begin, std::size_t end) const {
        for (std::size_t row = begin; row < end; ++row) {
            if (std::isfinite((*this)[row])) return true;
        }
        return false;
    }

  private:
    const SensorSeries* sensor_;
    std::size_t targets_;
    std::int32_t target_;
};

/// What slows a device down for no good reason: NVML's bits, and its counters of seconds.
struct Slowdown {
    const char* name;
    const char* counter;
    std::uint64_t bit;
};
constexpr std::array kReasons = {
    Slowdown{"hardware slowdown", "", 0x08},
    Slowdown{"software thermal slowdown", "gpu.throttle.sw_thermal", 0x20},
    Slowdown{"hardware thermal slowdown", "gpu.throttle.hw_thermal", 0x40},
    Slowdown{"power brake", "gpu.throttle.power_brake", 0x80},
    Slowdown{"thermal violation", "gpu.throttle.thermal", 0},
    Slowdown{"reliability violation", "gpu.throttle.reliability", 0},
};

double seconds_in(const nlohmann::json& parameters, const char* key) {
    const auto found = parameters.find(key);
    return found != parameters.end() && found->is_number() ? found->get<double>() : 0.0;
}

/// Times of the phases around the soak, as the case was told to keep them.
struct Phases {
    double idle_s = 0;
    double ramp_s = 0;
    double cool_down_s = 0;
};

Phases phases_of(const Metric& metric) {
    const nlohmann::json parameters = nlohmann::json::parse(metric.parameters, nullptr, false);
    if (!parameters.is_object()) return {};
    return {seconds_in(parameters, "idle_s"), seconds_in(parameters, "ramp_s"),
            seconds_in(parameters, "cool_down_s")};
}

std::string lowered(std::string_view text) {
    std::string lower{text};
    for (char& each : lower) {
        each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
    }
    return lower;
}

class Reader {
  public:
    Reader(const Survey& survey, const MetricCells& cells)
        : cells_{&cells},
          run_{survey.run},
          telemetry_{&survey.run->telemetry},
          phases_{phases_of(cells.metric())} {}

    std::vector<Burnin> read() {
        std::map<std::pair<std::int64_t, std::string>, Burnin> by_kind;
        for (const TargetCell& cell : cells_->cells()) {
            auto device = soak_of(cell);
            if (!device) continue;
            Burnin& burnin = by_kind[{cell.sku, run_->devices[at(cell.place.device)].kind}];
            burnin.devices.push_back(std::move(*device));
        }
        std::vector<Burnin> burnins;
        for (auto& [kind, burnin] : by_kind) {
            burnin.metric = identity_of(cells_->metric());
            burnin.metric_index = cells_->index();
            read_sensors(burnin);
            burnins.push_back(std::move(burnin));
        }
        return burnins;
    }

  private:
    void read_sensors(Burnin& burnin) {
        temperature_ = first_read(kTemperatures, burnin);
        power_ = first_read(kPowers, burnin);
        coolant_ = coolant_of(burnin);
        if (temperature_ != nullptr) burnin.temperature_sensor = temperature_->name;
        if (power_ != nullptr) burnin.power_sensor = power_->name;
        if (coolant_ != nullptr) burnin.coolant_sensor = coolant_->name;
        for (DeviceBurnin& device : burnin.devices) {
            read_curve(device);
            read_throttling(device);
        }
    }

    [[nodiscard]] std::optional<DeviceBurnin> soak_of(const TargetCell& cell) const {
        const Metric& metric = cells_->metric();
        if (!cell.value || cell.place.device < 0) return std::nullopt;
        const std::size_t row = cells_->rows(cell).back();
        const std::span<const double> samples = cells_->samples(row);
        if (samples.empty() || metric.time.size() != metric.values.size()) return std::nullopt;
        const auto times = std::span{metric.time}.subspan(row * metric.repetitions, samples.size());
        DeviceBurnin device;
        device.place = cell.place;
        std::vector<double>& ends_s = device.rate_time_s;
        for (std::size_t i = 0; i < samples.size(); ++i) {
            if (!std::isfinite(samples[i]) || !std::isfinite(times[i])) continue;
            device.rate.push_back(samples[i]);
            ends_s.push_back(times[i]);
        }
        if (ends_s.size() < 2 || !std::ranges::is_sorted(ends_s)) return std::nullopt;
        Curve& curve = device.curve;
        curve.begin_s = ends_s[0] - (ends_s[1] - ends_s[0]);  // of the first slice
        curve.end_s = ends_s.back();
        if (curve.soak_s() < kLeastSoak_s) return std::nullopt;
        device.ramp_begin_s = curve.begin_s - phases_.ramp_s;
        device.has_idle = phases_.idle_s > 0;
        device.load_end_s = curve.end_s + phases_.cool_down_s;
        return device;
    }

    /// Rows of the telemetry from the idle phase to the end of the cool-down.
    [[nodiscard]] std::pair<std::size_t, std::size_t> rows_of(const DeviceBurnin& device) const {
        constexpr double kWarmUp_s = 10;  // work to warm up stands before the first slice
        const double from_s = device.ramp_begin_s - std::max(phases_.idle_s, kWarmUp_s);
        const auto first = std::ranges::lower_bound(telemetry_->time, from_s);
        const auto last = std::ranges::upper_bound(telemetry_->time, device.load_end_s);
        return {static_cast<std::size_t>(first - telemetry_->time.begin()),
                static_cast<std::size_t>(std::max(first, last) - telemetry_->time.begin())};
    }

    [[nodiscard]] const SensorSeries* named(std::string_view name, Scope scope) const {
        const auto found = std::ranges::find_if(telemetry_->sensors, [&](const auto& sensor) {
            return sensor.name == name && sensor.scope == scope;
        });
        return found == telemetry_->sensors.end() ? nullptr : &*found;
    }

    [[nodiscard]] SensorColumn column(const SensorSeries* sensor, const Place& place) const {
        const bool of_devices = sensor != nullptr && sensor->scope == Scope::Device;
        return {sensor, of_devices ? run_->devices.size() : run_->nodes.size(),
                of_devices ? place.device : place.node};
    }

    /// The first of the names of which more than half of these devices have a reading, else the
    /// first of which any has.
    template <class Names>
    [[nodiscard]] const SensorSeries* first_read(const Names& names, const Burnin& burnin) const {
        const SensorSeries* first = nullptr;
        for (const char* name : names) {
            const SensorSeries* sensor = named(name, Scope::Device);
            const std::size_t readers = sensor == nullptr ? 0 : readers_of(sensor, burnin);
            if (2 * readers > burnin.devices.size()) return sensor;
            if (first == nullptr && readers > 0) first = sensor;
        }
        return first;
    }

    [[nodiscard]] std::size_t readers_of(const SensorSeries* sensor, const Burnin& burnin) const {
        return static_cast<std::size_t>(
            std::ranges::count_if(burnin.devices, [&](const DeviceBurnin& device) {
                const auto [begin, end] = rows_of(device);
                return column(sensor, device.place).any(begin, end);
            }));
    }

    /// Of the sensors of nodes that read a coolant, the nearest that half of the devices have: all
    /// are held against the same, or they could not be compared.
    [[nodiscard]] const SensorSeries* coolant_of(const Burnin& burnin) const {
        for (const char* word : kCoolants) {
            for (const SensorSeries& sensor : telemetry_->sensors) {
                if (sensor.scope != Scope::Node || !is_temperature(sensor.unit)) continue;
                if (lowered(sensor.name).find(word) == std::string::npos) continue;
                if (2 * readers_of(&sensor, burnin) >= burnin.devices.size()) return &sensor;
            }
        }
        return nullptr;
    }

    void read_curve(DeviceBurnin& device) const {
        const auto [begin, end] = rows_of(device);
        const SensorColumn temperature = column(temperature_, device.place);
        const SensorColumn power = column(power_, device.place);
        const SensorColumn coolant = column(coolant_, device.place);
        Curve& curve = device.curve;
        if (temperature_ != nullptr && temperature_->resolution > 0) {
            curve.resolution = temperature_->resolution;
        }
        double last_coolant = kNoValue;
        double read_s = 0;
        for (std::size_t row = begin; row < end; ++row) {
            const double time_s = telemetry_->time[row];
            if (std::isfinite(coolant[row])) {
                last_coolant = coolant[row];
                read_s = time_s;
            } else if (time_s - read_s > kCoolantHolds_s) {
                last_coolant = kNoValue;
            }
            if (!std::isfinite(temperature[row]) && !std::isfinite(power[row])) continue;
            curve.time_s.push_back(time_s);
            curve.temperature.push_back(temperature[row]);
            curve.power_w.push_back(power[row]);
            curve.coolant.push_back(last_coolant);
        }
    }

    void read_throttling(DeviceBurnin& device) const {
        const auto begin = std::ranges::lower_bound(telemetry_->time, device.curve.begin_s);
        const auto end = std::ranges::upper_bound(telemetry_->time, device.curve.end_s);
        const auto first = static_cast<std::size_t>(begin - telemetry_->time.begin());
        const auto last = static_cast<std::size_t>(std::max(begin, end) - telemetry_->time.begin());
        for (const Slowdown& reason : kReasons) {
            const SensorSeries* counter = named(reason.counter, Scope::Device);
            const SensorColumn counted = column(counter, device.place);
            const bool has_counter = counter != nullptr && counted.any(first, last);
            auto throttled = has_counter ? by_counter(reason, counted, first, last, device)
                                         : by_bit(reason, first, last, device);
            if (throttled) device.throttled.push_back(std::move(*throttled));
        }
    }

    /// Adds one step during which the device was slowed down.
    struct Tally {
        Throttled throttled;
        std::vector<double> powers;
        std::vector<double> temperatures;
    };

    void tally(Tally& all, double slowed_s, std::size_t row, const DeviceBurnin& device) const {
        if (all.throttled.time_s == 0) {
            all.throttled.since_s = telemetry_->time[row] - device.curve.begin_s;
        }
        all.throttled.time_s += slowed_s;
        const double power = column(power_, device.place)[row];
        const double temperature = column(temperature_, device.place)[row];
        if (std::isfinite(power)) all.powers.push_back(power);
        if (std::isfinite(temperature)) all.temperatures.push_back(temperature);
    }

    static std::optional<Throttled> finished(Tally all, const Slowdown& reason) {
        if (!(all.throttled.time_s > 0)) return std::nullopt;
        all.throttled.reason = reason.name;
        all.throttled.power_w = median(std::move(all.powers)).value_or(kNoValue);
        all.throttled.temperature = median(std::move(all.temperatures)).value_or(kNoValue);
        return std::move(all.throttled);
    }

    /// What a counter gained; one that went back (a reset) gains nothing at that step.
    [[nodiscard]] std::optional<Throttled> by_counter(const Slowdown& reason,
                                                      const SensorColumn& counter,
                                                      std::size_t first, std::size_t last,
                                                      const DeviceBurnin& device) const {
        Tally all;
        double before = kNoValue;
        for (std::size_t row = first; row < last; ++row) {
            const double now = counter[row];
            if (!std::isfinite(now)) continue;
            if (now > before) tally(all, now - before, row, device);
            before = now;
        }
        return finished(std::move(all), reason);
    }

    [[nodiscard]] std::optional<Throttled> by_bit(const Slowdown& reason, std::size_t first,
                                                  std::size_t last,
                                                  const DeviceBurnin& device) const {
        const SensorColumn bits = column(named("gpu.event_reasons", Scope::Device), device.place);
        constexpr double kMostBits = 1LL << 52;
        Tally all;
        double before_s = kNoValue;
        for (std::size_t row = first; row < last; ++row) {
            const double now = bits[row];
            const bool are_bits = now >= 0 && now <= kMostBits;  // NaN is none
            if (!are_bits) continue;
            const double now_s = telemetry_->time[row];
            const bool stands = (static_cast<std::uint64_t>(now) & reason.bit) != 0;
            if (stands && std::isfinite(before_s)) tally(all, now_s - before_s, row, device);
            before_s = now_s;
        }
        return finished(std::move(all), reason);
    }

    const MetricCells* cells_;
    const Run* run_;
    const Telemetry* telemetry_;
    Phases phases_;
    const SensorSeries* temperature_ = nullptr;
    const SensorSeries* power_ = nullptr;
    const SensorSeries* coolant_ = nullptr;
};

}  // namespace

bool is_burnin_lead(const Metric& metric) {
    return metric.suite == "burnin" && metric.scope == Scope::Device &&
           metric.unit == symbol(Unit::FlopsPerSecond);
}

std::vector<Burnin> burnins_of(const Survey& survey, const MetricCells& cells) {
    return Reader{survey, cells}.read();
}

}  // namespace rackproof
