#include "suites/sensor_watch.hpp"

#include "core/clock.hpp"

namespace rackproof {

SensorWatch::SensorWatch(SuiteContext& context, double interval_s)
    : context_{context}, health_{context.sensors()} {
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
    const std::vector<Sensor>& sensors = context_.sensors();
    const bool publishes = context_.is_first_of_node();
    for (std::size_t i = 0; i < sensors.size(); ++i) {
        if (!publishes && !health_.uses(i)) continue;
        const std::optional<double> value = read(sensors[i]);
        if (!value) continue;
        health_.add(i, *value, context_.now_s());
        if (publishes) context_.reading(sensors[i], *value);
    }
    health_.end_step(context_.now_s());
}

}  // namespace rackproof
