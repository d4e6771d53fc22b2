#include "tests/support/scripted_curves.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace rackproof::test {
namespace {

/// The truth about one device, step by step, and what its sensors say.
struct Told {
    std::vector<float> temperature;
    std::vector<float> power;
    std::vector<float> reasons;
    std::vector<double> rate;
};

class CurveMaker {
  public:
    CurveMaker(const CurveScript& script, const Plant& plant)
        : script_{script}, plant_{plant}, random_{script.seed} {
        const double whole_s = script.idle_s + script.ramp_s + script.soak_s + script.cool_down_s;
        steps_ = static_cast<std::size_t>(whole_s / script.period_s);
    }

    Run run() {
        name_all();
        const std::size_t nodes = run_.nodes.size();
        const std::size_t devices = run_.devices.size();
        for (std::size_t i = 0; i < steps_; ++i) run_.telemetry.time.push_back(time_s(i));
        SensorSeries temperature = series("gpu.temperature", "degC", Scope::Device, devices);
        SensorSeries power = series("gpu.power_average", "W", Scope::Device, devices);
        SensorSeries reasons = series("gpu.event_reasons", "1", Scope::Device, devices);
        SensorSeries inlet = series("hwmon.bmc.coolant_inlet", "degC", Scope::Node, nodes);
        temperature.resolution = script_.temperature_step;
        for (std::size_t node = 0; node < nodes; ++node) {
            const double error = uniform(script_.coolant_error);
            for (std::size_t i = 0; i < steps_; ++i) {
                const double seen = script_.coolant + error + 0.1 * normal();
                inlet.values[i * nodes + node] = static_cast<float>(std::round(seen * 10) / 10);
            }
        }
        std::vector<Told> told;
        for (std::size_t device = 0; device < devices; ++device) {
            told.push_back(tell(device));
            for (std::size_t i = 0; i < steps_; ++i) {
                temperature.values[i * devices + device] = told.back().temperature[i];
                power.values[i * devices + device] = told.back().power[i];
                reasons.values[i * devices + device] = told.back().reasons[i];
            }
        }
        run_.telemetry.sensors = {temperature, power, reasons};
        if (script_.has_coolant_sensor) run_.telemetry.sensors.push_back(inlet);
        for (int fan = 1; fan <= script_.fans; ++fan) {
            add_fan("hwmon.bmc.fan" + std::to_string(fan), fan == 1);
        }
        if (script_.has_pump) add_fan("hwmon.loop.Pump", false);
        add_metrics(told);
        return std::move(run_);
    }

  private:
    [[nodiscard]] double time_s(std::size_t step) const {
        return 5 + script_.period_s * static_cast<double>(step);
    }
    [[nodiscard]] double soak_begin_s() const { return script_.idle_s + script_.ramp_s; }
    double normal() { return std::normal_distribution<double>{}(random_); }
    double uniform(double half) {
        return half > 0 ? std::uniform_real_distribution<double>{-half, half}(random_) : 0.0;
    }

    void name_all() {
        run_.run_id = "5f0c1d9e-0000-4000-8000-000000000008";
        run_.started = "2026-11-23T04:41:11Z";
        run_.finished = "2026-11-23T08:41:11Z";
        run_.complete = true;
        for (int rack = 0; rack < script_.racks; ++rack) {
            for (int slot = 0; slot < script_.nodes; ++slot) {
                Node node;
                node.name = "r" + std::to_string(rack) + "n" + std::to_string(slot);
                node.rack = "r" + std::to_string(rack);
                node.slot = std::to_string(slot);
                node.sku = "hgx";
                const auto index = static_cast<std::int32_t>(run_.nodes.size());
                run_.nodes.push_back(node);
                for (int place = 0; place < script_.devices; ++place) {
                    Device device;
                    device.node = index;
                    device.index = place;
                    device.kind = "gpu";
                    run_.devices.push_back(device);
                }
            }
        }
        run_.variants.push_back({R"({"m":8192})", "pinned", "cublasLt 12", ""});
    }

    SensorSeries series(const char* name, const char* unit, Scope scope, std::size_t targets) {
        SensorSeries sensor;
        sensor.name = name;
        sensor.unit = unit;
        sensor.scope = scope;
        sensor.values.assign(steps_ * targets, static_cast<float>(kNoValue));
        return sensor;
    }

