#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "analysis/simulator/fleet_simulator.hpp"

namespace rackproof::simulator::test {

inline MetricModel metric(std::string name) {
    MetricModel model;
    model.name = std::move(name);
    model.unit = "FLOP/s";
    model.centre = 1e12;
    return model;
}

inline Scenario fleet(std::int32_t nodes, std::vector<std::string> metrics = {"gemm.fp64"}) {
    Scenario scenario;
    scenario.nodes = nodes;
    for (std::string& name : metrics) scenario.metrics.push_back(metric(std::move(name)));
    return scenario;
}

inline FaultPlan fault(FaultKind kind, FaultLevel level, std::int32_t count) {
    FaultPlan plan;
    plan.kind = kind;
    plan.level = level;
    if (level != FaultLevel::Fleet) plan.count = count;
    if (kind == FaultKind::Slow || kind == FaultKind::Unstable) plan.size = Range{0.1, 0.1};
    return plan;
}

/// The quantile of the numbers.
inline double quantile(std::vector<double> numbers, double share) {
    std::ranges::sort(numbers);
    return numbers[static_cast<std::size_t>(share * static_cast<double>(numbers.size() - 1))];
}

/// The first repetition of each row.
inline std::vector<double> firsts(const Metric& metric) {
    std::vector<double> values;
    for (std::size_t i = 0; i < metric.rows(); ++i) values.push_back(metric.row(i)[0]);
    return values;
}

inline double correlation(const std::vector<double>& a, const std::vector<double>& b) {
    const auto n = static_cast<double>(a.size());
    double mean_a = 0;
    double mean_b = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        mean_a += a[i] / n;
        mean_b += b[i] / n;
    }
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += (a[i] - mean_a) * (b[i] - mean_b);
        aa += (a[i] - mean_a) * (a[i] - mean_a);
        bb += (b[i] - mean_b) * (b[i] - mean_b);
    }
    return ab / std::sqrt(aa * bb);
}

}  // namespace rackproof::simulator::test
