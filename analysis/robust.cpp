#include "analysis/robust.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <numbers>
#include <numeric>

#include "analysis/ordering.hpp"

namespace rackproof {
namespace {

/// b_n of Croux & Rousseeuw 1992, so that the estimate is unbiased for a normal distribution.
double small_sample_factor(std::size_t n) {
    constexpr double kFactors[] = {1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107};
    if (n - 2 < std::size(kFactors)) return kFactors[n - 2];
    const auto count = static_cast<double>(n);
    return count / (count - 0.8);
}

double error_of(double spread, std::size_t repetitions) {
    const double efficiency_loss = std::sqrt(std::numbers::pi / 2);
    return efficiency_loss * spread / std::sqrt(static_cast<double>(repetitions));
}

/// What is left of a normal sample's standard deviation without its farthest value.
double trimmed_share(std::size_t n) {
    constexpr std::size_t kTabulated = 64;
    const auto share = [](std::size_t count) {
        return 1 - 1.1 * std::pow(static_cast<double>(count), -0.75);
    };
    static const auto kShares = [&] {
        std::array<double, kTabulated> shares{};
        for (std::size_t i = 1; i < kTabulated; ++i) shares[i] = share(i);
        return shares;
    }();
    return n < kTabulated ? kShares[n] : share(n);
}

/// steady_scatter of values in ascending order, with their median; they are left in disorder.
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

/// Of finite values, which are left in disorder.
RowSummary summary_of(std::span<double> values) {
    if (values.size() <= kFew) {
        sort_few(values);
    } else {
        std::ranges::sort(values);  // whatever order they came in, the sums are the same
    }
    RowSummary summary;
    summary.value = median_of_sorted(values);
    if (const auto spread = spread_of_sorted(values)) {
        summary.error = error_of(*spread, values.size());
    }
    if (summary.value) summary.scatter = scatter_of_sorted(values, *summary.value);
    return summary;
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

std::optional<double> median_error(const std::vector<double>& repetitions) {
    const std::optional<double> spread = robust_spread(repetitions);
    if (!spread) return std::nullopt;
    return error_of(*spread, repetitions.size());
}

std::optional<double> steady_scatter(std::vector<double> repetitions) {
    std::ranges::sort(repetitions);
    return scatter_of_sorted(repetitions, median_of_sorted(repetitions).value_or(0));
}

RowSummary summarised(std::span<const double> samples) {
    constexpr std::size_t kUsually = 64;
    std::array<double, kUsually> few;
    std::vector<double> many(samples.size() > kUsually ? samples.size() : 0);
    const std::span<double> finite = many.empty() ? std::span<double>{few} : std::span{many};
    std::size_t count = 0;
    for (const double sample : samples) {
        if (std::isfinite(sample)) finite[count++] = sample;
    }
    return summary_of(finite.first(count));
}

}  // namespace rackproof
