#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "core/clock.hpp"
#include "suites/context.hpp"
#include "suites/host_health.hpp"

namespace rackproof {

/// Reads the context's sensors from a thread of its own, at once and then every `interval_s`,
/// until stopped. Each reading of the rank's own GPU goes to the context as well, ten times a
/// second at the most; the host's sensors are published by the first rank of its node, and the
/// other ranks read only what their own cells need. A GPU that cannot be read any more is told by
/// an event and not asked again. `context` must outlive this.
class SensorWatch {
  public:
    /// Is shown the readings so far after each step, on the thread that read them.
    using AfterStep = std::function<void(const HostHealth&)>;

    SensorWatch(SuiteContext& context, double interval_s, AfterStep after_step = nullptr);
    SensorWatch(const SensorWatch&) = delete;
    SensorWatch& operator=(const SensorWatch&) = delete;
    ~SensorWatch();

    /// Reads once more, ends the thread and says what was seen. Rethrows what the thread met.
    /// Called once.
    [[nodiscard]] const HostHealth& stop();

  private:
    void watch(double interval_s, const std::stop_token& stopping);
    void read_all();
    [[nodiscard]] bool gpu_is_due();

    SuiteContext* context_;
    HostHealth health_;
    AfterStep after_step_;
    std::optional<SteadyClock::time_point> gpu_read_;
    bool gpu_gone_ = false;
    std::exception_ptr failure_;
    std::mutex mutex_;
    std::condition_variable_any woken_;
    std::jthread thread_;  ///< last: it ends before what it uses
};

}  // namespace rackproof
