#include "analysis/robust.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "analysis/ordering.hpp"
#include "analysis/robust_factors.hpp"

namespace rackproof {
namespace {

/// Median distance from `centre`, their median, of values in ascending order. The distances ascend
/// to either side of it: they are merged, as far as their median.
double median_distance(std::span<const double> values, double centre) {
    const std::size_t n = values.size();
    std::size_t below = n / 2;  // values still to be taken below, and the next one above
    std::size_t above = n / 2;
    double distance = 0;
    double before = 0;
    for (std::size_t taken = 0; taken <= n / 2; ++taken) {
        before = distance;
        const double down = below > 0 ? std::abs(values[below - 1] - centre) : INFINITY;
        const double up = above < n ? std::abs(values[above] - centre) : INFINITY;
        distance = std::min(down, up);
        if (down < up) {
            --below;
        } else {
            ++above;
        }
    }
    return n % 2 == 1 ? distance : std::midpoint(before, distance);
}

double median_distance_of_few(std::span<const double> values, double centre) {
    std::array<double, kFew> distances;
    for (std::size_t i = 0; i < values.size(); ++i) distances[i] = std::abs(values[i] - centre);
    const auto all = std::span{distances}.first(values.size());
    sort_few(all);
    return *median_of_sorted(all);
}

}  // namespace

std::optional<double> median(std::vector<double> values) { return median_in_place(values); }

std::optional<double> median_in_place(std::span<double> values) {
    if (values.empty()) return std::nullopt;
    const std::size_t n = values.size();
    const Neighbours middle = neighbours_at(values, (n - 1) / 2);
    return n % 2 == 1 ? middle.lower : std::midpoint(middle.lower, middle.higher);
}

std::optional<double> median_of_sorted(std::span<const double> values) {
    if (values.empty()) return std::nullopt;
    const std::size_t n = values.size();
    return n % 2 == 1 ? values[n / 2] : std::midpoint(values[n / 2 - 1], values[n / 2]);
}

std::optional<double> quantile(std::vector<double> values, double fraction) {
    if (values.empty()) return std::nullopt;
    const double position = fraction * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const Neighbours around = neighbours_at(values, below);
    return std::lerp(around.lower, around.higher, position - static_cast<double>(below));
}

std::optional<double> quantile_of_sorted(std::span<const double> values, double fraction) {
    if (values.empty()) return std::nullopt;
    const double position = fraction * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return std::lerp(values[below], values[above], position - static_cast<double>(below));
}

std::optional<double> robust_spread(std::vector<double> values) {
    if (values.size() < 2) return std::nullopt;
    const double centre = *median_in_place(values);
    for (double& value : values) value = std::abs(value - centre);
    return kMadToSigma * small_sample_factor(values.size()) * *median_in_place(values);
}

std::optional<double> spread_of_sorted(std::span<const double> values) {
    const std::size_t n = values.size();
    if (n < 2) return std::nullopt;
    const double centre = *median_of_sorted(values);
    const double middle =
        n <= kFew ? median_distance_of_few(values, centre) : median_distance(values, centre);
    return kMadToSigma * small_sample_factor(n) * middle;
}

double error_of_median(double spread, std::size_t repetitions) {
    return kMedianLoss * spread / std::sqrt(static_cast<double>(repetitions));
}

std::optional<double> median_error(const std::vector<double>& repetitions) {
    const std::optional<double> spread = robust_spread(repetitions);
    if (!spread) return std::nullopt;
    return error_of_median(*spread, repetitions.size());
}

std::optional<double> scatter_of_sorted(std::span<double> repetitions, double middle) {
    if (repetitions.size() < kFewestForScatter) return std::nullopt;
    const auto distance = [&](std::size_t i) { return std::abs(repetitions[i] - middle); };
    std::size_t farthest = repetitions.size() - 1;
    if (distance(0) >= distance(farthest)) farthest = 0;
    repetitions[farthest] = repetitions.back();
    const auto all = static_cast<double>(repetitions.size());
    const std::span<const double> others = repetitions.first(repetitions.size() - 1);
    const double mean = std::accumulate(others.begin(), others.end(), 0.0) / (all - 1);
    double squares = 0;
    for (const double value : others) squares += (value - mean) * (value - mean);
    return std::sqrt(squares / (all - 2)) / trimmed_share(repetitions.size());
}

std::optional<double> steady_scatter(std::vector<double> repetitions) {
    std::ranges::sort(repetitions);
    return scatter_of_sorted(repetitions, median_of_sorted(repetitions).value_or(0));
}

}  // namespace rackproof
