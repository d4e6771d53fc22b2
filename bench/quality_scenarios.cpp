#include "bench/quality_scenarios.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace rackproof::bench {
namespace {

using simulator::FaultKind;
using simulator::FaultLevel;
using simulator::FaultPlan;
using simulator::Scenario;

class Draw {
  public:
    explicit Draw(std::mt19937_64& random) : random_{&random} {}
    double even(double low, double high) {
        return std::uniform_real_distribution<double>{low, high}(*random_);
    }
    double log_even(double low, double high) {
        return std::exp(even(std::log(low), std::log(high)));
    }
    std::int32_t whole(std::int32_t low, std::int32_t high) {
        return std::uniform_int_distribution<std::int32_t>{low, high}(*random_);
    }

  private:
    std::mt19937_64* random_;
};

struct Shape {
    std::int32_t nodes;
    std::int32_t devices;
    std::int32_t nodes_per_rack;
};

Shape drawn_shape(Draw& draw) {
    constexpr std::array kShapes{Shape{16, 8, 8},   Shape{36, 4, 18},  Shape{64, 8, 16},
                                 Shape{144, 4, 18}, Shape{320, 8, 16}, Shape{640, 8, 8}};
    Shape shape = kShapes.at(static_cast<std::size_t>(draw.whole(0, 5)));
    shape.nodes += draw.whole(0, shape.nodes / 4);
    return shape;
}

simulator::MetricModel drawn_metric(int index, Draw& draw) {
    simulator::MetricModel metric;
    metric.name = "metric" + std::to_string(index);
    metric.suite = "suite";
    metric.unit = index % 3 == 2 ? "s" : "B/s";
    metric.better = index % 3 == 2 ? Direction::LowerIsBetter : Direction::HigherIsBetter;
    metric.centre = draw.log_even(1e-3, 1e15);
    metric.spread = draw.log_even(0.003, 0.03);
    metric.tail = static_cast<simulator::Tail>(draw.whole(0, 2));
    metric.skew = draw.even(0.1, 0.4);
    metric.correlation = draw.even(0, 0.8);
    metric.noise = draw.log_even(0.0005, 0.005);
    metric.repetitions = draw.whole(4, 12);
    return metric;
}

FaultPlan slow(FaultLevel level, std::int32_t count, Draw& draw, double from = 7, double to = 25) {
    FaultPlan plan;
    plan.name = "slow" + std::to_string(static_cast<int>(level));
    plan.level = level;
    plan.count = count;
    const double size = draw.even(from, to);
    plan.size_in_spreads = {size, size * 1.2};
    return plan;
}

FaultPlan missing(FaultLevel level, std::int32_t count) {
    FaultPlan plan;
    plan.name = "missing";
    plan.kind = FaultKind::Missing;
    plan.level = level;
    plan.count = count;
    return plan;
}

void set_shape(Scenario& scenario, const Shape& shape) {
    scenario.nodes = shape.nodes;
    scenario.devices_per_node = shape.devices;
    scenario.nodes_per_rack = shape.nodes_per_rack;
}

std::int32_t share(std::int32_t all, double share) {
    return std::max(1, static_cast<std::int32_t>(std::lround(all * share)));
}

void add_faults(const std::string& name, Scenario& scenario, Draw& draw) {
    const std::int32_t devices = scenario.nodes * scenario.devices_per_node;
    const std::int32_t racks = scenario.nodes / scenario.nodes_per_rack;
    std::vector<FaultPlan>& faults = scenario.faults;
    if (name == "slow-devices" || name == "two-heavy" || name == "two-skus" ||
        name == "two-drivers") {
        faults.push_back(slow(FaultLevel::Device, share(devices, draw.even(0.001, 0.03)), draw));
    }
    if (name == "far-out") {
        const double size = draw.log_even(100, 1e5);
        faults.push_back(
            slow(FaultLevel::Device, share(devices, draw.even(0.02, 0.2)), draw, size, 2 * size));
    }
    if (name == "slow-nodes") {
        faults.push_back(
            slow(FaultLevel::Node, share(scenario.nodes, draw.even(0.005, 0.08)), draw));
    }
    if (name == "racks") {
        scenario.rack_effects.push_back({draw.even(0, 0.005), {}});
        faults.push_back(slow(FaultLevel::Rack, share(racks, 0.1), draw, 8));
        faults.push_back(slow(FaultLevel::Device, 1, draw));
        faults.back().inside = faults.front().name;
    }
    if (name == "gradient") {
        scenario.gradients.push_back({draw.even(-0.05, 0.05), {}});
        faults.push_back(slow(FaultLevel::Device, share(devices, 0.005), draw));
    }
    if (name == "unstable") {
        FaultPlan plan = slow(FaultLevel::Device, share(devices, 0.01), draw);
        plan.kind = FaultKind::Unstable;
        plan.size_in_spreads.reset();
        plan.size = {0.03, 0.1};
        faults.push_back(plan);
    }
    if (name == "missing") {
        faults.push_back(missing(FaultLevel::Node, share(scenario.nodes, 0.02)));
        faults.push_back(missing(FaultLevel::Device, share(devices, 0.01)));
        faults.push_back(missing(FaultLevel::Device, share(devices, 0.01)));
        faults.back().metrics = {"metric0"};
        faults.push_back(missing(FaultLevel::Device, share(devices, 0.01)));
        faults.back().missing = simulator::Missing::NoNumber;
    }
    if (name == "one-metric") {
        faults.push_back(slow(FaultLevel::Device, share(devices, draw.even(0.001, 0.03)), draw));
        faults.back().metrics = {"metric0"};
    }
    if (name == "few-nodes") {
        faults.push_back(slow(FaultLevel::Device, 1, draw));
        faults.back().metrics = {"metric0"};
    }
    if (name == "nine-nodes") faults.push_back(slow(FaultLevel::Node, 2, draw));
    if (name == "nine-nodes-devices") faults.push_back(slow(FaultLevel::Device, 2, draw));
    if (name == "five-nodes") faults.push_back(slow(FaultLevel::Device, 1, draw));
    if (name == "four-by-four") faults.push_back(slow(FaultLevel::Node, 1, draw));
    if (name == "quarter") {
        faults.push_back(slow(FaultLevel::Device, devices / 4, draw));
        faults.back().metrics = {"metric0"};
    }
}

}  // namespace

