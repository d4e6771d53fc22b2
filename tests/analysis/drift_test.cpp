#include "analysis/drift.hpp"

#include <gmock/gmock.h>

#include "analysis/nightly_table.hpp"
#include "analysis/simulator/fleet_simulator.hpp"
#include "core/index.hpp"
#include "tests/analysis/judge_support.hpp"
#include "tests/support/held_past.hpp"

namespace rackproof {
namespace {

using rackproof::test::by_rule;
using rackproof::test::HeldPast;
using simulator::FaultLevel;
using simulator::Growth;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

simulator::Scenario nightly_fleet(std::int32_t nodes, std::int32_t nights) {
    simulator::Scenario scenario;
    scenario.nights = nights;
    scenario.nodes = nodes;
    simulator::MetricModel metric;
    metric.name = "gemm.bf16";
    metric.unit = "FLOP/s";
    metric.centre = 7e14;
    metric.night_noise = 0.002;
    scenario.metrics.push_back(metric);
    return scenario;
}

simulator::FaultPlan slow_on(FaultLevel level, double size, simulator::Nights nights) {
    simulator::FaultPlan fault;
    fault.level = level;
    fault.count = 1;
    fault.size = simulator::Range{size, size};
    fault.nights = nights;
    return fault;
}

std::vector<rackproof::Run> runs_of(const simulator::Scenario& scenario, std::uint64_t seed) {
    std::vector<rackproof::Run> runs;
    for (std::int32_t night = 1; night <= scenario.nights; ++night) {
        runs.push_back(simulate(simulator::FleetSimulator{scenario, seed, night}));
    }
    return runs;
}

/// The last run against those before it.
Judgement judged_last(std::vector<rackproof::Run> runs) {
    const rackproof::Run last = std::move(runs.back());
    runs.pop_back();
    HeldPast past{std::move(runs), last};
    HeldMetrics metrics{last};
    return judge(last, metrics, {}, 1, &past);
}

Judgement judged_nights(const simulator::Scenario& scenario, std::uint64_t seed) {
    return judged_last(runs_of(scenario, seed));
}

std::string planted_place(const simulator::Scenario& scenario, std::uint64_t seed,
                          std::size_t index) {
    const simulator::FleetSimulator fleet{scenario, seed};
    const auto& layout = fleet.layout();
    const std::int32_t slot = fleet.planted()[index].unit;
    const std::int32_t node = layout.node_of_slot[at(slot)];
    return layout.nodes[at(node)].name + "/" + std::to_string(slot - layout.first_slot[at(node)]);
}

int night_number(const Finding& finding) {
    return std::stoi(finding.since.substr(8, 2));  // of "2026-01-12T00:00:00Z"
}

TEST(WorseScale, GoesThereAndBack) {
    const WorseScale rate{{"gemm", "gemm", "FLOP/s", Direction::HigherIsBetter}};
    EXPECT_NEAR(rate.value(rate.worse(7e14)) / 7e14, 1, 1e-12);
    EXPECT_NEAR(rate.size(rate.worse(0.96) - rate.worse(1.0)), 0.04, 1e-12);
    EXPECT_NEAR(rate.size(rate.difference(0.03)), 0.03, 1e-12);
    EXPECT_TRUE(std::isnan(rate.worse(0)));
    const WorseScale time{{"latency", "net", "s", Direction::LowerIsBetter}};
    EXPECT_NEAR(time.size(time.worse(1.04) - time.worse(1.0)), 0.04, 1e-12);
    const WorseScale heat{{"heat", "burnin", "degC", Direction::LowerIsBetter}};
    EXPECT_EQ(heat.worse(61.5), 61.5);
    EXPECT_EQ(heat.size(heat.difference(5)), 5.0);
}

TEST(Drift, OfAStepIsFoundWithItsNight) {
    simulator::Scenario scenario = nightly_fleet(40, 30);
    scenario.faults.push_back(slow_on(FaultLevel::Device, 0.04, {.first = 12}));
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const auto found = by_rule(judged_nights(scenario, seed), "history");
        ASSERT_EQ(found.size(), 1U) << "seed " << seed;
        EXPECT_EQ(found[0].node + "/" + *found[0].device, planted_place(scenario, seed, 0));
        EXPECT_EQ(found[0].kind, FindingKind::Drift);
        EXPECT_EQ(found[0].verdict, Verdict::Fail);
        EXPECT_NEAR(*found[0].deviation, -0.04, 0.004);
        EXPECT_NEAR(*found[0].observed / *found[0].expected, 0.96, 0.004);
        EXPECT_NEAR(night_number(found[0]), 12, 2);
        EXPECT_THAT(found[0].sentence, HasSubstr("below its own past, since 2026-01-"));
    }
}

TEST(Drift, OfADeviceThatLosesALittleEachNightIsFoundWithItsFirstNight) {
    simulator::Scenario scenario = nightly_fleet(40, 30);
    simulator::FaultPlan fault = slow_on(FaultLevel::Device, 0.002, {.first = 6});
    fault.growth = Growth::Linear;
    scenario.faults.push_back(fault);
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const auto found = by_rule(judged_nights(scenario, seed), "history");
        ASSERT_EQ(found.size(), 1U) << "seed " << seed;
        EXPECT_EQ(found[0].node + "/" + *found[0].device, planted_place(scenario, seed, 0));
        EXPECT_NEAR(*found[0].deviation, -0.05, 0.006);
        EXPECT_NEAR(night_number(found[0]), 6, 2) << "seed " << seed;
        EXPECT_THAT(found[0].sentence, HasSubstr("% a night from 2026-01-"));
    }
}

