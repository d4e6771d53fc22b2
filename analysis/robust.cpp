#include "analysis/robust.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <numeric>

namespace rackproof {
namespace {

/// b_n of Croux & Rousseeuw 1992, so that the estimate is unbiased for a normal distribution.
double small_sample_factor(std::size_t n) {
    constexpr double kFactors[] = {1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107};
    if (n - 2 < std::size(kFactors)) return kFactors[n - 2];
    const auto count = static_cast<double>(n);
    return count / (count - 0.8);
}

}  // namespace

std::optional<double> median(std::vector<double> values) {
    if (values.empty()) return std::nullopt;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    if (values.size() % 2 == 1) return *middle;
    return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

std::optional<double> quantile(std::vector<double> values, double fraction) {
    if (values.empty()) return std::nullopt;
    const double position = fraction * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(below);
    std::ranges::nth_element(values, at);
    const double low = *at;
    if (below + 1 == values.size()) return low;
    const double high = *std::min_element(at + 1, values.end());
    return std::lerp(low, high, position - static_cast<double>(below));
}

std::optional<double> robust_spread(std::vector<double> values) {
    if (values.size() < 2) return std::nullopt;
    const double centre = *median(values);
    for (double& value : values) value = std::abs(value - centre);
    const double factor = small_sample_factor(values.size());
    return kMadToSigma * factor * *median(std::move(values));
}

std::optional<double> median_error(const std::vector<double>& repetitions) {
    const std::optional<double> spread = robust_spread(repetitions);
    if (!spread) return std::nullopt;
    const double efficiency_loss = std::sqrt(std::numbers::pi / 2);
    return efficiency_loss * *spread / std::sqrt(static_cast<double>(repetitions.size()));
}

double outlier_probability(double z, std::size_t n) {
    constexpr double kLeast = 1e-300;
    const boost::math::students_t_distribution<double> ratio{static_cast<double>(n / 2)};
    return std::max(boost::math::cdf(boost::math::complement(ratio, z)), kLeast);
}

}  // namespace rackproof
