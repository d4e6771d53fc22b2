#include "suites/burnin_phases.hpp"

#include <algorithm>
#include <cmath>
#include <thread>

#include "core/error.hpp"
#include "core/number_text.hpp"
#include "suites/measure.hpp"

namespace rackproof {
namespace {

Sensor series_of_device(const char* name, SensorKind kind, Unit unit) {
    Sensor sensor;
    sensor.name = name;
    sensor.kind = kind;
    sensor.unit = unit;
    sensor.scope = Scope::Device;
    return sensor;
}

/// The coarsest step of the sensors that are read, so that nobody takes it for finer.
double coarsest(SuiteContext& context, SensorKind kind) {
    double step = 0;
    for (const Sensor& sensor : context.sensors()) {
        if (sensor.kind == kind) step = std::max(step, sensor.resolution);
    }
    return step;
}

void sleep_until(SteadyClock::time_point due) {
    if (due > SteadyClock::now()) std::this_thread::sleep_until(due);
}

/// One stretch of a ramp: works for so long, as nearly as whole operations allow. Returns the
/// seconds of one operation.
double work_for(Workload& workload, double work_s, double operation_s, SuiteContext& context) {
    MeasureOptions options;
    options.warmup = 0;
    options.repetitions = 1;
    options.check = MeasureOptions::Check::AtTheEnd;
    // One operation to find out how long it takes, and those of the sample.
    options.min_sample_s = std::max(work_s - operation_s, 0.0);
    if (options.min_sample_s <= operation_s) options.min_sample_s = 0;
    Measurement measured;
    measure(workload, options, context, measured);
    return measured.seconds.front();
}

}  // namespace

Phases phases_of(const Parameters& parameters) {
    return {parameters.real("idle_s"), parameters.real("ramp_s"), parameters.real("cool_down_s")};
}

void rest(double rest_s, std::string_view phase, SuiteContext& context) {
    if (!(rest_s > 0)) return;
    context.operation(std::string{phase} + " for " + number_text(rest_s) + " s");
    std::this_thread::sleep_for(seconds(rest_s));
}

void ramp_up(Workload& workload, double ramp_s, SuiteContext& context) {
    constexpr double kShortestStretch_s = 1;
    constexpr double kOperations = 20;  // in a stretch, so that its share can rise in small steps
    constexpr double kFewestStretches = 5;
    if (!(ramp_s > 0)) return;
    context.operation("ramp for " + number_text(ramp_s) + " s");
    const SteadyClock::time_point begun = SteadyClock::now();
    double operation_s = 0;
    double from_s = 0;
    while (from_s < ramp_s) {
        const double stretch_s = std::min(std::max(kShortestStretch_s, kOperations * operation_s),
                                          ramp_s / kFewestStretches);
        const double share = std::min((from_s + stretch_s / 2) / ramp_s, 1.0);
        operation_s = work_for(workload, share * stretch_s, operation_s, context);
        sleep_until(begun + seconds(std::min(from_s + stretch_s, ramp_s)));
        from_s = seconds_since(begun);
    }
}

std::string replayed(Workload& workload, std::string_view when, SuiteContext& context) {
    constexpr int kTimes = 3;
    context.operation("replay " + std::string{when});
    int wrong = 0;
    for (int i = 0; i < kTimes; ++i) {
        try {
            workload.run();
            workload.verify();
        } catch (const WrongAnswer&) {
            ++wrong;
        }
    }
    return "replayed " + std::string{when} + ": wrong in " + std::to_string(wrong) + " of " +
           std::to_string(kTimes);
}

Publisher::Publisher(SuiteContext& context, double flops)
    : context_{&context},
      flops_{flops},
      is_cpu_{context.device().info().facts.kind != "gpu"},
      temperature_{
          series_of_device("cpu.temperature", SensorKind::Temperature, Unit::DegreeCelsius)},
      power_{series_of_device("cpu.power", SensorKind::Power, Unit::Watt)} {
    temperature_.resolution = coarsest(context, SensorKind::Temperature);
}

void Publisher::rate(double operation_s) {
    constexpr double kShortest_s = 0.099;  // a slice of a tenth of a second may end early
    static const Sensor kRate =
        series_of_device("burnin.rate", SensorKind::Utilisation, Unit::FlopsPerSecond);
    const SteadyClock::time_point now = SteadyClock::now();
    if (rate_told_ && now - *rate_told_ < seconds(kShortest_s)) return;
    rate_told_ = now;
    context_->reading(kRate, flops_ / operation_s);
}

void Publisher::host(const HostHealth& health) {
    if (!health.temperature().values.empty()) {
        last_temperature_ = health.temperature().values.back();
    }
    if (!health.power().values.empty()) last_power_w_ = health.power().values.back();
    if (!is_cpu_) return;
    publish(health.temperature(), temperature_, temperatures_);
    publish(health.power(), power_, powers_);
}

void Publisher::publish(const HealthSeries& series, const Sensor& sensor, std::size_t& told) {
    if (series.values.size() == told) return;
    told = series.values.size();
    context_->reading(sensor, series.values.back());
}

std::string Publisher::state() const {
    std::string text;
    const double temperature = last_temperature_;
    const double power_w = last_power_w_;
    if (std::isfinite(temperature)) text += "at " + number_text(temperature) + " degC";
    if (std::isfinite(power_w))
        text += (text.empty() ? "at " : " and ") + number_text(power_w) + " W";
    return text;
}

}  // namespace rackproof