    [[nodiscard]] bool is_planted(std::size_t device) const {
        const bool rack_of =
            plant_.what == Planted::CloggedLoop || plant_.what == Planted::RackThrottles;
        if (rack_of) return device < static_cast<std::size_t>(script_.nodes * script_.devices);
        return plant_.what != Planted::Nothing && device == plant_.device;
    }
    [[nodiscard]] bool is_planted(std::size_t device, Planted what) const {
        return plant_.what == what && is_planted(device);
    }

    double resistance_of(std::size_t device) {
        const Device& facts = run_.devices[device];
        const int slot = facts.node % script_.nodes;
        const double from_slot = script_.per_slot * (slot - (script_.nodes - 1) / 2.0);
        const double from_place = script_.per_place * (facts.index - (script_.devices - 1) / 2.0);
        const double own =
            script_.own_range > 0 ? uniform(script_.own_range) : script_.own_spread * normal();
        double resistance = script_.resistance * (1 + own) * (1 + from_slot) * (1 + from_place);
        if (is_planted(device, Planted::BadColdPlate) || is_planted(device, Planted::CloggedLoop)) {
            resistance *= 1 + plant_.size;
        }
        if (facts.node < script_.nodes * script_.clogged_racks) {
            resistance *= 1 + script_.clogged;
        }
        return resistance;
    }

    /// The share of its full load that the plan asks for now.
    [[nodiscard]] double load(double now_s) const {
        if (now_s < script_.idle_s) return 0;
        if (now_s < soak_begin_s()) return (now_s - script_.idle_s) / script_.ramp_s;
        return now_s < soak_begin_s() + script_.soak_s ? 1 : 0;
    }

    Told tell(std::size_t device) {
        const double resistance = resistance_of(device);
        const double meter = 1 + uniform(script_.power_error);
        const double tau_s = script_.slow_s * resistance / script_.resistance;
        const double fast_s = 3;
        double fast = 0.3 * resistance * script_.idle_w;
        double slow = 0.7 * resistance * script_.idle_w;
        const double speed = 7.1e14 * (1 + 0.004 * normal());
        const bool throttles =
            is_planted(device, Planted::Throttles) || is_planted(device, Planted::RackThrottles);
        Told told;
        for (std::size_t i = 0; i < steps_; ++i) {
            const double now_s = script_.period_s * static_cast<double>(i);
            const double asked = load(now_s);
            const double into_soak = (now_s - soak_begin_s()) / script_.soak_s;
            const bool slowed = throttles && asked == 1 && into_soak >= 0.5;
            const double given = slowed ? 0.75 : asked;
            const double watts = script_.idle_w + given * (script_.power_w - script_.idle_w);
            double now_resistance = resistance;
            if (is_planted(device, Planted::Drifts)) {
                now_resistance *= 1 + plant_.size * std::clamp(into_soak, 0.0, 1.0);
            }
            fast += (0.3 * now_resistance * watts - fast) * -std::expm1(-script_.period_s / fast_s);
            slow += (0.7 * now_resistance * watts - slow) * -std::expm1(-script_.period_s / tau_s);
            const double truth = script_.coolant + fast + slow;
            const double step = script_.temperature_step;
            told.temperature.push_back(static_cast<float>(std::floor(truth / step) * step));
            const double seen_w = watts * meter * (1 + script_.power_noise * normal());
            told.power.push_back(static_cast<float>(std::round(seen_w * 1000) / 1000));
            told.reasons.push_back(slowed ? 0x40 : 0x04);
            if (asked == 1) {
                double rate = speed * (slowed ? 0.82 : 1) * (1 + 0.002 * normal());
                if (is_planted(device, Planted::Fades)) rate *= 1 - plant_.size * into_soak;
                told.rate.push_back(rate);
            }
        }
        spoil(device, told);
        return told;
    }

    void spoil(std::size_t device, Told& told) {
        if (!is_planted(device)) return;
        const auto from = static_cast<std::size_t>(plant_.at * static_cast<double>(steps_));
        for (std::size_t i = from; i < steps_; ++i) {
            if (plant_.what == Planted::SensorFreezes) told.temperature[i] = told.temperature[from];
            if (plant_.what == Planted::PowerFreezes) told.power[i] = told.power[from];
            if (plant_.what == Planted::SensorDies) {
                told.temperature[i] = static_cast<float>(kNoValue);
            }
        }
        if (plant_.what != Planted::SensorJumps) return;
        for (std::size_t i = 0; i < steps_; ++i) {
            const double chance = script_.period_s / 40;  // one in 40 s
            const bool jumps = std::uniform_real_distribution<double>{}(random_) < chance;
            if (jumps) told.temperature[i] += i % 2 == 0 ? 21.0F : -17.0F;
        }
    }

