#include "bench/quality_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "analysis/simulator/planting.hpp"

namespace rackproof::bench {
namespace {

using simulator::MetricModel;
using simulator::Tail;

constexpr double kStudentSpread = 1.19686;  // 84.135 % of t with 3 degrees lie below

double normal_density(double x, double mean, double deviation) {
    const double z = (x - mean) / deviation;
    return std::exp(-z * z / 2) / (deviation * std::sqrt(2 * std::numbers::pi));
}

/// Points that an integral is summed over, with the share of each.
struct Grid {
    std::vector<double> points;
    std::vector<double> shares;
};

/// What a device's metrics have in common: standard normal.
const Grid& common_grid() {
    static const Grid kGrid = [] {
        constexpr int kEnd = 24;
        constexpr double kStep = 0.25;
        Grid grid;
        for (int i = -kEnd; i <= kEnd; ++i) {
            grid.points.push_back(kStep * i);
            grid.shares.push_back(kStep * normal_density(kStep * i, 0, 1));
        }
        return grid;
    }();
    return kGrid;
}

/// The root of a mean of three squared normal numbers, which a Student's t is divided by: even
/// steps of its logarithm.
const Grid& divisor_grid() {
    static const Grid kGrid = [] {
        constexpr int kPoints = 64;
        constexpr double kFrom = -5.0;
        constexpr double kTo = 1.3;
        constexpr double kStep = (kTo - kFrom) / (kPoints - 1);
        Grid grid;
        for (int i = 0; i < kPoints; ++i) {
            const double root = std::exp(kFrom + kStep * i);
            // chi of 3 degrees at root x sqrt 3, in steps of ln root
            const double chi = root * std::numbers::sqrt3;
            const double density =
                std::sqrt(2 / std::numbers::pi) * chi * chi * std::exp(-chi * chi / 2);
            grid.points.push_back(root);
            grid.shares.push_back(density * chi * kStep);
        }
        return grid;
    }();
    return kGrid;
}

/// One metric of a device, in its spreads; positive is worse.
class Marginal {
  public:
    explicit Marginal(const MetricModel& metric)
        : tail_{metric.tail},
          skew_{metric.skew},
          common_{std::sqrt(metric.correlation)},
          own_{std::sqrt(1 - metric.correlation)} {
        const double noise = metric.noise * std::sqrt(std::numbers::pi / 2 /
                                                      static_cast<double>(metric.repetitions));
        wider_ = std::hypot(metric.spread, noise) / metric.spread;
    }

    [[nodiscard]] double drawn(double common, std::mt19937_64& random) const {
        std::normal_distribution<double> normal;
        const double z = common_ * common + own_ * normal(random);
        switch (tail_) {
            case Tail::Normal: return wider_ * z;
            case Tail::Skewed: return wider_ * std::expm1(skew_ * z) / std::sinh(skew_);
            case Tail::StudentT3: break;
        }
        double squares = 0;
        for (int i = 0; i < 3; ++i) squares += std::pow(normal(random), 2);
        return wider_ * z / std::sqrt(squares / 3) / kStudentSpread;
    }

    /// Density of the value where that in common is known.
    [[nodiscard]] double density(double value, double common) const {
        const double x = value / wider_;
        const double mean = common_ * common;
        switch (tail_) {
            case Tail::Normal: return normal_density(x, mean, own_) / wider_;
            case Tail::Skewed: {
                const double inner = 1 + x * std::sinh(skew_);
                if (inner <= 0) return 0;
                const double slope = std::sinh(skew_) / (skew_ * inner);
                return normal_density(std::log(inner) / skew_, mean, own_) * slope / wider_;
            }
            case Tail::StudentT3: break;
        }
        const Grid& divisors = divisor_grid();
        double sum = 0;
        for (std::size_t i = 0; i < divisors.points.size(); ++i) {
            const double stretch = divisors.points[i] * kStudentSpread;
            sum += divisors.shares[i] * stretch * normal_density(x * stretch, mean, own_);
        }
        return sum / wider_;
    }

  private:
    Tail tail_;
    double skew_;
    double common_;
    double own_;
    double wider_ = 1;  ///< than the spread, for noise
};

/// Log density of a device's metrics together, each less its shift.
double log_density(const std::vector<Marginal>& metrics, const std::vector<double>& values,
                   const std::vector<double>& shifts, double share_of_shifts) {
    const Grid& grid = common_grid();
    double sum = 0;
    for (std::size_t i = 0; i < grid.points.size(); ++i) {
        double product = grid.shares[i];
        for (std::size_t j = 0; j < metrics.size() && product > 0; ++j) {
            product *= metrics[j].density(values[j] - share_of_shifts * shifts[j], grid.points[i]);
        }
        sum += product;
    }
    return std::log(std::max(sum, 1e-300));
}

}  // namespace

double oracle_recall(const simulator::Scenario& scenario, const simulator::FaultPlan& plan,
                     std::int64_t faulty, std::int64_t of, double q) {
    constexpr int kDrawn = 2000;
    std::vector<Marginal> metrics;
    std::vector<double> shifts;
    for (const MetricModel& metric : scenario.metrics) {
        if (!simulator::shows_in(plan, metric)) continue;
        metrics.emplace_back(metric);
        const simulator::Range& range = plan.size_in_spreads ? *plan.size_in_spreads : *plan.size;
        const double middle = (range.low + range.high) / 2;
        shifts.push_back(plan.size_in_spreads ? middle : middle / metric.spread);
    }
    std::mt19937_64 random{1};
    std::normal_distribution<double> normal;
    std::vector<double> ratios;  // log of the likelihood ratio, of faulty devices
    std::vector<double> values(metrics.size());
    for (int i = 0; i < kDrawn; ++i) {
        const double common = normal(random);
        for (std::size_t j = 0; j < metrics.size(); ++j) {
            values[j] = shifts[j] + metrics[j].drawn(common, random);
        }
        ratios.push_back(log_density(metrics, values, shifts, 1) -
                         log_density(metrics, values, shifts, 0));
    }
    std::ranges::sort(ratios, std::greater{});
    // From the most striking on: of the healthy ones exp(-ratio) as many are beyond.
    double healthy = 0;
    double recall = 0;
    for (std::size_t i = 0; i < ratios.size(); ++i) {
        healthy += std::exp(-ratios[i]) / kDrawn;
        const double found = static_cast<double>(i + 1) / kDrawn;
        const double discoveries = std::max(1.0, found * static_cast<double>(faulty));
        if (healthy <= q * discoveries / static_cast<double>(of)) recall = found;
    }
    return recall;
}

}  // namespace rackproof::bench
