#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace rackproof {

// Statistics that half of the values may not spoil. Every function takes finite values only (the
// caller leaves out what is no number, and knows how many that were) and gives nullopt where the
// statistic does not exist: never 0 for "unknown". The order of the values does not matter.

/// MAD x this estimates the standard deviation of a normal distribution: 1 / Phi^-1(3/4)
/// (Hampel 1974, The influence curve and its role in robust estimation).
inline constexpr double kMadToSigma = 1.482602218505602;

/// The middle value, or the mean of the two middle ones. nullopt if there are none.
[[nodiscard]] std::optional<double> median(std::vector<double> values);

/// The `fraction`-quantile, interpolated linearly between order statistics (type 7 of Hyndman &
/// Fan 1996, Sample quantiles in statistical packages). `fraction` in [0, 1].
[[nodiscard]] std::optional<double> quantile(std::vector<double> values, double fraction);

/// Robust standard deviation: kMadToSigma x b_n x median |x - median(x)|, with the small-sample
/// factor b_n of Croux & Rousseeuw 1992 (Time-efficient algorithms for two highly robust
/// estimators of scale). nullopt for fewer than 2 values: the spread of one is unknown, not 0.
[[nodiscard]] std::optional<double> robust_spread(std::vector<double> values);

/// Standard error of the median of these repetitions, 1.2533 x robust_spread / sqrt(n): for
/// independent, normal repetitions of any number it is this or less.
/// nullopt for fewer than 2 values.
[[nodiscard]] std::optional<double> median_error(const std::vector<double>& repetitions);

/// Probability that one of `n` healthy values lies `z` robust_spreads of all n above (or below)
/// their median: the upper tail of Student's t with n / 2 degrees of freedom, rounded down. A MAD
/// of n values is near zero only if n / 2 + 1 of them nearly coincide, which gives its ratio a tail
/// of that power; for large n the distribution is normal. Against simulated normal cohorts of 4 to
/// 40 it is right or up to 3 times too large. Not under 1e-300. `n` >= 2.
[[nodiscard]] double outlier_probability(double z, std::size_t n);

}  // namespace rackproof