TEST(Drift, OfAllTogetherIsOneFindingOnTheFleetAndNobodysFault) {
    simulator::Scenario scenario = nightly_fleet(40, 30);
    scenario.metrics.push_back(scenario.metrics[0]);
    scenario.metrics.back().name = "gemm.fp64";
    simulator::Population update;
    update.fraction = 1;
    update.effect = -0.02;
    update.driver = "580";
    update.nights.first = 20;
    scenario.populations.push_back(update);
    const Judgement judgement = judged_nights(scenario, 1);
    ASSERT_EQ(judgement.findings.size(), 1U);
    const Finding& finding = judgement.findings[0];
    EXPECT_EQ(finding.level, Level::Fleet);
    EXPECT_EQ(finding.kind, FindingKind::Drift);
    EXPECT_EQ(finding.verdict, Verdict::Watch);
    EXPECT_EQ(night_number(finding), 20);
    EXPECT_NEAR(*finding.deviation, -0.02, 0.002);
    EXPECT_THAT(finding.sentence, HasSubstr("and 1 more"));
    EXPECT_THAT(finding.sentence, HasSubstr("driver of most devices became '580'"));
    for (const NodeVerdict& node : judgement.nodes) EXPECT_EQ(node.verdict, Verdict::Pass);
}

TEST(Drift, DoesNotComeOfSingleBadNights) {
    simulator::Scenario scenario = nightly_fleet(40, 30);
    for (const std::int32_t night : {1, 7, 17, 29, 30}) {
        simulator::FaultPlan bad = slow_on(FaultLevel::Device, 0.1, {night, night});
        bad.count = 10;
        scenario.faults.push_back(bad);
    }
    EXPECT_THAT(by_rule(judged_nights(scenario, 1), "history"), IsEmpty());
}

TEST(Drift, OfARackIsTheRacks) {
    simulator::Scenario scenario = nightly_fleet(40, 20);
    scenario.faults.push_back(slow_on(FaultLevel::Rack, 0.05, {.first = 10}));
    const auto found = by_rule(judged_nights(scenario, 1), "history");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].level, Level::Rack);
    EXPECT_NEAR(night_number(found[0]), 10, 2);
    EXPECT_THAT(found[0].sentence, HasSubstr("the rack's own past"));
}

TEST(Drift, OfEveryDeviceOfANodeIsTheNodes) {
    simulator::Scenario scenario = nightly_fleet(40, 20);
    scenario.faults.push_back(slow_on(FaultLevel::Node, 0.05, {.first = 10}));
    const auto found = by_rule(judged_nights(scenario, 1), "history");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].level, Level::Node);
}

