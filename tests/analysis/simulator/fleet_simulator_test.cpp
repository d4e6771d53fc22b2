#include "analysis/simulator/fleet_simulator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "tests/analysis/simulator/scenarios.hpp"

namespace rackproof::simulator {
namespace {

using test::fault;
using ::testing::ElementsAre;

TEST(FleetSimulator, IsTheSameForTheSameSeedAndAnyOrderOfMetrics) {
    Scenario scenario = test::fleet(50, {"a", "b", "c"});
    scenario.faults = {fault(FaultKind::Slow, FaultLevel::Device, 5)};
    const FleetSimulator fleet{scenario, 42};
    const auto run = simulate(fleet);
    std::vector<SimulatedMetric> backwards(3);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 3; i-- > 0;) {
            threads.emplace_back([&, i] { backwards[i] = fleet.metric(i); });
        }
    }
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(run.metrics[i].values, backwards[i].metric.values);
    }
    const auto again = simulate(FleetSimulator{scenario, 42});
    EXPECT_EQ(again.run_id, run.run_id);
    EXPECT_EQ(again.metrics[2].values, run.metrics[2].values);
    const auto other = simulate(FleetSimulator{scenario, 43});
    EXPECT_NE(other.run_id, run.run_id);
    EXPECT_NE(other.metrics[2].values, run.metrics[2].values);
}

TEST(FleetSimulator, AMetricIsUntouchedByWhatIsPlantedInOthers) {
    const Scenario clean = test::fleet(50, {"a", "b"});
    Scenario faulty = clean;
    faulty.faults = {fault(FaultKind::Slow, FaultLevel::Node, 3)};
    faulty.faults[0].metrics = {"b"};
    EXPECT_EQ(FleetSimulator(clean, 1).metric(0).metric.values,
              FleetSimulator(faulty, 1).metric(0).metric.values);
}

TEST(FleetSimulator, NamesTheRunByARandomUuidOfTheSeed) {
    const std::string id = FleetSimulator{test::fleet(1), 7}.frame().run_id;
    EXPECT_THAT(id, ::testing::MatchesRegex(
                        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

TEST(FleetSimulator, MetricsOfADeviceCorrelateAsTheySay) {
    Scenario scenario = test::fleet(1000, {"a", "b", "c"});
    for (MetricModel& model : scenario.metrics) model.noise = 0;
    scenario.metrics[0].correlation = 0.8;
    scenario.metrics[1].correlation = 0.5;
    const auto run = simulate(FleetSimulator{scenario, 1});
    const auto values = [&](std::size_t i) { return test::firsts(run.metrics[i]); };
    EXPECT_NEAR(test::correlation(values(0), values(1)), std::sqrt(0.8 * 0.5), 0.03);
    EXPECT_NEAR(test::correlation(values(0), values(2)), 0, 0.04);
}

TEST(FleetSimulator, NodesDifferByTheirSpread) {
    Scenario scenario = test::fleet(500);
    scenario.node_spread = 0.02;
    scenario.metrics[0].spread = 0;
    scenario.metrics[0].noise = 0;
    const auto run = simulate(FleetSimulator{scenario, 1});
    std::vector<double> nodes;
    for (std::size_t i = 0; i < run.metrics[0].rows(); i += 8) {
        nodes.push_back(run.metrics[0].row(i)[0]);
        EXPECT_EQ(nodes.back(), run.metrics[0].row(i + 7)[0]);
    }
    const double width = test::quantile(nodes, 0.841) - test::quantile(nodes, 0.159);
    EXPECT_NEAR(width / 2e12, 0.02, 0.003);
}

TEST(FleetSimulator, WhatIsMissingAsAWholeIsInNoTable) {
    Scenario scenario = test::fleet(10);
    scenario.faults = {fault(FaultKind::Missing, FaultLevel::Node, 1),
                       fault(FaultKind::Missing, FaultLevel::Device, 2)};
    const FleetSimulator fleet{scenario, 3};
    const auto run = simulate(fleet);
    EXPECT_EQ(run.nodes.size(), 10U);
    EXPECT_EQ(run.devices.size(), 80U - 8 - 2);
    EXPECT_EQ(run.metrics[0].rows(), run.devices.size());
    std::set<std::int32_t> present;
    for (const Device& device : run.devices) present.insert(device.node);
    for (std::int32_t node = 0; node < 10; ++node) {
        const std::string& state = run.nodes[static_cast<std::size_t>(node)].state;
        EXPECT_EQ(state, present.contains(node) ? "up" : "down");
    }
    EXPECT_EQ(present.size(), 9U);
}

TEST(FleetSimulator, RecordsWhatAPopulationIs) {
    Scenario scenario = test::fleet(16);
    scenario.inventory["power_cap_w"] = "700";
    scenario.library = "blas 1";
    Population part;
    part.fraction = 0.5;
    part.driver = "new";
    part.inventory["power_cap_w"] = "650";
    part.library = "blas 2";
    scenario.populations = {part};
    const FleetSimulator fleet{scenario, 1};
    const auto run = simulate(fleet);
    ASSERT_EQ(run.inventory.size(), 1U);
    ASSERT_EQ(run.variants.size(), 2U);
    int members = 0;
    for (std::size_t i = 0; i < run.devices.size(); ++i) {
        const bool is_new = run.devices[i].driver == "new";
        members += is_new ? 1 : 0;
        EXPECT_EQ(fleet.members()[0][i], is_new);
        EXPECT_EQ(run.inventory[0].values[i], is_new ? "650" : "700");
        const auto variant = static_cast<std::size_t>(run.metrics[0].variant[i]);
        EXPECT_EQ(run.variants[variant].library, is_new ? "blas 2" : "blas 1");
    }
    EXPECT_EQ(members, 64);
}

TEST(FleetSimulator, HardwareFaultsAreEvents) {
    Scenario scenario = test::fleet(10);
    scenario.faults = {fault(FaultKind::Hardware, FaultLevel::Device, 1),
                       fault(FaultKind::Hardware, FaultLevel::Rack, 1)};
    scenario.faults[0].code = "xid.48";
    const FleetSimulator fleet{scenario, 1};
    const auto& frame = fleet.frame();
    EXPECT_TRUE(std::ranges::is_sorted(frame.events, {}, &Event::time));
    const auto device = std::ranges::find(frame.events, "xid.48", &Event::code);
    ASSERT_NE(device, frame.events.end());
    EXPECT_GE(device->device, 0);
    EXPECT_EQ(frame.devices[static_cast<std::size_t>(device->device)].node, device->node);
    const Planted& rack = fleet.planted()[1];
    const Stretch hit = fleet.layout().stretch(FaultLevel::Rack, rack.unit);
    EXPECT_EQ(frame.events.size(), 1U + static_cast<std::size_t>(hit.end_node - hit.first_node));
    EXPECT_EQ(device->severity, "error");
}

}  // namespace
}  // namespace rackproof::simulator