const std::vector<std::string>& scenario_names() {
    static const std::vector<std::string> kNames{
        "clean-640",   "clean-4x4",          "clean-9x8",
        "clean-5x1",   "clean-16x1",         "slow-devices",
        "one-metric",  "two-heavy",          "two-skus",
        "two-drivers", "slow-nodes",         "racks",
        "gradient",    "unstable",           "missing",
        "nine-nodes",  "nine-nodes-devices", "four-by-four",
        "few-nodes",   "five-nodes",         "quarter",
        "far-out"};
    return kNames;
}

Scenario drawn_scenario(const std::string& name, std::mt19937_64& random) {
    Draw draw{random};
    Scenario scenario;
    scenario.name = name;
    Shape shape = drawn_shape(draw);
    if (name == "clean-640") shape = {640, 8, 16};
    if (name == "clean-4x4" || name == "four-by-four") shape = {4, 4, 4};
    if (name == "clean-5x1" || name == "five-nodes") shape = {5, 1, 5};
    if (name == "clean-16x1") shape = {16, 1, 16};
    if (name == "few-nodes") {
        shape.nodes = draw.whole(8, 24);
        shape.devices = 1;
        shape.nodes_per_rack = shape.nodes;
    }
    if (name == "clean-9x8" || name.starts_with("nine")) shape = {9, 8, 9};
    if (name == "racks" || name == "gradient") {
        shape.nodes = std::max(shape.nodes, 5 * shape.nodes_per_rack);
    }
    set_shape(scenario, shape);
    int metrics = name.starts_with("clean") ? 6 : draw.whole(1, 6);
    if (name == "two-heavy") metrics = 2;
    for (int i = 0; i < metrics; ++i) scenario.metrics.push_back(drawn_metric(i, draw));
    if (name == "two-heavy") {
        for (simulator::MetricModel& metric : scenario.metrics) {
            metric.tail = simulator::Tail::StudentT3;
        }
    }
    if (name == "far-out") {
        for (simulator::MetricModel& metric : scenario.metrics) {
            metric.unit = "s";  // a rate cannot be so bad
            metric.better = Direction::LowerIsBetter;
        }
    }
    if (name == "two-skus") {
        scenario.skus.resize(2);
        scenario.skus[0].name = "large";
        scenario.skus[1].name = "small";
        scenario.skus[0].fraction = scenario.skus[1].fraction = 0.5;
        scenario.skus[1].scale = 0.6;
        scenario.skus_by = simulator::Piece::Node;
    }
    if (name == "two-drivers") {
        simulator::Population population;
        population.name = "new driver";
        population.fraction = draw.even(0.1, 0.6);
        population.effect = draw.even(-0.08, 0.03);
        population.driver = "580.1";
        scenario.populations.push_back(population);
    }
    add_faults(name, scenario, draw);
    return scenario;
}

}  // namespace rackproof::bench