    /// What is planted, as a share of its speed at a share of the whole record.
    [[nodiscard]] double fan_share(std::size_t node, bool is_pump, bool is_first,
                                   double into) const {
        const bool after = into >= plant_.at;
        if (is_pump) {
            const bool stops = plant_.what == Planted::PumpsStop && after;
            return stops && node < static_cast<std::size_t>(script_.nodes) ? 0 : 1;
        }
        if (!is_first || plant_.device / static_cast<std::size_t>(script_.devices) != node)
            return 1;
        switch (plant_.what) {
            case Planted::FanStops: return after ? 0 : 1;
            case Planted::FanSlows: return after ? 1 - plant_.size : 1;
            case Planted::FanIsSlow: return 1 - plant_.size;
            case Planted::FanIsFast: return 1 + plant_.size;
            case Planted::FanUnread: return after ? kNoValue : 1;
            default: return 1;
        }
    }

    void add_fan(const std::string& name, bool is_first) {
        const std::size_t nodes = run_.nodes.size();
        SensorSeries fan = series(name.c_str(), "1/s", Scope::Node, nodes);
        const bool is_pump = name.find("Pump") != std::string::npos;
        for (std::size_t node = 0; node < nodes; ++node) {
            const double own = script_.fan_speed * (1 + script_.fan_spread * normal());
            for (std::size_t i = 0; i < steps_; ++i) {
                const double asked = load(script_.period_s * static_cast<double>(i));
                const double into = static_cast<double>(i) / static_cast<double>(steps_);
                const double speed = own * (0.5 + 0.5 * asked) * (1 + 0.005 * normal()) *
                                     fan_share(node, is_pump, is_first, into);
                fan.values[i * nodes + node] = static_cast<float>(std::round(speed * 60) / 60);
            }
        }
        run_.telemetry.sensors.push_back(std::move(fan));
    }

    Metric& add(const char* name, const char* unit, Direction better, std::size_t repetitions) {
        Metric metric;
        metric.name = name;
        metric.suite = "burnin";
        metric.unit = unit;
        metric.better = better;
        metric.repetitions = repetitions;
        metric.parameters = R"({"idle_s":)" + std::to_string(script_.idle_s) + R"(,"ramp_s":)" +
                            std::to_string(script_.ramp_s) + R"(,"cool_down_s":)" +
                            std::to_string(script_.cool_down_s) + "}";
        for (std::size_t device = 0; device < run_.devices.size(); ++device) {
            const auto target = Target{static_cast<std::int32_t>(device), -1};
            const std::size_t row = metric.add_row(target, 0, Outcome::Completed);
            metric.variant[row] = 0;
        }
        metric.time.assign(metric.values.size(), kNoValue);
        run_.metrics.push_back(std::move(metric));
        return run_.metrics.back();
    }

    void add_metrics(const std::vector<Told>& told) {
        run_.metrics.reserve(4);
        const std::size_t soak = told.front().rate.size();
        const auto first = static_cast<std::size_t>(std::ceil(soak_begin_s() / script_.period_s));
        Metric& rate = add("burnin.bf16", "FLOP/s", Direction::HigherIsBetter, soak);
        Metric& temperature =
            add("burnin.bf16.temperature", "degC", Direction::LowerIsBetter, soak);
        Metric& power = add("burnin.bf16.power", "W", Direction::None, soak);
        for (std::size_t device = 0; device < told.size(); ++device) {
            for (std::size_t i = 0; i < soak; ++i) {
                const std::size_t cell = device * soak + i;
                const double end_s = time_s(first + i) + script_.period_s;
                rate.values[cell] = told[device].rate[i];
                temperature.values[cell] = static_cast<double>(told[device].temperature[first + i]);
                power.values[cell] = static_cast<double>(told[device].power[first + i]);
                rate.time[cell] = temperature.time[cell] = power.time[cell] = end_s;
            }
        }
    }

    CurveScript script_;
    Plant plant_;
    std::mt19937_64 random_;
    std::size_t steps_ = 0;
    Run run_;
};

}  // namespace

Run scripted_burnin(const CurveScript& script, const Plant& plant) {
    return CurveMaker{script, plant}.run();
}

}  // namespace rackproof::test
