#include <gmock/gmock.h>

#include "analysis/simulator/fleet_simulator.hpp"

namespace rackproof::simulator {
namespace {

/// Two nodes of two devices without noise, of which one is slow by the plan.
Scenario steady_fleet() {
    Scenario scenario;
    scenario.nights = 5;
    scenario.nodes = 2;
    scenario.devices_per_node = 2;
    MetricModel metric;
    metric.name = "gemm";
    metric.centre = 100;
    metric.spread = 0;
    metric.noise = 0;
    metric.repetitions = 1;
    scenario.metrics.push_back(metric);
    return scenario;
}

/// The least of all values, night by night.
std::vector<double> least(const Scenario& scenario) {
    std::vector<double> values;
    for (std::int32_t night = 1; night <= scenario.nights; ++night) {
        const FleetSimulator fleet{scenario, 1, night};
        values.push_back(std::ranges::min(fleet.metric(0).metric.values));
    }
    return values;
}

FaultPlan slow(Nights nights, Growth growth) {
    FaultPlan fault;
    fault.count = 1;
    fault.size = Range{0.1, 0.1};
    fault.nights = nights;
    fault.growth = growth;
    return fault;
}

TEST(Nights, FaultsComeAndGo) {
    Scenario scenario = steady_fleet();
    scenario.faults.push_back(slow({2, 3}, Growth::Step));
    EXPECT_THAT(least(scenario), testing::Pointwise(testing::DoubleNear(1e-9),
                                                    std::vector<double>{100, 90, 90, 100, 100}));
}

TEST(Nights, FaultsGrow) {
    Scenario scenario = steady_fleet();
    FaultPlan fault = slow({}, Growth::Linear);
    fault.nights.first = 3;
    scenario.faults.push_back(fault);
    EXPECT_THAT(least(scenario), testing::Pointwise(testing::DoubleNear(1e-9),
                                                    std::vector<double>{100, 100, 90, 80, 70}));
}

TEST(Nights, PopulationsComeWithTheirFacts) {
    Scenario scenario = steady_fleet();
    Population update;
    update.fraction = 1;
    update.effect = -0.02;
    update.driver = "580";
    update.nights.first = 4;
    scenario.populations.push_back(update);
    EXPECT_THAT(least(scenario), testing::Pointwise(testing::DoubleNear(1e-9),
                                                    std::vector<double>{100, 100, 100, 98, 98}));
    EXPECT_EQ((FleetSimulator{scenario, 1, 3}.frame().devices[0].driver), scenario.driver);
    EXPECT_EQ((FleetSimulator{scenario, 1, 4}.frame().devices[0].driver), "580");
}

TEST(Nights, AreTheSameFleetWithNoiseOfTheirOwn) {
    Scenario scenario = steady_fleet();
    scenario.metrics[0].spread = 0.1;
    const auto values = [&](std::int32_t night) {
        return FleetSimulator{scenario, 1, night}.metric(0).metric.values;
    };
    EXPECT_EQ(values(1), values(2));
    scenario.metrics[0].night_noise = 0.01;
    EXPECT_NE(values(1), values(2));
    EXPECT_THAT(values(1), testing::Pointwise(testing::DoubleNear(5), values(2)));
}

TEST(Nights, HaveADayAndAnIdentityEach) {
    const Scenario scenario = steady_fleet();
    const FleetSimulator first{scenario, 1, 1};
    const FleetSimulator later{scenario, 1, 32};
    EXPECT_EQ(first.frame().started, "2026-01-01T00:00:00Z");
    EXPECT_EQ(later.frame().started, "2026-02-01T00:00:00Z");
    EXPECT_NE(first.frame().run_id, later.frame().run_id);
    EXPECT_EQ(first.frame().run_id, (FleetSimulator{scenario, 1}.frame().run_id));
}

}  // namespace
}  // namespace rackproof::simulator
