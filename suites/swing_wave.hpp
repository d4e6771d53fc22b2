#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/parameters.hpp"

namespace rackproof {

enum class SwingShape : std::uint8_t {
    Step,    ///< all of the amplitude for half of the period, nothing for the other
    Ramp,    ///< rises evenly for half of the period, and falls evenly
    Square,  ///< as Step, again and again
};

/// A load over time, the same on every rank: a shape, period after period.
struct SwingWave {
    SwingShape shape = SwingShape::Square;
    double period_s = 1;
    double amplitude = 1;  ///< share of the time that a device works at the most; 0 to 1
    std::int32_t periods = 1;

    [[nodiscard]] double duration_s() const { return period_s * periods; }
};

/// A stretch of time within a period, seconds from its beginning.
struct Stretch {
    double from_s = 0;
    double to_s = 0;
};

/// "step", "ramp", "square".
[[nodiscard]] std::string name_of(SwingShape shape);
/// "square_0.5Hz.50pct", "step.100pct".
[[nodiscard]] std::string name_of(const SwingWave& wave);

/// When a device works within one period, ascending and apart. Less than all of the load is made of
/// full load for a share of each 5 ms, which is 200 Hz: beyond what a grid connection is asked
/// about.
[[nodiscard]] std::vector<Stretch> work_of(const SwingWave& wave);

/// When the ranks look together, within one period, whether to stop: four times a second or once a
/// period, and never at an edge.
[[nodiscard]] std::vector<double> looks_of(const SwingWave& wave);

/// "shapes", "from_hz", "to_hz", "wave_s", "hold_s", "amplitude" and "stages".
[[nodiscard]] std::vector<ParameterSpec> wave_parameters();

/// All waves that the parameters ask for, the smallest amplitude first; square waves at the
/// frequencies 1, 2, 5, 10, ... between the two given ones, and at these. Throws InputError if
/// "from_hz" is above "to_hz".
[[nodiscard]] std::vector<SwingWave> waves_of(const Parameters& parameters);

}  // namespace rackproof
