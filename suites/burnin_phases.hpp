#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/parameters.hpp"
#include "devices/workload.hpp"
#include "suites/context.hpp"
#include "suites/host_health.hpp"

namespace rackproof {

/// What stands around a burn-in's soak; 0 = nothing.
struct Phases {
    double idle_s = 0;
    double ramp_s = 0;
    double cool_down_s = 0;
    [[nodiscard]] double around_s() const { return idle_s + ramp_s + cool_down_s; }
};
[[nodiscard]] Phases phases_of(const Parameters& parameters);

/// Lets the device idle for so long; says so first.
void rest(double rest_s, std::string_view phase, SuiteContext& context);

/// Works for a share of each stretch of time that rises from none to all, so that many devices
/// together are no step of megawatts. Throws WrongAnswer as the workload's check does.
void ramp_up(Workload& workload, double ramp_s, SuiteContext& context);

/// Runs and checks the same work three times more: "replayed hot, at once: wrong in 1 of 3".
[[nodiscard]] std::string replayed(Workload& workload, std::string_view when,
                                   SuiteContext& context);

/// Puts a burn-in's own series into the telemetry, each of the device: `burnin.rate`, and of a CPU
/// `cpu.temperature` and `cpu.power`, which its host's sensors come to. Ten a second at the most.
class Publisher {
  public:
    /// `flops` of one operation.
    Publisher(SuiteContext& context, double flops);
    void rate(double operation_s);
    void host(const HostHealth& health);  ///< may be called from another thread

    /// "at 71.0 degC and 612 W": what was read last; empty if nothing was.
    [[nodiscard]] std::string state() const;

  private:
    void publish(const HealthSeries& series, const Sensor& sensor, std::size_t& told);

    SuiteContext* context_;
    double flops_;
    bool is_cpu_;
    std::optional<SteadyClock::time_point> rate_told_;
    Sensor temperature_;
    Sensor power_;
    std::size_t temperatures_ = 0;
    std::size_t powers_ = 0;
    std::atomic<double> last_temperature_ = kNoValue;
    std::atomic<double> last_power_w_ = kNoValue;
};

}  // namespace rackproof
