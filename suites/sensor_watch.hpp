#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>

#include "suites/context.hpp"
#include "suites/host_health.hpp"

namespace rackproof {

/// Reads the context's sensors from a thread of its own, at once and then every `interval_s`,
/// until stopped. On the first rank of a node each reading goes to the context as well; the other
/// ranks read only what their own cells need. `context` must outlive this.
class SensorWatch {
  public:
    SensorWatch(SuiteContext& context, double interval_s);
    SensorWatch(const SensorWatch&) = delete;
    SensorWatch& operator=(const SensorWatch&) = delete;
    ~SensorWatch();

    /// Reads once more, ends the thread and says what was seen. Rethrows what the thread met.
    /// Called once.
    [[nodiscard]] const HostHealth& stop();

  private:
    void watch(double interval_s, const std::stop_token& stopping);
    void read_all();

    SuiteContext& context_;
    HostHealth health_;
    std::exception_ptr failure_;
    std::mutex mutex_;
    std::condition_variable_any woken_;
    std::jthread thread_;  ///< last: it ends before what it uses
};

}  // namespace rackproof
