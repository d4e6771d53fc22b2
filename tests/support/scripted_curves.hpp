#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/run.hpp"

namespace rackproof::test {

/// Racks of liquid-cooled GPUs in a burn-in, as physics makes their curves: each die follows its
/// power through a fast and a slow part. Nothing here is taken from analysis/.
struct CurveScript {
    std::uint64_t seed = 1;
    int racks = 1;
    int nodes = 8;    ///< of a rack
    int devices = 8;  ///< of a node

    double resistance = 0.062;  ///< K/W, in the middle of the rack
    double own_spread = 0.03;   ///< standard deviation between devices at one place, relative
    double own_range = 0;       ///< over 0: in its place, uniform, at most so much either way
    /// Each slot, and each place within a node, is so much worse than the one before it.
    double per_slot = 0.0123;
    double per_place = 0.0123;
    /// So much more thermal resistance has all of the first so many racks, beside what is planted.
    double clogged = 0;
    int clogged_racks = 1;

    double power_w = 680;
    double idle_w = 90;
    double power_error = 0.02;  ///< of a device's meter, uniform
    double power_noise = 0.01;  ///< from reading to reading, standard deviation
    double coolant = 32;
    double coolant_error = 0.5;  ///< of a node's sensor, uniform
    bool has_coolant_sensor = true;
    double temperature_step = 1;  ///< what the sensor shows

    int fans = 0;              ///< of a node: hwmon.bmc.fan1, ...
    double fan_speed = 120;    ///< 1/s, under load; their controller halves it when idle
    double fan_spread = 0.03;  ///< standard deviation between fans, relative
    bool has_pump = false;     ///< a node's: hwmon.loop.Pump

    double idle_s = 120;
    double ramp_s = 60;
    double soak_s = 1200;
    double cool_down_s = 180;
    double period_s = 1;
    double slow_s = 90;  ///< the slow part's time constant
};

enum class Planted : std::uint8_t {
    Nothing,
    BadColdPlate,   ///< `size` more thermal resistance
    CloggedLoop,    ///< likewise, of all of rack 0
    Throttles,      ///< from half of the soak on, by the hardware's thermal slowdown
    RackThrottles,  ///< likewise, all of rack 0
    SensorFreezes,  ///< at `at` of the whole record
    SensorJumps,
    SensorDies,  ///< at `at`
    PowerFreezes,
    Fades,      ///< loses `size` of its rate over the soak
    Drifts,     ///< gains `size` of thermal resistance over the soak
    FanStops,   ///< fan 1 of the device's node, at `at` of the whole record
    FanSlows,   ///< loses `size` of its speed, at `at`
    FanIsSlow,  ///< turns slower by `size` all the time
    FanIsFast,  ///< faster
    FanUnread,  ///< from `at` on
    PumpsStop,  ///< of all nodes of rack 0, at `at`
};

struct Plant {
    Planted what = Planted::Nothing;
    std::size_t device = 0;
    double size = 0.25;
    double at = 0.5;
};

/// A whole run: `burnin.bf16` with its companions, and the telemetry.
[[nodiscard]] Run scripted_burnin(const CurveScript& script, const Plant& plant = {});

}  // namespace rackproof::test
