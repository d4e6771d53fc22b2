#include "analysis/robust.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
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

std::optional<double> steady_scatter(std::vector<double> repetitions) {
    if (repetitions.size() < kFewestForScatter) return std::nullopt;
    const double middle = *median(repetitions);
    const auto farthest = std::ranges::max_element(
        repetitions, {}, [middle](double value) { return std::abs(value - middle); });
    *farthest = repetitions.back();
    const auto all = static_cast<double>(repetitions.size());
    repetitions.pop_back();
    const double mean = std::accumulate(repetitions.begin(), repetitions.end(), 0.0) / (all - 1);
    double squares = 0;
    for (const double value : repetitions) squares += (value - mean) * (value - mean);
    const double trimmed = 1 - 1.1 * std::pow(all, -0.75);  // of a normal one's
    return std::sqrt(squares / (all - 2)) / trimmed;
}

RowSummary summarised(std::span<const double> samples) {
    std::vector<double> finite;
    finite.reserve(samples.size());
    std::ranges::copy_if(samples, std::back_inserter(finite),
                         [](double value) { return std::isfinite(value); });
    std::ranges::sort(finite);  // whatever order they came in, the sums below are the same
    RowSummary summary;
    summary.value = median(finite);
    summary.error = median_error(finite);
    summary.scatter = steady_scatter(std::move(finite));
    return summary;
}

}  // namespace rackproof
