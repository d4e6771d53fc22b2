#include "analysis/simulator/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "core/error.hpp"
#include "tests/analysis/simulator/scenarios.hpp"

namespace rackproof::simulator {
namespace {

using test::fault;
using ::testing::HasSubstr;

/// "TABLE INDEX KEY: TEXT" of the first problem; empty if there is none.
std::string problem(const std::function<void(Scenario&)>& change) {
    Scenario scenario = test::fleet(16, {"gemm.fp64", "hot"});
    scenario.metrics[1].unit = "degC";
    scenario.metrics[1].centre = 60;
    scenario.faults = {fault(FaultKind::Slow, FaultLevel::Device, 2)};
    change(scenario);
    const auto found = find_problem(scenario);
    if (!found) return "";
    return found->table + " " + std::to_string(found->index) + " " + found->key + ": " +
           found->text;
}

TEST(FindProblem, FindsNoneInASoundScenario) {
    EXPECT_EQ(problem([](Scenario&) {}), "");
    EXPECT_EQ(problem([](Scenario& s) { s.metrics[1].centre = -10; }), "")
        << "degC may be negative";
}

TEST(FindProblem, NamesTheEntryAndTheKey) {
    EXPECT_THAT(problem([](Scenario& s) { s.metrics.clear(); }), HasSubstr("metric: there is no"));
    EXPECT_THAT(problem([](Scenario& s) { s.nodes = 0; }), HasSubstr("fleet 0 nodes"));
    EXPECT_THAT(problem([](Scenario& s) { s.devices_per_node = 0; }),
                HasSubstr("fleet 0 devices_per_node"));
    EXPECT_THAT(problem([](Scenario& s) {
                    s.nodes = 2'000'000;
                    s.devices_per_node = 100;
                }),
                HasSubstr("more than 100 million devices"));
    EXPECT_THAT(problem([](Scenario& s) { s.skus_by = Piece::Device; }), HasSubstr("skus_by"));
    EXPECT_THAT(problem([](Scenario& s) { s.metrics[0].name = "a/b"; }),
                HasSubstr("metric 0 name"));
    EXPECT_THAT(problem([](Scenario& s) { s.metrics[1].name = "gemm.fp64"; }),
                HasSubstr("metric 1 name: there are two"));
    EXPECT_THAT(problem([](Scenario& s) { s.metrics[0].scope = Scope::Group; }),
                HasSubstr("metric 0 scope"));
    EXPECT_THAT(problem([](Scenario& s) { s.metrics[0].centre = 0; }),
                HasSubstr("metric 0 centre"));
    EXPECT_THAT(problem([](Scenario& s) { s.metrics[0].spread = std::nan(""); }),
                HasSubstr("metric 0 spread"));
    EXPECT_THAT(problem([](Scenario& s) { s.metrics[0].correlation = 1.5; }),
                HasSubstr("metric 0 correlation"));
    EXPECT_THAT(problem([](Scenario& s) { s.metrics[0].repetitions = 0; }),
                HasSubstr("metric 0 repetitions"));
}

TEST(FindProblem, LooksAtSkusAndAtWhatIsNoFault) {
    EXPECT_THAT(problem([](Scenario& s) {
                    s.skus.resize(2);
                    s.skus[1].fraction = 0.5;
                }),
                HasSubstr("sku 0 fraction: the skus' fractions do not sum to 1"));
    EXPECT_THAT(problem([](Scenario& s) {
                    s.skus.resize(1);
                    s.skus[0].centre["stream"] = 1;
                }),
                HasSubstr("sku 0 centre: there is no metric 'stream'"));
    EXPECT_THAT(problem([](Scenario& s) {
                    s.populations.resize(1);
                    s.populations[0].fraction = 0.5;
                    s.populations[0].metrics = {"membw.*"};
                }),
                HasSubstr("population 0 metrics: no metric of the scenario is named 'membw.*'"));
    EXPECT_THAT(problem([](Scenario& s) {
                    s.gradients.resize(1);
                    s.gradients[0].effect = -3;  // kelvin for "hot", and 300 % for the other
                }),
                HasSubstr("gradient 0 effect"));
    EXPECT_EQ(problem([](Scenario& s) {
                  s.gradients.resize(1);
                  s.gradients[0].effect = -3;
                  s.gradients[0].metrics = {"hot"};
              }),
              "");
    EXPECT_THAT(problem([](Scenario& s) {
                    s.rack_effects.resize(1);
                    s.rack_effects[0].spread = -0.1;
                }),
                HasSubstr("rack_effect 0 spread"));
}

TEST(FindProblem, LooksAtFaults) {
    EXPECT_THAT(problem([](Scenario& s) { s.faults[0].count.reset(); }),
                HasSubstr("fault 0 count: 'count' or 'fraction' is missing"));
    EXPECT_THAT(problem([](Scenario& s) { s.faults[0].fraction = 0.5; }),
                HasSubstr("fault 0 count: 'count' stands beside"));
    EXPECT_THAT(problem([](Scenario& s) { s.faults[0].size.reset(); }),
                HasSubstr("fault 0 size: a fault of this kind needs"));
    EXPECT_THAT(problem([](Scenario& s) { s.faults[0].kind = FaultKind::Missing; }),
                HasSubstr("fault 0 size: a fault of this kind has no size"));
    EXPECT_THAT(problem([](Scenario& s) {
                    s.faults[0].size = Range{0.2, 0.1};
                }),
                HasSubstr("fault 0 size"));
    EXPECT_THAT(problem([](Scenario& s) {
                    s.faults[0].size = Range{1.2, 1.2};
                }),
                HasSubstr("in 'gemm.fp64' that is more than can be simulated"));
    EXPECT_EQ(
        problem([](Scenario& s) {
            s.metrics[0].better = Direction::LowerIsBetter;
            s.faults[0].metrics = {"gemm.fp64"};
            s.faults[0].size = Range{20, 300};  // a latency may be three hundred times as long
        }),
        "");
    EXPECT_THAT(problem([](Scenario& s) { s.faults[0].level = FaultLevel::Fleet; }),
                HasSubstr("fault 0 level: there is one fleet"));
    EXPECT_THAT(problem([](Scenario& s) { s.faults[0].inside = "rack"; }),
                HasSubstr("fault 0 inside: no fault before this one is named 'rack'"));
    EXPECT_THAT(problem([](Scenario& s) {
                    for (MetricModel& metric : s.metrics) metric.scope = Scope::Node;
                }),
                HasSubstr("fault 0 metrics: a device's fault does not show"));
}

TEST(FleetSimulator, RefusesWhatFindProblemFinds) {
    Scenario scenario = test::fleet(4);
    scenario.faults = {fault(FaultKind::Slow, FaultLevel::Device, 1)};
    scenario.faults[0].size.reset();
    EXPECT_THROW(FleetSimulator(scenario, 1), InputError);
}

}  // namespace
}  // namespace rackproof::simulator
