#pragma once

#include <cstdint>
#include <span>

namespace rackproof {

/// What is computed of each resample.
enum class Statistic : std::uint8_t { Median, LogMedian };

/// What resampling whole units says of a statistic.
struct Resampled {
    std::int64_t units = 0;
    double variance = 0;  ///< of the statistic, from one drawing of so many units to the next
};

/// Draws as many units as there are, with replacement, 1,000 times, and takes the statistic of all
/// their values. The variance over the draws is that of the sample with its own number of units as
/// the divisor, and is put right by n / (n - 1), exact for means. `unit` names each value's unit;
/// both spans are of one length, and not empty. Values are above 0 for the logarithm. The same
/// arguments give the same result.
[[nodiscard]] Resampled resampled(std::span<const double> values,
                                  std::span<const std::int32_t> unit, Statistic statistic);

/// Half of the 95 % interval around the difference of two such statistics: Student's t with the
/// degrees of freedom of Welch (1947) and Satterthwaite.
[[nodiscard]] double half_width(const Resampled& a, const Resampled& b);

}  // namespace rackproof
