#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/power_series.hpp"
#include "analysis/swing_meter.hpp"
#include "analysis/swing_waves.hpp"
#include "core/run.hpp"
#include "core/telemetry_source.hpp"

namespace rackproof {

/// What whoever feeds the site allows. `most` in W, of a ramp in W/s.
struct SwingLimit {
    enum class Kind : std::uint8_t {
        Range,  ///< largest less smallest power
        Ramp,   ///< change of power over `window_s`, up or down
        Band,   ///< amplitude of any one line from `from_hz` to `to_hz`
    };
    Kind kind = Kind::Range;
    double most = 0;
    double window_s = 0;
    double from_hz = 0;
    double to_hz = 0;
};

/// What one wave did to the power.
struct WavePower {
    std::string from;  ///< "the meter", or the sensors that it is the sum of; empty: not known
    std::string why_not;
    double known_to_hz = 0;  ///< what swings faster cannot be seen in it
    double averages_s = 0;   ///< as PowerSeries::averages_s
    double range_w = 0;
    std::vector<SpectralLine> lines;  ///< up to kHighest_hz and known_to_hz
    std::optional<PowerSeries> part;  ///< the values of its time
};
/// Of what is of interest to a grid (arXiv 2508.14318: 0.1 to 20 Hz).
inline constexpr double kHighest_hz = 20;

struct SwungWave {
    SwingWaveFacts facts;
    WavePower power;
};

/// Whether a limit was kept by all waves.
struct LimitAnswer {
    enum class Kept : std::uint8_t { Yes, No, NotKnown };
    SwingLimit limit;
    Kept kept = Kept::NotKnown;
    std::optional<double> value;         ///< the worst that was seen, whatever is not known
    std::string wave;                    ///< in which
    std::vector<std::string> not_known;  ///< "WAVE: why", one each
};

struct SwingReport {
    std::vector<SwungWave> waves;
    std::vector<LimitAnswer> answers;       ///< in the order of the limits
    std::optional<MeterClock> meter_clock;  ///< of a meter that was given and follows the load
    std::string meter_problem;              ///< why a meter that was given says nothing
};

/// Seconds since 1970 at which the run's times begin, as rank 0 of the swing has told; nullopt if
/// none has.
[[nodiscard]] std::optional<double> utc_at_zero(const Run& run);

/// What a run's power swing did, by the meter if one is given (its times in seconds since 1970) and
/// else by the sensors; and whether it kept the limits. What a source cannot show is not known,
/// never kept. `telemetry` is the run's, wherever it is; throws as that does.
[[nodiscard]] SwingReport report_swing(const Run& run, TelemetrySource& telemetry,
                                       std::optional<PowerSeries> meter,
                                       const std::vector<SwingLimit>& limits);

}  // namespace rackproof
