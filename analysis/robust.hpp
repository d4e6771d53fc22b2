#pragma once

#include <cstddef>
#include <optional>
#include <span>
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

/// The same of values that may stand in another order afterwards.
[[nodiscard]] std::optional<double> median_in_place(std::span<double> values);

/// The same of values in ascending order.
[[nodiscard]] std::optional<double> median_of_sorted(std::span<const double> values);

/// The `fraction`-quantile, interpolated linearly between order statistics (type 7 of Hyndman &
/// Fan 1996, Sample quantiles in statistical packages). `fraction` in [0, 1].
[[nodiscard]] std::optional<double> quantile(std::vector<double> values, double fraction);

/// The same of values in ascending order.
[[nodiscard]] std::optional<double> quantile_of_sorted(std::span<const double> values,
                                                       double fraction);

/// Robust standard deviation: kMadToSigma x b_n x median |x - median(x)|, with the small-sample
/// factor b_n of Croux & Rousseeuw 1992 (Time-efficient algorithms for two highly robust
/// estimators of scale). nullopt for fewer than 2 values: the spread of one is unknown, not 0.
[[nodiscard]] std::optional<double> robust_spread(std::vector<double> values);

/// The same of values in ascending order.
[[nodiscard]] std::optional<double> spread_of_sorted(std::span<const double> values);

/// Standard error of the median of these repetitions, 1.2533 x robust_spread / sqrt(n): for
/// independent, normal repetitions of any number it is this or less.
/// nullopt for fewer than 2 values.
[[nodiscard]] std::optional<double> median_error(const std::vector<double>& repetitions);

/// The same from their robust_spread.
[[nodiscard]] double error_of_median(double spread, std::size_t repetitions);

/// Standard deviation of the repetitions without the one that lies farthest from their median,
/// which a single hiccup would dominate; unbiased for normal ones up to the few per cent that
/// kTrimmed tabulates. nullopt for fewer than kFewestForScatter.
[[nodiscard]] std::optional<double> steady_scatter(std::vector<double> repetitions);
inline constexpr std::size_t kFewestForScatter = 4;

/// The same of values in ascending order, with their median. They are left in disorder.
[[nodiscard]] std::optional<double> scatter_of_sorted(std::span<double> repetitions, double middle);

}  // namespace rackproof
