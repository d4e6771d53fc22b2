#include "bench/quality_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "analysis/simulator/fleet_simulator.hpp"

namespace rackproof::bench {
namespace {

double normal_tail(double z) { return std::erfc(z / std::numbers::sqrt2) / 2; }

/// Of Student's t with 3 degrees of freedom, in closed form.
double student3_tail(double t) {
    const double x = t / std::numbers::sqrt3;
    const double angle = x > 0 ? std::atan(1 / x) : std::numbers::pi / 2 - std::atan(x);
    return (angle - x / (1 + x * x)) / std::numbers::pi;
}

/// Chance that a healthy one is so many spreads worse than its expectation.
double true_tail(const simulator::MetricModel& metric, double spreads) {
    constexpr double kStudentSpread = 1.19686;  // 84.135 % of t with 3 degrees lie below
    switch (metric.tail) {
        case simulator::Tail::Normal: return normal_tail(spreads);
        case simulator::Tail::Skewed: {
            const double inner = 1 + spreads * std::sinh(metric.skew);
            return inner <= 0 ? 1 : normal_tail(std::log(inner) / metric.skew);
        }
        case simulator::Tail::StudentT3: return student3_tail(spreads * kStudentSpread);
    }
    return 1;
}

double median_of(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

/// Benjamini & Hochberg over the rows.
std::vector<bool> discoveries(const std::vector<double>& chances, double q) {
    std::vector<double> sorted = chances;
    std::ranges::sort(sorted);
    double threshold = -1;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const auto rank = static_cast<double>(i + 1);
        if (sorted[i] <= q * rank / static_cast<double>(sorted.size())) threshold = sorted[i];
    }
    std::vector<bool> found;
    for (const double chance : chances) found.push_back(chance <= threshold);
    return found;
}

}  // namespace

std::vector<std::vector<bool>> oracle_fails(const simulator::Scenario& scenario, std::uint64_t seed,
                                            const Run& run, double q) {
    // The same fleet without faults and without what is drawn for each device.
    simulator::Scenario expected = scenario;
    expected.faults.clear();
    for (simulator::MetricModel& metric : expected.metrics) {
        metric.spread = 0;
        metric.noise = 0;
        metric.repetitions = 1;
    }
    const simulator::FleetSimulator levels{expected, seed};
    std::vector<std::vector<bool>> fails;
    for (std::size_t i = 0; i < run.metrics.size(); ++i) {
        const simulator::MetricModel& model = scenario.metrics[i];
        const Metric level = levels.metric(i).metric;
        const Metric& metric = run.metrics[i];
        const double sign = model.better == Direction::HigherIsBetter ? -1 : 1;
        const double noise =
            model.noise * std::sqrt(std::numbers::pi / 2 / static_cast<double>(model.repetitions));
        const double spread = std::hypot(model.spread, noise);
        std::vector<double> chances;
        for (std::size_t row = 0; row < metric.rows(); ++row) {
            const std::span<const double> samples = metric.row(row);
            if (metric.outcome[row] != Outcome::Completed || !std::isfinite(samples[0])) {
                chances.push_back(1);
                continue;
            }
            const double value = median_of({samples.begin(), samples.end()});
            const double worse = sign * (value / level.values[row] - 1);
            chances.push_back(true_tail(model, worse / spread));
        }
        fails.push_back(discoveries(chances, q));
    }
    return fails;
}

}  // namespace rackproof::bench
