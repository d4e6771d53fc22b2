#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "suites/context.hpp"
#include "suites/sensor_watch.hpp"

namespace rackproof {

/// What a swing may draw.
struct SwingCeiling {
    double all_w = 0;     ///< all devices of the job together, and what else their sensors read
    double device_w = 0;  ///< of one device at full load, where no sensor reads it; 0 = not known
};

/// Stands by while the load swings: reads the sensors ten times a second, puts the power that it
/// makes of a host's into the telemetry (`swing.power`), and stops all ranks together as soon as
/// one has seen what must not be.
class SwingGuard {
  public:
    /// All ranks together. Throws Unsupported, on all of them, if neither a sensor nor `device_w`
    /// says what some rank's device draws. `context` and `ranks` must outlive this.
    SwingGuard(const SwingCeiling& ceiling, SuiteContext& context, Communicator& ranks);

    /// W that a load of this amplitude (0 to 1) draws at the most, as far as that is known
    /// beforehand: `device_w` of all ranks; 0 where it is not known.
    [[nodiscard]] double expected_w(double amplitude) const;

    /// All ranks together, often, at a load of this amplitude. Throws Error on all of them, saying
    /// why it is to stop, once their power together is above the ceiling or a device of theirs is
    /// slowed down by heat, hardware or a power brake.
    void look(double amplitude);

    /// Ends the reading of sensors; rethrows what that met.
    void stop();

  private:
    void take(const HostHealth& health);
    [[nodiscard]] double own_power_w(double amplitude) const;

    SuiteContext* context_;
    Communicator* ranks_;
    SwingCeiling ceiling_;
    bool is_gpu_;
    bool speaks_;  ///< for a power: of its GPU, or of its node
    std::atomic<double> power_w_ = kNoValue;
    std::atomic<double> power_read_s_ = kNoValue;
    std::atomic<bool> throttled_ = false;
    std::size_t told_ = 0;  ///< readings of power
    SensorWatch sensors_;   ///< last: its thread uses the others
};

}  // namespace rackproof