TEST(Drift, IsFoundInOneNodeAlone) {
    simulator::Scenario scenario = nightly_fleet(1, 20);
    scenario.devices_per_node = 1;
    scenario.faults.push_back(slow_on(FaultLevel::Device, 0.1, {.first = 10}));
    const auto found = by_rule(judged_nights(scenario, 1), "history");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].level, Level::Device);
    EXPECT_NEAR(night_number(found[0]), 10, 1);
}

TEST(Drift, IsFalseInAtMostOneOfTwentyCleanHistories) {
    simulator::Scenario scenario = nightly_fleet(40, 14);
    scenario.metrics[0].tail = simulator::Tail::StudentT3;
    scenario.metrics[0].outlier_rate = 0.05;
    int with_drift = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        with_drift += by_rule(judged_nights(scenario, seed), "history").empty() ? 0 : 1;
    }
    EXPECT_LE(with_drift, 1);
}

TEST(Drift, DoesNotDependOnTheOrderOfRows) {
    simulator::Scenario scenario = nightly_fleet(10, 12);
    scenario.faults.push_back(slow_on(FaultLevel::Device, 0.05, {.first = 6}));
    std::vector<rackproof::Run> runs = runs_of(scenario, 3);
    const auto found = by_rule(judged_last(runs), "history");
    std::mt19937_64 random{1};
    for (rackproof::Run& run : runs) run = rackproof::test::shuffled(run, random);
    const auto again = by_rule(judged_last(runs), "history");
    ASSERT_EQ(found.size(), 1U);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].sentence, found[0].sentence);
    EXPECT_EQ(again[0].p_value, found[0].p_value);
}

TEST(Drift, OfADeviceThatWasReplacedHasNoPast) {
    simulator::Scenario scenario = nightly_fleet(10, 12);
    scenario.faults.push_back(slow_on(FaultLevel::Device, 0.05, {.first = 6}));
    std::vector<rackproof::Run> runs = runs_of(scenario, 3);
    for (std::size_t night = 0; night < runs.size(); ++night) {
        for (Device& device : runs[night].devices) device.serial = night < 5 ? "old" : "new";
    }
    EXPECT_THAT(by_rule(judged_last(runs), "history"), IsEmpty());
}

TEST(Drift, LeavesOutNightsThatMeasuredSomethingElse) {
    simulator::Scenario scenario = nightly_fleet(10, 12);
    scenario.faults.push_back(slow_on(FaultLevel::Device, 0.05, {.first = 6}));
    std::vector<rackproof::Run> runs = runs_of(scenario, 3);
    for (std::size_t night = 0; night < 5; ++night) {
        runs[night].metrics[0].parameters = R"({"m":4096})";
    }
    const Judgement judgement = judged_last(runs);
    EXPECT_THAT(by_rule(judgement, "history"), IsEmpty());
    ASSERT_EQ(judgement.history.size(), 2U);
    EXPECT_THAT(judgement.history[1], HasSubstr("gemm.bf16: 5 earlier runs left out"));
}

TEST(Drift, TakesTheLastAttemptOfANight) {
    simulator::Scenario scenario = nightly_fleet(10, 12);
    std::vector<rackproof::Run> runs = runs_of(scenario, 3);
    for (std::size_t night = 5; night < runs.size(); ++night) {
        Metric& metric = runs[night].metrics[0];
        const double value = metric.values[0];
        for (std::size_t i = 0; i < metric.repetitions; ++i) metric.values[i] = 0.5 * value;
        rackproof::test::add_retest(metric, 0, 1, Outcome::Completed, value);
    }
    EXPECT_THAT(by_rule(judged_last(runs), "history"), IsEmpty());
}

