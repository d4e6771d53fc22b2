#include "suites/swing_guard.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <thread>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/event_codes.hpp"

namespace rackproof {
namespace {

constexpr double kReadEvery_s = 0.1;
/// A reading that is older says nothing of now.
constexpr double kStale_s = 3;
/// Sensors that need two readings (an energy counter) have one by then.
constexpr double kFirstReading_s = 1;

const Sensor& power_of_node() {
    static const Sensor kSensor = [] {
        Sensor sensor;
        sensor.name = "swing.power";
        sensor.kind = SensorKind::Power;
        sensor.unit = Unit::Watt;
        sensor.scope = Scope::Node;
        return sensor;
    }();
    return kSensor;
}

bool of_gpu(SuiteContext& context) { return context.device().info().facts.kind == "gpu"; }

}  // namespace

SwingGuard::SwingGuard(const SwingCeiling& ceiling, SuiteContext& context, Communicator& ranks)
    : context_{&context},
      ranks_{&ranks},
      ceiling_{ceiling},
      is_gpu_{of_gpu(context)},
      speaks_{is_gpu_ || context.is_first_of_node()},
      sensors_{context, kReadEvery_s, [this](const HostHealth& health) { take(health); }} {
    const SteadyClock::time_point begun = SteadyClock::now();
    while (!context.sensors().empty() && std::isnan(power_w_.load()) &&
           seconds_since(begun) < kFirstReading_s) {
        std::this_thread::sleep_for(seconds(kReadEvery_s));
    }
    const bool is_known = ceiling_.device_w > 0 || !std::isnan(power_w_.load());
    if (ranks.max(is_known ? 0.0 : 1.0) > 0) {
        throw Unsupported{
            "no sensor reads what some device draws, and 'device_w' does not say it: nobody could "
            "tell whether the ceiling holds"};
    }
}

/// On the thread that reads the sensors, and once on the one that made this. A GPU's instant power
/// shows a swing that its average hides, and is in the telemetry by its own name.
void SwingGuard::take(const HostHealth& health) {
    if (health.throttle_events().value_or(0) > 0) throttled_ = true;
    const HealthSeries& power = health.power();
    const std::optional<HostHealth::Reading> instant = health.last("gpu.power_instant");
    if (instant) {
        power_w_ = instant->value;
        power_read_s_ = instant->time_s;
    } else if (power.values.size() != told_) {
        power_w_ = power.values.back();
        power_read_s_ = power.time_s.back();
        if (!is_gpu_ && speaks_) context_->reading(power_of_node(), power.values.back());
    }
    told_ = power.values.size();
}

double SwingGuard::expected_w(double amplitude) const {
    return ceiling_.device_w * amplitude * ranks_->size();
}

/// Of a CPU the node's, on the rank that speaks for it. What no sensor says is taken for what
/// the plan says of such a load.
double SwingGuard::own_power_w(double amplitude) const {
    const double power_w = power_w_;
    const bool is_known = std::isfinite(power_w) && context_->now_s() - power_read_s_ <= kStale_s;
    if (is_known) return speaks_ ? power_w : 0;
    if (ceiling_.device_w > 0) return ceiling_.device_w * amplitude;
    return std::numeric_limits<double>::infinity();
}

void SwingGuard::look(double amplitude) {
    const double all_w = ranks_->mean(own_power_w(amplitude)) * ranks_->size();
    const double throttled = ranks_->max(throttled_ ? ranks_->rank() + 1.0 : 0.0);
    if (throttled > 0) {
        const std::string what = is_gpu_ ? "the GPU" : "a processor of the node";
        if (throttled_) {
            context_->event("error", event_code::kSwingThrottled,
                            what + " was slowed down while the load swung");
        }
        throw Error{"swing the load",
                    fmt::format("stopped: {} of rank {:.0f} was slowed down by heat, hardware or "
                                "a power brake",
                                what, throttled - 1)};
    }
    if (all_w <= ceiling_.all_w) return;
    throw Error{"swing the load",
                std::isinf(all_w)
                    ? fmt::format("stopped: some device's power was not read for {:g} s", kStale_s)
                    : fmt::format("stopped: {:.0f} W, above the ceiling of {:.0f} W", all_w,
                                  ceiling_.all_w)};
}

void SwingGuard::stop() { (void)sensors_.stop(); }

}  // namespace rackproof
