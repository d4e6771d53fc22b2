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

/// One sensor of one target, row by row of the telemetry; NaN where it says nothing.
class SensorColumn {
  public:
    SensorColumn() = default;
    explicit SensorColumn(std::vector<float> values) : values_{std::move(values)} {}
    [[nodiscard]] double operator[](std::size_t row) const {
        const bool is_read = row < values_.size() && std::isfinite(values_[row]);
        return is_read ? static_cast<double>(values_[row]) : kNoValue;
    }
    [[nodiscard]] bool any(std::size_t begin, std::size_t end) const {
        for (std::size_t row = begin; row < end; ++row) {
            if (std::isfinite((*this)[row])) return true;
        }
        return false;
    }

  private:
    std::vector<float> values_;
};

/// Index of a sensor in the telemetry.
using Sensor = std::optional<std::size_t>;

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

/// What is read of the devices of one burn-in.
struct CurveSensors {
    Sensor temperature;
    Sensor power;
    Sensor coolant;
};

class Reader {
  public:
    Reader(const Survey& survey, const MetricCells& cells, TelemetryColumns& telemetry)
        : cells_{&cells},
          run_{survey.run},
          telemetry_{&telemetry},
          phases_{phases_of(cells.metric())} {}

    [[nodiscard]] std::vector<Burnin> read() const {
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
    void read_sensors(Burnin& burnin) const {
        const CurveSensors sensors{first_read(kTemperatures, burnin), first_read(kPowers, burnin),
                                   coolant_of(burnin)};
        if (sensors.temperature) burnin.temperature_sensor = known(sensors.temperature).name;
        if (sensors.power) burnin.power_sensor = known(sensors.power).name;
        if (sensors.coolant) burnin.coolant_sensor = known(sensors.coolant).name;
        const double resolution = sensors.temperature ? known(sensors.temperature).resolution : 0;
        for (DeviceBurnin& device : burnin.devices) {
            if (resolution > 0) device.curve.resolution = resolution;
            read_throttling(device, sensors);
        }
        burnin.read_curve = [reader = *this, sensors](const DeviceBurnin& device) {
            return reader.read_curve(device, sensors);
        };
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
        return rows_between(from_s, device.load_end_s);
    }

    [[nodiscard]] std::pair<std::size_t, std::size_t> rows_between(double from_s,
                                                                   double to_s) const {
        const std::vector<double>& times = telemetry_->times();
        const auto first = std::ranges::lower_bound(times, from_s);
        const auto last = std::ranges::upper_bound(times, to_s);
        return {static_cast<std::size_t>(first - times.begin()),
                static_cast<std::size_t>(std::max(first, last) - times.begin())};
    }

    [[nodiscard]] const SensorSeries& known(Sensor sensor) const {
        return telemetry_->sensors()[sensor.value()];
    }

    [[nodiscard]] Sensor named(std::string_view name, Scope scope) const {
        const std::vector<SensorSeries>& all = telemetry_->sensors();
        const auto found = std::ranges::find_if(
            all, [&](const auto& sensor) { return sensor.name == name && sensor.scope == scope; });
        if (found == all.end()) return std::nullopt;
        return static_cast<std::size_t>(found - all.begin());
    }

    [[nodiscard]] SensorColumn column(Sensor sensor, const Place& place) const {
        if (!sensor) return {};
        const Scope scope = known(sensor).scope;
        const std::int32_t target = scope == Scope::Device ? place.device : place.node;
        if (target < 0 || at(target) >= telemetry_->targets(scope)) return {};
        return SensorColumn{telemetry_->column(*sensor, at(target))};
    }

    /// The first of the names of which more than half of these devices have a reading, else the
    /// first of which any has.
    template <class Names>
    [[nodiscard]] Sensor first_read(const Names& names, const Burnin& burnin) const {
        Sensor first;
        for (const char* name : names) {
            const Sensor sensor = named(name, Scope::Device);
            const std::size_t readers = sensor ? readers_of(sensor, burnin) : 0;
            if (2 * readers > burnin.devices.size()) return sensor;
            if (!first && readers > 0) first = sensor;
        }
        return first;
    }

    [[nodiscard]] std::size_t readers_of(Sensor sensor, const Burnin& burnin) const {
        return static_cast<std::size_t>(
            std::ranges::count_if(burnin.devices, [&](const DeviceBurnin& device) {
                const auto [begin, end] = rows_of(device);
                return column(sensor, device.place).any(begin, end);
            }));
    }

    /// Of the sensors of nodes that read a coolant, the nearest that half of the devices have: all
    /// are held against the same, or they could not be compared.
    [[nodiscard]] Sensor coolant_of(const Burnin& burnin) const {
        for (const char* word : kCoolants) {
            for (std::size_t i = 0; i < telemetry_->sensors().size(); ++i) {
                const SensorSeries& sensor = known(i);
                if (sensor.scope != Scope::Node || !is_temperature(sensor.unit)) continue;
                if (lowered(sensor.name).find(word) == std::string::npos) continue;
                if (2 * readers_of(i, burnin) >= burnin.devices.size()) return i;
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] Curve read_curve(const DeviceBurnin& device, const CurveSensors& sensors) const {
        const auto [begin, end] = rows_of(device);
        const SensorColumn temperature = column(sensors.temperature, device.place);
        const SensorColumn power = column(sensors.power, device.place);
        const SensorColumn coolant = column(sensors.coolant, device.place);
        Curve curve = device.curve;
        for (auto* column : {&curve.time_s, &curve.temperature, &curve.power_w, &curve.coolant}) {
            column->reserve(end - begin);
        }
        double last_coolant = kNoValue;
        double read_s = 0;
        for (std::size_t row = begin; row < end; ++row) {
            const double time_s = telemetry_->times()[row];
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
        return curve;
    }

    /// The rows of a device's soak, and what is asked of each of them.
    struct Soak {
        std::size_t begin = 0;
        std::size_t end = 0;
        double begin_s = 0;
        SensorColumn temperature;
        SensorColumn power;
    };

    void read_throttling(DeviceBurnin& device, const CurveSensors& sensors) const {
        const auto [begin, end] = rows_between(device.curve.begin_s, device.curve.end_s);
        const Soak soak{begin, end, device.curve.begin_s, column(sensors.temperature, device.place),
                        column(sensors.power, device.place)};
        const SensorColumn bits = column(named("gpu.event_reasons", Scope::Device), device.place);
        for (const Slowdown& reason : kReasons) {
            const SensorColumn counted = column(named(reason.counter, Scope::Device), device.place);
            auto throttled = counted.any(begin, end) ? by_counter(reason, counted, soak)
                                                     : by_bit(reason, bits, soak);
            if (throttled) device.throttled.push_back(std::move(*throttled));
        }
    }

    /// Adds one step during which the device was slowed down.
    struct Tally {
        Throttled throttled;
        std::vector<double> powers;
        std::vector<double> temperatures;
    };

    void tally(Tally& all, double slowed_s, std::size_t row, const Soak& soak) const {
        if (all.throttled.time_s == 0) {
            all.throttled.since_s = telemetry_->times()[row] - soak.begin_s;
        }
        all.throttled.time_s += slowed_s;
        const double power = soak.power[row];
        const double temperature = soak.temperature[row];
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
                                                      const Soak& soak) const {
        Tally all;
        double before = kNoValue;
        for (std::size_t row = soak.begin; row < soak.end; ++row) {
            const double now = counter[row];
            if (!std::isfinite(now)) continue;
            if (now > before) tally(all, now - before, row, soak);
            before = now;
        }
        return finished(std::move(all), reason);
    }

    [[nodiscard]] std::optional<Throttled> by_bit(const Slowdown& reason, const SensorColumn& bits,
                                                  const Soak& soak) const {
        constexpr double kMostBits = 1LL << 52;
        Tally all;
        double before_s = kNoValue;
        for (std::size_t row = soak.begin; row < soak.end; ++row) {
            const double now = bits[row];
            const bool are_bits = now >= 0 && now <= kMostBits;  // NaN is none
            if (!are_bits) continue;
            const double now_s = telemetry_->times()[row];
            const bool stands = (static_cast<std::uint64_t>(now) & reason.bit) != 0;
            if (stands && std::isfinite(before_s)) tally(all, now_s - before_s, row, soak);
            before_s = now_s;
        }
        return finished(std::move(all), reason);
    }

    const MetricCells* cells_;
    const Run* run_;
    TelemetryColumns* telemetry_;
    Phases phases_;
};

}  // namespace

bool is_burnin_lead(const Metric& metric) {
    return metric.suite == "burnin" && metric.scope == Scope::Device &&
           metric.unit == symbol(Unit::FlopsPerSecond);
}

std::vector<Burnin> burnins_of(const Survey& survey, const MetricCells& cells,
                               TelemetryColumns& telemetry) {
    return Reader{survey, cells, telemetry}.read();
}

}  // namespace rackproof
