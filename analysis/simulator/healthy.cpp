#include "analysis/simulator/healthy.hpp"

#include <cmath>

namespace rackproof::simulator {
namespace {

/// 84.135 % of Student's t with 3 degrees of freedom lie below it.
constexpr double kStudentSpread = 1.19686;

/// Three squared normal numbers over 3: what the normal number above is divided by the root of.
double mean_square_of_three(Draws& draws) {
    double sum = 0;
    for (int i = 0; i < 3; ++i) {
        const double number = draws.normal();
        sum += number * number;
    }
    return sum / 3;
}

}  // namespace

double goodness(const MetricModel& metric, double common, Draws& draws) {
    const double own = draws.normal();
    const double z =
        std::sqrt(metric.correlation) * common + std::sqrt(1 - metric.correlation) * own;
    switch (metric.tail) {
        case Tail::Normal: return z;
        case Tail::Skewed: return (1 - std::exp(-metric.skew * z)) / std::sinh(metric.skew);
        case Tail::StudentT3: return z / std::sqrt(mean_square_of_three(draws)) / kStudentSpread;
    }
    return z;
}

double positive(double factor) {
    constexpr double kBend = 0.5;
    return factor > kBend ? factor : kBend * std::exp((factor - kBend) / kBend);
}

}  // namespace rackproof::simulator
