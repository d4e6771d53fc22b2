#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace rackproof {

/// What was read of one device beside one burn-in on it, a sampling step a row; NaN where a sensor
/// was not read at that step. Columns of equal length.
struct Curve {
    std::vector<double> time_s;  ///< since the run started, ascending
    std::vector<double> temperature;
    std::vector<double> power_w;
    std::vector<double> coolant;  ///< degC: coolant or inlet of its node
    double begin_s = 0;           ///< of the soak: all of the load
    double end_s = 0;
    double resolution = 1;  ///< K, of the temperature

    [[nodiscard]] std::size_t size() const { return time_s.size(); }
    [[nodiscard]] double soak_s() const { return end_s - begin_s; }
};

/// Burn-ins with less of the load say nothing of how a device warms up and stays.
inline constexpr double kLeastSoak_s = 240;

/// From one step to the next, as most of them are; nullopt for fewer than two.
[[nodiscard]] std::optional<double> period_of(const Curve& curve);

/// Time constant of the model of first order, dT/dt = (R P + T_coolant - T) / tau, fitted to the
/// integrals of both sides from the curve's first step until it has warmed up: any course of the
/// power, a ramp too, gives the same. nullopt where no warming up is to be seen.
[[nodiscard]] std::optional<double> time_constant_s(const Curve& curve);

/// When a device was neither warming up nor cooling down.
struct Steady {
    std::vector<std::size_t> steps;  ///< of the curve, ascending
    double time_s = 0;               ///< at temperature
};

/// A step of the soak counts if the temperature's slope over the two time constants before it comes
/// to less than 1.6 steps of the sensor (what is left of warming up is then a quarter of a step),
/// and the power to four fifths of what it is over the soak: idling is steady too.
[[nodiscard]] Steady steady_of(const Curve& curve, std::optional<double> time_constant_s);

/// Before the load, as the curve's end of the idle phase shows it.
struct Idle {
    double temperature = 0;
    double power_w = 0;
};
[[nodiscard]] std::optional<Idle> idle_of(const Curve& curve, double ramp_begin_s);

/// K/W, by hours of the steady time, or by quarters of it where it is less than two hours; NaN for
/// a part with too few readings. With `idle`: rise above idle by power above idle, which needs no
/// coolant; else rise above the coolant by power.
[[nodiscard]] std::vector<double> thermal_resistance(const Curve& curve, const Steady& steady,
                                                     const std::optional<Idle>& idle);

}  // namespace rackproof
