#include "app/scenario_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "analysis/simulator/fleet_simulator.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/source_folder.hpp"

namespace rackproof {
namespace {

using simulator::FaultKind;
using simulator::FaultLevel;
using simulator::Missing;
using simulator::Piece;
using simulator::Tail;
using testing::HasSubstr;

const std::string kAll = R"(name = "all"
seed = 12
[fleet]
nodes = 20
devices_per_node = 4
skus_by = "node"
[fleet.inventory]
power_cap_w = "700"
[[sku]]
name = "a"
fraction = 1.0
[sku.centre]
"gemm.bf16" = 3e14
[[metric]]
name = "gemm.bf16"
unit = "TFLOP/s"
centre = 265
spread = 0.02
tail = "t3"
repetitions = 7
[[metric]]
name = "latency"
unit = "us"
centre = 5
better = "lower"
scope = "node"
copies = 2
[[population]]
fraction = 0.5
by = "rack"
driver = "new"
[population.inventory]
power_cap_w = "650"
[[gradient]]
effect = -0.02
[[rack_effect]]
spread = 0.01
metrics = ["gemm.*"]
[[fault]]
name = "one"
kind = "slow"
level = "rack"
count = 1
size = [0.05, 0.1]
[[fault]]
kind = "missing"
level = "device"
fraction = 0.01
missing = "timed_out"
attempts = 2
inside = "one"
[policy]
min_effect = 0.05
)";

ScenarioFile parsed(const std::string& text, const std::vector<std::string>& settings = {}) {
    return parse_scenario(text, "s.toml", settings);
}

std::string scenario_refusal(const std::string& old_part, const std::string& new_part) {
    std::string text = kAll;
    const std::size_t at = text.find(old_part);
    EXPECT_NE(at, std::string::npos) << old_part;
    text.replace(at, old_part.size(), new_part);
    return test::refusal([&] { (void)parsed(text); });
}

TEST(ScenarioFile, HoldsWhatThePersonWrote) {
    const ScenarioFile file = parsed(kAll);
    const simulator::Scenario& scenario = file.scenario;
    EXPECT_EQ(file.seed, 12U);
    EXPECT_EQ(scenario.toml, kAll);
    EXPECT_EQ(scenario.nodes, 20);
    EXPECT_EQ(scenario.skus_by, Piece::Node);
    EXPECT_EQ(scenario.inventory.at("power_cap_w"), "700");
    EXPECT_EQ(scenario.skus.at(0).centre.at("gemm.bf16"), 3e14);
    ASSERT_EQ(scenario.metrics.size(), 3U);
    EXPECT_EQ(scenario.metrics[0].unit, "FLOP/s");
    EXPECT_DOUBLE_EQ(scenario.metrics[0].centre, 265e12);
    EXPECT_EQ(scenario.metrics[0].tail, Tail::StudentT3);
    EXPECT_EQ(scenario.metrics[0].repetitions, 7);
    EXPECT_EQ(scenario.metrics[2].name, "latency.2");
    EXPECT_EQ(scenario.metrics[2].scope, Scope::Node);
    EXPECT_DOUBLE_EQ(scenario.metrics[2].centre, 5e-6);
    EXPECT_EQ(scenario.populations.at(0).driver, "new");
    EXPECT_EQ(scenario.populations.at(0).inventory.at("power_cap_w"), "650");
    EXPECT_EQ(scenario.gradients.at(0).effect, -0.02);
    EXPECT_EQ(scenario.rack_effects.at(0).metrics.at(0), "gemm.*");
    ASSERT_EQ(scenario.faults.size(), 2U);
    EXPECT_EQ(scenario.faults[0].level, FaultLevel::Rack);
    EXPECT_EQ(scenario.faults[0].size->high, 0.1);
    EXPECT_EQ(scenario.faults[1].kind, FaultKind::Missing);
    EXPECT_EQ(scenario.faults[1].missing, Missing::TimedOut);
    EXPECT_EQ(scenario.faults[1].fraction, 0.01);
    EXPECT_FALSE(scenario.faults[1].count);
}

TEST(ScenarioFile, RefusesWithPlaceAndExpectation) {
    EXPECT_THAT(scenario_refusal("nodes = 20", "nodes = \"x\""),
                HasSubstr("s.toml:4:9: 'nodes' is a text"));
    EXPECT_THAT(scenario_refusal("nodes = 20", "nodez = 20"),
                HasSubstr("s.toml:4:1: unknown key 'nodez'"));
    EXPECT_THAT(scenario_refusal("nodes = 20", "nodes = 0"),
                HasSubstr("s.toml:4:9: 'nodes' is outside"));
    EXPECT_THAT(scenario_refusal("\"t3\"", "\"cauchy\""),
                HasSubstr("expected one of: normal, skewed, t3"));
    EXPECT_THAT(scenario_refusal("\"TFLOP/s\"", "\"furlong\""),
                HasSubstr("unit 'furlong' is not known"));
    EXPECT_THAT(scenario_refusal("centre = 265\n", ""),
                HasSubstr("'centre' is missing in [metric]"));
    EXPECT_THAT(scenario_refusal("[0.05, 0.1]", "[0.05]"),
                HasSubstr("expected a number, or a list"));
    EXPECT_THAT(scenario_refusal("[0.05, 0.1]", "nan"), HasSubstr("expected a number, or a list"));
    EXPECT_THAT(scenario_refusal("kind = \"slow\"\n", ""),
                HasSubstr("'kind' is missing in [fault]"));
    EXPECT_THAT(scenario_refusal("[\"gemm.*\"]", "[\"hpl\"]"), HasSubstr("s.toml:"));
    EXPECT_THAT(scenario_refusal("copies = 2", "copies = 0"), HasSubstr("'copies' is 0"));
    EXPECT_THAT(scenario_refusal("inside = \"one\"", "first_night = 0"),
                HasSubstr("'first_night' is 0"));
    EXPECT_THAT(scenario_refusal("inside = \"one\"", "growth = \"fast\""),
                HasSubstr("expected one of: step, linear"));
    EXPECT_THAT(scenario_refusal("min_effect = 0.05", "min_effect = 0"), HasSubstr("'min_effect'"));
}

TEST(ScenarioFile, FindsTheEntryOfAProblem) {
    EXPECT_THAT(scenario_refusal("inside = \"one\"", "inside = \"two\""),
                HasSubstr("s.toml:51:10: no fault before this one is named 'two'"));
    EXPECT_THAT(scenario_refusal("name = \"latency\"", "name = \"a/b\""),
                HasSubstr("s.toml:22:8: 'name'"));
}

TEST(ScenarioFile, AppliesSettingsAndKeepsTheResult) {
    const ScenarioFile file = parsed(kAll, {"fleet.nodes=64", "fault.0.size=0.2", "seed=9"});
    EXPECT_EQ(file.scenario.nodes, 64);
    EXPECT_EQ(file.scenario.faults[0].size->low, 0.2);
    EXPECT_EQ(file.seed, 9U);
    const ScenarioFile again = parsed(file.scenario.toml);
    EXPECT_EQ(again.scenario.nodes, 64);
    EXPECT_EQ(again.scenario.metrics.size(), 3U);
}

class ShippedScenario : public testing::TestWithParam<const char*> {};

TEST_P(ShippedScenario, MakesAFleet) {
    const auto path =
        test::source_folder() / "plans" / "scenarios" / (std::string{GetParam()} + ".toml");
    const ScenarioFile file = read_scenario(path, {});
    EXPECT_EQ(file.scenario.name, GetParam());
    EXPECT_FALSE(file.seed) << "users draw their own";
    if (file.scenario.nodes > 20'000) return;  // "million" takes seconds
    const simulator::FleetSimulator fleet{file.scenario, 1};
    EXPECT_EQ(fleet.metric(0).metric.name, file.scenario.metrics[0].name);
    EXPECT_EQ(fleet.planted().empty(), file.scenario.faults.empty());
}

INSTANTIATE_TEST_SUITE_P(Scenarios, ShippedScenario,
                         testing::Values("clean", "clean-heavy-tails", "four-by-four", "lower-mode",
                                         "million", "missing", "mixed", "nine-nodes", "quarter-bad",
                                         "rack-effects", "slot-gradient", "slow-devices",
                                         "slow-fleet", "thirty-nights", "slow-nodes", "two-drivers",
                                         "two-skus", "unstable-devices", "vm-noise",
                                         "wrong-answers"),
                         [](const auto& each) {
                             std::string name = each.param;
                             std::ranges::replace(name, '-', '_');
                             return name;
                         });

}  // namespace
}  // namespace rackproof
