#include "analysis/simulator/planting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/error.hpp"
#include "tests/analysis/simulator/scenarios.hpp"

namespace rackproof::simulator {
namespace {

using test::fault;
using ::testing::HasSubstr;

std::vector<Planted> planted_in(const Scenario& scenario, std::uint64_t seed = 1) {
    return plant(scenario, lay_out(scenario, seed), seed);
}

TEST(Plant, PutsEachFaultWhereNoOtherIs) {
    Scenario scenario = test::fleet(40);
    scenario.faults = {fault(FaultKind::Slow, FaultLevel::Rack, 2),
                       fault(FaultKind::Slow, FaultLevel::Node, 5),
                       fault(FaultKind::WrongAnswer, FaultLevel::Device, 30)};
    const Layout layout = lay_out(scenario, 1);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        std::set<std::int32_t> taken;
        std::size_t slots = 0;
        for (const Planted& each : plant(scenario, layout, seed)) {
            const Stretch hit = layout.stretch(each.level, each.unit);
            for (std::int32_t slot = hit.first_slot; slot < hit.end_slot; ++slot) {
                taken.insert(slot);
                ++slots;
            }
        }
        EXPECT_EQ(slots, 2U * 64 + 5 * 8 + 30);
        EXPECT_EQ(taken.size(), slots) << "a device carries two faults, seed " << seed;
    }
}

TEST(Plant, PutsAFaultInsideAnother) {
    Scenario scenario = test::fleet(40);
    FaultPlan rack = fault(FaultKind::Slow, FaultLevel::Rack, 1);
    rack.name = "warm rack";
    FaultPlan device = fault(FaultKind::Slow, FaultLevel::Device, 2);
    device.inside = "warm rack";
    scenario.faults = {rack, fault(FaultKind::Slow, FaultLevel::Device, 3), device};
    const Layout layout = lay_out(scenario, 1);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const std::vector<Planted> planted = plant(scenario, layout, seed);
        ASSERT_EQ(planted.size(), 6U);
        const auto rack_of = [&](const Planted& each) {
            return layout.rack_of(layout.stretch(each.level, each.unit).first_node);
        };
        for (std::size_t i = 1; i <= 3; ++i) EXPECT_NE(rack_of(planted[i]), planted[0].unit);
        for (std::size_t i = 4; i <= 5; ++i) EXPECT_EQ(rack_of(planted[i]), planted[0].unit);
    }
}

TEST(Plant, DrawsPlacesAndSizesFromTheSeed) {
    Scenario scenario = test::fleet(200);
    scenario.faults = {fault(FaultKind::Slow, FaultLevel::Device, 50)};
    scenario.faults[0].size = Range{0.05, 0.2};
    const auto first = planted_in(scenario, 1);
    const auto again = planted_in(scenario, 1);
    const auto other = planted_in(scenario, 2);
    std::set<std::int32_t> units[2];
    double least = 1;
    double most = 0;
    for (std::size_t i = 0; i < 50; ++i) {
        EXPECT_EQ(first[i].unit, again[i].unit);
        EXPECT_EQ(first[i].drawn_size, again[i].drawn_size);
        units[0].insert(first[i].unit);
        units[1].insert(other[i].unit);
        least = std::min(least, first[i].drawn_size);
        most = std::max(most, first[i].drawn_size);
    }
    EXPECT_EQ(units[0].size(), 50U);
    EXPECT_NE(units[0], units[1]);
    EXPECT_GE(least, 0.05);
    EXPECT_LE(most, 0.2);
    EXPECT_GT(most - least, 0.1);
}

TEST(Plant, TakesAShareOfTheFleet) {
    Scenario scenario = test::fleet(100);
    scenario.faults = {fault(FaultKind::Slow, FaultLevel::Device, 0)};
    scenario.faults[0].count.reset();
    scenario.faults[0].fraction = 0.25;
    EXPECT_EQ(planted_in(scenario).size(), 200U);
    scenario.faults = {fault(FaultKind::Slow, FaultLevel::Fleet, 1)};
    EXPECT_EQ(planted_in(scenario).size(), 1U);
}

TEST(Plant, RefusesMoreFaultsThanThereAreHealthyUnits) {
    Scenario scenario = test::fleet(9);
    scenario.faults = {fault(FaultKind::Slow, FaultLevel::Node, 4),
                       fault(FaultKind::Slow, FaultLevel::Node, 6)};
    scenario.faults[1].name = "more";
    try {
        (void)planted_in(scenario);
        FAIL() << "it was taken";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("fault 2 ('more') asks for 6 nodes, and 5 without"));
    }
}

TEST(SizeIn, IsAMultipleOfTheSpreadIfThePlanSaysSo) {
    FaultPlan plan = fault(FaultKind::Slow, FaultLevel::Device, 1);
    MetricModel model = test::metric("gemm");
    model.spread = 0.02;
    const Planted planted{0, FaultLevel::Device, 0, 7};
    EXPECT_EQ(size_in(plan, planted, model), 7);
    plan.size.reset();
    plan.size_in_spreads = Range{7, 7};
    EXPECT_DOUBLE_EQ(size_in(plan, planted, model), 0.14);
}

TEST(ShowsIn, LeavesMetricsOfNodesToTheNodes) {
    MetricModel of_node = test::metric("hpl");
    of_node.scope = Scope::Node;
    FaultPlan plan = fault(FaultKind::Slow, FaultLevel::Device, 1);
    EXPECT_TRUE(shows_in(plan, test::metric("gemm")));
    EXPECT_FALSE(shows_in(plan, of_node));
    plan.level = FaultLevel::Node;
    EXPECT_TRUE(shows_in(plan, of_node));
    plan.metrics = {"gemm*"};
    EXPECT_FALSE(shows_in(plan, of_node));
    plan.metrics.clear();
    plan.kind = FaultKind::Hardware;
    EXPECT_FALSE(shows_in(plan, of_node));
}

}  // namespace
}  // namespace rackproof::simulator