TEST(Drift, OfTheLastNightIsSlowAmongItsPeers) {
    simulator::Scenario scenario = nightly_fleet(40, 30);
    scenario.faults.push_back(slow_on(FaultLevel::Device, 0.15, {.first = 30}));
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const Judgement judgement = judged_nights(scenario, seed);
        ASSERT_EQ(judgement.findings.size(), 1U) << "seed " << seed;
        const Finding& finding = judgement.findings[0];
        EXPECT_EQ(finding.node + "/" + *finding.device, planted_place(scenario, seed, 0));
        EXPECT_EQ(finding.rule, "cohort");
        EXPECT_EQ(finding.verdict, Verdict::Fail);
    }
}

/// Makes each node's row that of a group of it and the next, in another order every other night.
void measure_as_groups(std::vector<rackproof::Run>& runs) {
    for (std::size_t night = 0; night < runs.size(); ++night) {
        rackproof::Run& run = runs[night];
        const auto nodes = static_cast<std::int32_t>(run.nodes.size());
        const bool is_turned = night % 2 == 1;
        for (std::int32_t node = 0; node < nodes; ++node) {
            run.groups.push_back({node, (node + 1) % nodes});
            if (is_turned) std::swap(run.groups.back()[0], run.groups.back()[1]);
        }
        run.metrics[0].scope = Scope::Group;
        if (!is_turned) continue;
        std::ranges::reverse(run.groups);
        for (Target& target : run.metrics[0].target) target.first = nodes - 1 - target.first;
    }
}

TEST(Drift, OfAGroupIsTheFleetsAndKnowsItByItsMembers) {
    simulator::Scenario scenario = nightly_fleet(20, 20);
    scenario.metrics[0].scope = Scope::Node;
    scenario.faults.push_back(slow_on(FaultLevel::Node, 0.05, {.first = 10}));
    std::vector<rackproof::Run> runs = runs_of(scenario, 1);
    measure_as_groups(runs);
    const auto found = by_rule(judged_last(std::move(runs)), "history");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].level, Level::Fleet);
    EXPECT_NEAR(night_number(found[0]), 10, 2);
    const simulator::FleetSimulator fleet{scenario, 1};
    const std::int32_t node = fleet.planted()[0].unit;
    EXPECT_THAT(found[0].sentence, HasSubstr("the group of"));
    EXPECT_THAT(found[0].sentence, HasSubstr(fleet.frame().nodes[at(node)].name));
}

TEST(Drift, DoesNotTakeARetestOfOneForANightOfAll) {
    simulator::Scenario scenario = nightly_fleet(10, 20);
    scenario.faults.push_back(slow_on(FaultLevel::Device, 0.05, {.first = 10}));
    const std::vector<rackproof::Run> nights = runs_of(scenario, 3);
    const auto found = by_rule(judged_last(nights), "history");
    ASSERT_EQ(found.size(), 1U);
    const std::string place = planted_place(scenario, 3, 0);
    std::vector<rackproof::Run> runs;
    for (const rackproof::Run& night : nights) {
        runs.push_back(night);
        rackproof::Run& retest = runs.emplace_back(night);
        Metric& metric = retest.metrics[0];
        for (std::size_t i = 0; i < metric.rows(); ++i) {
            const Device& device = retest.devices[at(metric.target[i].first)];
            const bool is_it =
                place == retest.nodes[at(device.node)].name + "/" + std::to_string(device.index);
            if (!is_it) metric.outcome[i] = Outcome::Skipped;
        }
    }
    runs.pop_back();
    const auto again = by_rule(judged_last(std::move(runs)), "history");
    ASSERT_EQ(again.size(), 1U);
    EXPECT_NEAR(*again[0].deviation, *found[0].deviation, 1e-4);
    EXPECT_EQ(again[0].since, found[0].since);
}

TEST(Drift, SaysHowManyRunsThereWere) {
    const auto runs = runs_of(nightly_fleet(4, 3), 1);
    EXPECT_THAT(judged_last(runs).history.at(0),
                HasSubstr("Held against 2 earlier runs, from 2026-01-01 to 2026-01-02: too few"));
    EXPECT_THAT(judged_last({runs[0]}).history.at(0), HasSubstr("There is no earlier run."));
    EXPECT_THAT(judge(runs[0], {}).history, IsEmpty());
}

}  // namespace
}  // namespace rackproof
