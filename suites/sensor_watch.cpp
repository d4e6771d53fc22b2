#include "suites/sensor_watch.hpp"

#include <utility>

#include "hwcheck/gpu_watch.hpp"

namespace rackproof {
namespace {

HealthOf whose(SuiteContext& context) {
    return context.device().info().facts.kind == "gpu" ? HealthOf::Gpu : HealthOf::Host;
}

}  // namespace

SensorWatch::SensorWatch(SuiteContext& context, double interval_s, AfterStep after_step)
    : context_{&context},
      health_{context.sensors(), whose(context)},
      after_step_{std::move(after_step)} {
    read_all();
    if (context.sensors().empty()) return;
    thread_ = std::jthread{
        [this, interval_s](const std::stop_token& stopping) { watch(interval_s, stopping); }};
}

SensorWatch::~SensorWatch() = default;

const HostHealth& SensorWatch::stop() {
    if (thread_.joinable()) {
        thread_.request_stop();
        thread_.join();
    }
    if (failure_) std::rethrow_exception(failure_);
    read_all();
    return health_;
}

void SensorWatch::watch(double interval_s, const std::stop_token& stopping) {
    const SteadyClock::time_point begun = SteadyClock::now();
    try {
        for (std::int64_t step = 1; !stopping.stop_requested(); ++step) {
            const auto due = begun + seconds(interval_s * static_cast<double>(step));
            std::unique_lock lock{mutex_};
            (void)woken_.wait_until(lock, stopping, due, [] { return false; });
            if (stopping.stop_requested()) return;
            if (SteadyClock::now() - due < seconds(interval_s)) read_all();  // else catch up
        }
    } catch (...) {
        failure_ = std::current_exception();
    }
}

void SensorWatch::read_all() {
    const std::vector<Sensor>& sensors = context_->sensors();
    SensorStep step;
    const bool asks_gpu = gpu_is_due();
    for (std::size_t i = 0; i < sensors.size(); ++i) {
        const bool publishes = sensors[i].gpu != nullptr || context_->is_first_of_node();
        if (!publishes && !health_.uses(i)) continue;
        if (sensors[i].gpu && !asks_gpu) continue;
        const std::optional<double> value = step.read(sensors[i]);
        if (!value) continue;
        health_.add(i, *value, context_->now_s());
        if (publishes) context_->reading(sensors[i], *value);
    }
    health_.end_step(context_->now_s());
    if (after_step_) after_step_(health_);
    if (step.gpu().code.empty()) return;
    gpu_gone_ = true;
    context_->event("error", step.gpu().code, step.gpu().problem);
}

/// Not more often than ten times a second, and never again once it has failed.
bool SensorWatch::gpu_is_due() {
    constexpr double kShortest_s = 0.1;
    constexpr double kEarly_s = 0.01;
    const SteadyClock::time_point now = SteadyClock::now();
    if (gpu_gone_ || (gpu_read_ && now - *gpu_read_ < seconds(kShortest_s - kEarly_s)))
        return false;
    gpu_read_ = now;
    return true;
}

}  // namespace rackproof
