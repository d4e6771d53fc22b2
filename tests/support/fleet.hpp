#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/run.hpp"

namespace rackproof::test {

/// A complete run over `nodes` x `devices_per_node`, 16 nodes a rack, without metrics yet.
/// Nodes are n0, n1, ...
inline Run make_fleet(int nodes, int devices_per_node) {
    Run run;
    run.run_id = "5f0c1d9e-0000-4000-8000-000000000001";
    run.started = "2026-11-23T04:41:11Z";
    run.finished = "2026-11-23T05:41:11Z";
    run.complete = true;
    for (int node = 0; node < nodes; ++node) {
        Node facts;
        facts.name = "n" + std::to_string(node);
        facts.rack = "r" + std::to_string(node / 16);
        facts.slot = std::to_string(node % 16);
        facts.sku = "h200";
        run.nodes.push_back(facts);
        for (int index = 0; index < devices_per_node; ++index) {
            Device device;
            device.node = node;
            device.index = index;
            run.devices.push_back(device);
        }
    }
    run.variants.push_back({R"({"m":64})", "tiled", "blas 1.0", "memory"});
    return run;
}

struct MetricShape {
    std::string name = "gemm.fp64";
    std::string suite = "gemm";
    Scope scope = Scope::Device;
    std::string unit = "FLOP/s";
    Direction better = Direction::HigherIsBetter;
    std::size_t repetitions = 5;
};

/// Adds a metric with a completed first attempt on every device (or node), whose samples are
/// `sample(target)`, asked for once a repetition.
inline Metric& add_metric(Run& run, const MetricShape& shape,
                          const std::function<double(std::size_t)>& sample) {
    Metric metric;
    metric.name = shape.name;
    metric.suite = shape.suite;
    metric.scope = shape.scope;
    metric.unit = shape.unit;
    metric.better = shape.better;
    metric.repetitions = shape.repetitions;
    const std::size_t targets =
        shape.scope == Scope::Device ? run.devices.size() : run.nodes.size();
    for (std::size_t target = 0; target < targets; ++target) {
        const std::size_t row =
            metric.add_row(Target{static_cast<std::int32_t>(target), -1}, 0, Outcome::Completed);
        metric.variant[row] = 0;
        for (std::size_t i = 0; i < shape.repetitions; ++i) {
            metric.values[row * shape.repetitions + i] = sample(target);
        }
    }
    run.metrics.push_back(std::move(metric));
    return run.metrics.back();
}

inline Metric& add_steady_metric(Run& run, const MetricShape& shape, double value) {
    return add_metric(run, shape, [value](std::size_t) { return value; });
}

/// Empties a row and ends it otherwise, with a reason.
inline void end_row(Run& run, Metric& metric, std::size_t row, Outcome outcome,
                    const std::string& reason) {
    for (std::size_t i = 0; i < metric.repetitions; ++i) {
        metric.values[row * metric.repetitions + i] = kNoValue;
    }
    metric.outcome[row] = outcome;
    run.reasons.push_back({metric.name, static_cast<std::int32_t>(row), reason});
}

/// Adds a retest of a row's target with all samples of one value (NaN for none).
inline std::size_t add_retest(Metric& metric, std::size_t of_row, std::int32_t attempt,
                              Outcome outcome, double value) {
    const std::size_t row = metric.add_row(metric.target[of_row], attempt, outcome);
    metric.variant[row] = metric.variant[of_row];
    for (std::size_t i = 0; i < metric.repetitions; ++i) {
        metric.values[row * metric.repetitions + i] = value;
    }
    return row;
}

/// Device-to-device and repetition noise, both relative and normal.
struct Noise {
    double spread = 0.005;
    double repetition = 0.002;
};

/// Samples of a healthy fleet around `centre`; `factor[target]` (1 where absent) plants a fault.
inline std::function<double(std::size_t)> noisy(
    double centre, Noise noise, std::size_t targets, std::mt19937_64& random,
    const std::vector<std::pair<std::size_t, double>>& faults = {}) {
    std::normal_distribution<double> normal;
    std::vector<double> level(targets, centre);
    for (double& value : level) value *= 1 + noise.spread * normal(random);
    for (const auto& [target, factor] : faults) level[target] = centre * factor;
    return [level = std::move(level), noise, &random, normal](std::size_t target) mutable {
        return level[target] * (1 + noise.repetition * normal(random));
    };
}

/// The same facts with the rows of every metric in another order.
inline Run shuffled(const Run& run, std::mt19937_64& random) {
    Run result = run;
    result.reasons.clear();
    for (std::size_t m = 0; m < run.metrics.size(); ++m) {
        const Metric& from = run.metrics[m];
        std::vector<std::size_t> order(from.rows());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::ranges::shuffle(order, random);
        Metric& to = result.metrics[m];
        for (std::size_t row = 0; row < order.size(); ++row) {
            const std::size_t old = order[row];
            to.target[row] = from.target[old];
            to.outcome[row] = from.outcome[old];
            to.variant[row] = from.variant[old];
            to.attempt[row] = from.attempt[old];
            for (std::size_t i = 0; i < from.repetitions; ++i) {
                to.values[row * from.repetitions + i] = from.values[old * from.repetitions + i];
            }
            for (const Reason& reason : run.reasons) {
                if (reason.metric != from.name || reason.row != static_cast<std::int32_t>(old)) {
                    continue;
                }
                result.reasons.push_back(
                    {reason.metric, static_cast<std::int32_t>(row), reason.text});
            }
        }
    }
    std::ranges::shuffle(result.reasons, random);
    return result;
}

}  // namespace rackproof::test
