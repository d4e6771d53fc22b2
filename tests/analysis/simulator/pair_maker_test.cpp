#include "analysis/simulator/pair_maker.hpp"

#include <gmock/gmock.h>

#include "analysis/simulator/truth.hpp"
#include "core/error.hpp"
#include "tests/analysis/simulator/scenarios.hpp"

namespace rackproof::simulator {
namespace {

using ::testing::HasSubstr;

Scenario pair_fleet() {
    Scenario scenario = test::fleet(64, {"pair.bandwidth"});
    scenario.metrics[0].scope = Scope::NodePair;
    scenario.metrics[0].spread = 0.001;
    scenario.metrics[0].noise = 0;
    scenario.nodes_per_leaf = 8;
    return scenario;
}

/// How much slower each pair is than the centre, and whether it should be by `is_on`.
template <class IsOn>
void expect_slow(const FleetSimulator& fleet, double size, IsOn is_on) {
    const Metric metric = fleet.metric(0).metric;
    int slow = 0;
    for (std::size_t row = 0; row < metric.rows(); ++row) {
        const bool on = is_on(metric.target[row].first, metric.target[row].second);
        slow += on ? 1 : 0;
        EXPECT_NEAR(metric.row(row)[0] / 1e12, on ? 1 - size : 1, 0.01) << row;
    }
    EXPECT_GT(slow, 0);
}

TEST(PairMaker, AFaultSlowsThePairsOnIt) {
    Scenario scenario = pair_fleet();
    for (const FaultLevel level : {FaultLevel::Node, FaultLevel::Leaf, FaultLevel::Uplink}) {
        scenario.faults = {test::fault(FaultKind::Slow, level, 1)};
        scenario.faults[0].size = Range{0.3, 0.3};
        const FleetSimulator fleet{scenario, 11};
        const Stretch nodes = fleet.layout().stretch(level, fleet.planted()[0].unit);
        expect_slow(fleet, 0.3, [&](std::int32_t a, std::int32_t b) {
            const bool first = a >= nodes.first_node && a < nodes.end_node;
            const bool second = b >= nodes.first_node && b < nodes.end_node;
            return level == FaultLevel::Uplink ? first != second : first || second;
        });
    }
}

TEST(PairMaker, ALinkIsOnePair) {
    Scenario scenario = pair_fleet();
    scenario.faults = {test::fault(FaultKind::Slow, FaultLevel::Link, 1)};
    const FleetSimulator fleet{scenario, 5};
    const MetPair link = fleet.pairs()[static_cast<std::size_t>(fleet.planted()[0].unit)];
    expect_slow(fleet, 0.1, [&](std::int32_t a, std::int32_t b) {
        return a == link.first && b == link.second;
    });
    const std::string peer = fleet.layout().nodes[static_cast<std::size_t>(link.second)].name;
    EXPECT_THAT(truth_json(fleet), HasSubstr("\"peer\": \"" + peer + "\""));
}

TEST(PairMaker, OfTwoFaultsTheWorseIsSeen) {
    Scenario scenario = pair_fleet();
    scenario.faults = {test::fault(FaultKind::Slow, FaultLevel::Node, 64)};
    scenario.faults[0].size = Range{0.2, 0.2};
    expect_slow(FleetSimulator{scenario, 3}, 0.2, [](std::int32_t, std::int32_t) { return true; });
}

TEST(PairMaker, SomeBreakAndASilentNodeBreaksWithEveryone) {
    Scenario scenario = pair_fleet();
    scenario.nodes = 1024;
    scenario.pairs.failing = 0.05;
    scenario.faults = {test::fault(FaultKind::Missing, FaultLevel::Node, 1)};
    scenario.faults[0].missing = Missing::TimedOut;
    const FleetSimulator fleet{scenario, 8};
    const SimulatedMetric made = fleet.metric(0);
    std::size_t failed = 0;
    std::size_t silent = 0;
    for (std::size_t row = 0; row < made.metric.rows(); ++row) {
        const Target& pair = made.metric.target[row];
        const std::int32_t dead = fleet.planted()[0].unit;
        const bool is_of_it = pair.first == dead || pair.second == dead;
        EXPECT_EQ(made.metric.outcome[row] == Outcome::TimedOut, is_of_it);
        failed += made.metric.outcome[row] == Outcome::Failed ? 1 : 0;
        silent += is_of_it ? 1 : 0;
    }
    EXPECT_EQ(silent, 6U);
    EXPECT_NEAR(static_cast<double>(failed) / static_cast<double>(made.metric.rows()), 0.05, 0.015);
    EXPECT_EQ(made.reasons.size(), failed + silent);
}

TEST(PairMaker, AShareOfAnUplinksPairsTakesItsBadCable) {
    Scenario scenario = pair_fleet();
    scenario.nodes = 1024;
    scenario.nodes_per_leaf = 64;
    scenario.faults = {test::fault(FaultKind::Slow, FaultLevel::Uplink, 1)};
    scenario.faults[0].size = Range{0.5, 0.5};
    scenario.faults[0].share = 0.25;
    const FleetSimulator fleet{scenario, 2};
    const Metric metric = fleet.metric(0).metric;
    double slow = 0;
    double crossing = 0;
    for (std::size_t row = 0; row < metric.rows(); ++row) {
        const std::int32_t leaf = fleet.planted()[0].unit;
        const bool crosses = (fleet.layout().leaf_of(metric.target[row].first) == leaf) !=
                             (fleet.layout().leaf_of(metric.target[row].second) == leaf);
        crossing += crosses ? 1 : 0;
        slow += metric.row(row)[0] < 0.75e12 ? 1 : 0;
    }
    EXPECT_NEAR(slow / crossing, 0.25, 0.1);
}

TEST(PairMaker, WhatCannotBeIsRefused) {
    const auto refused = [](FaultPlan fault, std::int32_t per_leaf) {
        Scenario scenario = pair_fleet();
        scenario.nodes_per_leaf = per_leaf;
        scenario.faults = {std::move(fault)};
        const auto problem = find_problem(scenario);
        return problem ? problem->key : "";
    };
    FaultPlan broken = test::fault(FaultKind::Missing, FaultLevel::Leaf, 1);
    EXPECT_EQ(refused(broken, 8), "kind");
    EXPECT_EQ(refused(test::fault(FaultKind::Slow, FaultLevel::Uplink, 1), 0), "level");
    FaultPlan part = test::fault(FaultKind::Slow, FaultLevel::Node, 1);
    part.share = 0.5;
    EXPECT_EQ(refused(part, 8), "share");
    EXPECT_EQ(refused(test::fault(FaultKind::Slow, FaultLevel::Device, 1), 8), "metrics");
    EXPECT_THROW(
        FleetSimulator(
            [] {
                Scenario scenario = pair_fleet();
                scenario.faults = {test::fault(FaultKind::Slow, FaultLevel::Link, 100'000)};
                return scenario;
            }(),
            1),
        InputError);
    EXPECT_FALSE(find_problem(pair_fleet()).has_value());
}

}  // namespace
}  // namespace rackproof::simulator
