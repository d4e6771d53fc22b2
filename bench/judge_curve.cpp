// The judge's operating curve, as two tables in Markdown: the share of slow devices that fail, by
// the size of the fault in spreads and the number of repetitions; and how many clean fleets have a
// failed node, by the fleet's size. Seeded; the seed is printed.
//
//   judge_curve [FLEETS [SEED]]
//
// A metric's spread is 1 %, and so is the noise of one repetition, which few of them do not average
// out. Sizes are of the device's own spread, without the noise.

#include <fmt/core.h>

#include <array>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/judgement.hpp"
#include "analysis/simulator/fleet_simulator.hpp"

namespace {

using namespace rackproof;
using simulator::FleetSimulator;
using simulator::Scenario;
using simulator::Tail;

constexpr double kSpread = 0.01;

struct Shape {
    std::int32_t nodes;
    std::int32_t devices;
};

Scenario fleet_of(Shape shape, int metrics, Tail tail, std::int32_t repetitions) {
    Scenario scenario;
    scenario.nodes = shape.nodes;
    scenario.devices_per_node = shape.devices;
    for (int i = 0; i < metrics; ++i) {
        simulator::MetricModel metric;
        metric.name = "metric" + std::to_string(i);
        metric.suite = "suite";
        metric.spread = kSpread;
        metric.noise = kSpread;
        metric.tail = tail;
        metric.correlation = 0.3;
        metric.repetitions = repetitions;
        scenario.metrics.push_back(std::move(metric));
    }
    return scenario;
}

/// Nodes that failed or were watched.
std::set<std::string> nodes_with(const Judgement& judgement, Verdict verdict) {
    std::set<std::string> nodes;
    for (const NodeVerdict& node : judgement.nodes) {
        if (node.verdict == verdict) nodes.insert(node.node);
    }
    return nodes;
}

/// Share of slow devices, `spreads` slow in every metric, whose node failed; one to a node.
double recall(Scenario scenario, double spreads, int fleets, std::mt19937_64& random) {
    constexpr std::int32_t kSlow = 6;
    simulator::FaultPlan plan;
    plan.name = "slow";
    plan.count = kSlow;
    plan.size_in_spreads = {spreads, spreads};
    scenario.faults.push_back(plan);
    int found = 0;
    int planted = 0;
    for (int i = 0; i < fleets; ++i) {
        const FleetSimulator fleet{scenario, random()};
        const auto failed = nodes_with(judge(simulate(fleet), Policy{}), Verdict::Fail);
        const simulator::Layout& layout = fleet.layout();
        for (const simulator::Planted& fault : fleet.planted()) {
            const auto slot = static_cast<std::size_t>(fault.unit);
            const auto node = static_cast<std::size_t>(layout.node_of_slot[slot]);
            ++planted;
            found += failed.contains(layout.nodes[node].name) ? 1 : 0;
        }
    }
    return static_cast<double>(found) / planted;
}

void print_recall(Tail tail, const char* name, int metrics, int fleets, std::mt19937_64& random) {
    constexpr std::array kSizes{4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0};
    constexpr std::array<std::int32_t, 4> kRepetitions{3, 5, 10, 20};
    for (const std::int32_t repetitions : kRepetitions) {
        fmt::print("| {}, {} | {} |", name, metrics == 1 ? "one" : std::to_string(metrics),
                   repetitions);
        for (const double size : kSizes) {
            const Scenario scenario = fleet_of({80, 8}, metrics, tail, repetitions);
            fmt::print(" {:.2f} |", recall(scenario, size, fleets, random));
        }
        fmt::print("\n");
    }
}

void print_clean(Shape shape, int fleets, std::mt19937_64& random) {
    int with_failed = 0;
    std::size_t failed = 0;
    std::size_t watched = 0;
    for (int i = 0; i < fleets; ++i) {
        constexpr std::array kTails{Tail::Normal, Tail::Skewed, Tail::StudentT3};
        const Tail tail = kTails.at(static_cast<std::size_t>(i) % kTails.size());
        const FleetSimulator fleet{fleet_of(shape, 6, tail, 5), random()};
        const Judgement judgement = judge(simulate(fleet), Policy{});
        const std::size_t bad = nodes_with(judgement, Verdict::Fail).size();
        with_failed += bad > 0 ? 1 : 0;
        failed += bad;
        watched += nodes_with(judgement, Verdict::Watch).size();
    }
    const int nodes = shape.nodes * fleets;
    fmt::print("| {} x {} | {} | {} | {} of {} | {:.2f} % |\n", shape.nodes, shape.devices, fleets,
               with_failed, failed, nodes, 100 * static_cast<double>(watched) / nodes);
}

}  // namespace

int main(int argc, char** argv) {
    const int fleets = argc > 1 ? std::atoi(argv[1]) : 40;
    const std::uint64_t seed =
        argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device{}();
    std::mt19937_64 random{seed};
    fmt::print("seed {}, {} fleets of 80 x 8 devices each, 6 of them slow\n\n", seed, fleets);
    fmt::print("| tail, metrics | repetitions | 4 | 5 | 6 | 7 | 8 | 10 | 12 spreads |\n");
    fmt::print("|---|---|---|---|---|---|---|---|---|\n");
    for (const int metrics : {1, 3}) {
        print_recall(Tail::Normal, "normal", metrics, fleets, random);
        print_recall(Tail::Skewed, "skewed", metrics, fleets, random);
        print_recall(Tail::StudentT3, "*t*₃", metrics, fleets, random);
    }
    fmt::print("\n| fleet | clean fleets | with a failed node | failed nodes | watched |\n");
    fmt::print("|---|---|---|---|---|\n");
    for (const Shape shape :
         {Shape{4, 4}, Shape{9, 8}, Shape{36, 4}, Shape{80, 8}, Shape{320, 8}}) {
        print_clean(shape, 3 * fleets, random);
    }
    return 0;
}
