#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace rackproof {

/// A power over time. Columns of equal length, finite, times ascending.
struct PowerSeries {
    std::vector<double> time_s;  ///< since the run started
    std::vector<double> power_w;
    double averages_s = 0;  ///< each value is the mean over so long before it; 0: not known to be

    [[nodiscard]] std::size_t size() const { return time_s.size(); }
};

/// A share of what a power is made of: a sine of this frequency and amplitude (half of its peak to
/// peak).
struct SpectralLine {
    double hz = 0;
    double amplitude_w = 0;
};

/// From one value to the next, as most of them are; nullopt for fewer than two.
[[nodiscard]] std::optional<double> step_of(const PowerSeries& series);

/// Up to which frequency it shows what there is: half of its values a second (Nyquist), and where
/// values are means over a time T, 0.443 / T, where a mean shows 1/sqrt(2) of a sine's amplitude
/// (sin(pi f T) / (pi f T)). 0 for fewer than two values.
[[nodiscard]] double highest_hz(const PowerSeries& series);

/// At `time_s`, on the straight line between the values beside it; before the first and behind the
/// last as there. Of a series that is not empty.
[[nodiscard]] double power_at(const PowerSeries& series, double time_s);

/// The values from `from_s` to `to_s`; nullopt unless they cover that time without a gap of more
/// than three steps.
[[nodiscard]] std::optional<PowerSeries> part_of(const PowerSeries& series, double from_s,
                                                 double to_s);

// Of a part that part_of() gave.

/// Largest less smallest value.
[[nodiscard]] double range_of(const PowerSeries& part);

/// The largest change, up or down, between two times `window_s` apart, over that time: W/s. Between
/// two values the power is taken to go straight. nullopt if the part is no longer than that.
[[nodiscard]] std::optional<double> steepest_of(const PowerSeries& part, double window_s);

/// The lines at whole numbers of waves in the `length_s` from `from_s` on, which part_of() was
/// asked for, up to `to_hz`: amplitude 2 |X_k| / N of the discrete Fourier transform of N even
/// steps, those of the values or 1 ms. Without a window function: in a time of whole periods each
/// line of a swing is its own, and its neighbours have none of it.
[[nodiscard]] std::vector<SpectralLine> spectrum_of(const PowerSeries& part, double from_s,
                                                    double length_s, double to_hz);

}  // namespace rackproof
