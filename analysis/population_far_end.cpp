#include <algorithm>
#include <cmath>

#include "analysis/ordering.hpp"
#include "analysis/population.hpp"

namespace rackproof {
namespace {

/// More skewed healthy values that no model fits have tails that no gamma's bounds.
constexpr double kSkewed = 0.55;

/// To 2^-9: sums of the cubes of a million numbers up to 3 are exact, and the same in whatever
/// order.
double to_nearest_step(double z) {
    constexpr double kOfStep = 0x1.8p43;
    return (z + kOfStep) - kOfStep;
}

}  // namespace

/// The models are fitted to all values, and their far ends to none. Where there are enough values,
/// their bulk tells how skewed they may be, and that how long their tail is at the least.
void Population::fit_far_end(std::vector<double> values, double floor) {
    constexpr std::size_t kFewest = 300;
    if (values.size() < kFewest) return;
    const double skewness = most_skewness(values);
    skewed_.emplace(skewness);
    const bool is_modelled =
        std::ranges::any_of(models_, [](const Model& model) { return model.skew > 0; });
    if (skewness <= kSkewed || is_modelled) return;
    sort_values(values);
    fit_exponential(values, floor);
}

/// The skewness of the bulk, and twice its error: third moment of what lies within 3 scales of the
/// centre, which for moderate skewness is 0.62 of the whole's (simulated: gamma and log-normal;
/// error 2 / sqrt(n)). Faults lie beyond, or make it larger.
double Population::most_skewness(std::span<const double> values) const {
    constexpr double kWithin = 3;
    constexpr double kSeen = 0.62;
    constexpr double kError = 2;
    double better_scale = 0;
    for (const Model& model : models_) better_scale += model.weight * model.better_scale;
    const double scale = (better_scale + spread_) / 2;
    double moments[4] = {0, 0, 0, 0};
    for (const double value : values) {
        const double exactly = (value - centre_) / scale;
        if (std::abs(exactly) > kWithin) continue;
        const double z = to_nearest_step(exactly);
        moments[0] += 1;
        moments[1] += z;
        moments[2] += z * z;
        moments[3] += z * z * z;
    }
    const double mean = moments[1] / moments[0];
    const double variance = moments[2] / moments[0] - mean * mean;
    const double third = moments[3] / moments[0] - 3 * mean * variance - mean * mean * mean;
    const double seen = third / std::pow(variance, 1.5);
    return std::max(0.0, seen + 2 * kError / std::sqrt(moments[0])) / kSeen;
}

/// The last twentieth of the healthy ones gives an exponential of its own (a generalised Pareto of
/// shape 0: Pickands 1975). The worst of them are censored: they may be faults that the models took
/// for healthy, or the reverse.
void Population::fit_exponential(const std::vector<double>& sorted, double floor) {
    constexpr double kShare = 0.05;
    constexpr double kCensored = 0.2;
    double healthy = 0;
    for (const Model& model : models_) healthy += model.weight * model.healthy;
    const auto end = std::min(static_cast<std::size_t>(std::llround(healthy)), sorted.size());
    const auto count = static_cast<std::size_t>(kShare * static_cast<double>(end));
    const auto censored = static_cast<std::size_t>(kCensored * static_cast<double>(count));
    const std::size_t begin = end - count;
    if (begin == 0 || count <= censored) return;
    far_end_.from = sorted[begin - 1];
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i) {
        sum += sorted[std::min(i, end - 1 - censored)] - far_end_.from;
    }
    far_end_.known = static_cast<double>(count - censored);
    far_end_.mean = std::max(sum / far_end_.known, floor / 2);
    far_end_.share = static_cast<double>(count) / static_cast<double>(end);
}

}  // namespace rackproof
