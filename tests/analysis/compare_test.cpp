#include "analysis/compare.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <string>

#include "analysis/simulator/fleet_simulator.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// So many racks of two nodes of one device each; `value(i)` of the i-th.
ComparedMetric some_metric(std::int32_t racks, const std::function<double(std::int32_t)>& value) {
    ComparedMetric metric;
    metric.identity = {"gemm.bf16", "gemm", "FLOP/s", Direction::HigherIsBetter};
    metric.parameters = R"({"m":8192})";
    metric.like.algorithm = "tiled";
    for (std::int32_t i = 0; i < 2 * racks; ++i) {
        metric.values.push_back(value(i));
        metric.node.push_back(i);
        metric.rack.push_back(i / 2);
    }
    return metric;
}

ComparedMetric around(double centre, std::int32_t racks = 24) {
    return some_metric(racks, [=](std::int32_t i) { return centre * (1 + 0.001 * (i % 7 - 3)); });
}

TEST(Compare, SaysTheDifferenceItsIntervalAndTheEffect) {
    const MetricComparison result = compare(around(1e12), around(0.97e12));
    EXPECT_THAT(result.refused, IsEmpty());
    EXPECT_EQ(result.scale, MetricComparison::Scale::Relative);
    EXPECT_NEAR(*result.difference, -0.03, 1e-12);
    ASSERT_TRUE(result.interval);
    EXPECT_LT(result.interval->low, -0.03);
    EXPECT_GT(result.interval->high, -0.03);
    EXPECT_LT(result.interval->high - result.interval->low, 0.01);
    EXPECT_EQ(result.interval->unit, OuterUnit::Rack);
    EXPECT_EQ(result.interval->units_a, 24);
    EXPECT_EQ(*result.effect, -1);
    EXPECT_EQ(*result.a.median, 1e12);
    EXPECT_EQ(result.a.targets, 48);
    EXPECT_LT(*result.a.low, *result.a.median);
    EXPECT_GT(*result.a.high, *result.a.median);
}

TEST(Compare, TheEffectPointsToTheBetterOne) {
    ComparedMetric a = around(1.0);
    ComparedMetric b = around(0.9);
    for (ComparedMetric* metric : {&a, &b}) metric->identity.better = Direction::LowerIsBetter;
    EXPECT_EQ(*compare(a, b).effect, 1);
    EXPECT_NEAR(*compare(a, a).effect, 0, 1e-12);
    // Of 16 pairs of values the second is better in 10 and worse in 6.
    ComparedMetric few = some_metric(2, [](std::int32_t i) { return i; });
    ComparedMetric other = some_metric(2, [](std::int32_t i) { return i + 0.5 * (i % 2) + 0.25; });
    EXPECT_NEAR(*compare(few, other).effect, (10.0 - 6.0) / 16, 1e-12);
}

TEST(Compare, WhatIsNotAlikeIsRefusedWithTheReason) {
    const ComparedMetric a = around(1e12);
    const auto refusal = [&](const std::function<void(ComparedMetric&)>& change) {
        ComparedMetric b = around(1e12);
        change(b);
        const MetricComparison result = compare(a, b);
        EXPECT_FALSE(result.difference);
        EXPECT_FALSE(result.interval);
        return result.refused;
    };
    EXPECT_THAT(refusal([](auto& b) { b.parameters = "{}"; }),
                HasSubstr("not alike: parameters '{\"m\":8192}' and '{}'"));
    EXPECT_THAT(refusal([](auto& b) { b.like.algorithm = "split"; }),
                HasSubstr("algorithm 'tiled' and 'split'"));
    EXPECT_THAT(refusal([](auto& b) { b.like.transport = "tcp"; }), HasSubstr("transport"));
    EXPECT_THAT(refusal([](auto& b) { b.like.parameters = "{\"x\":1}"; }),
                HasSubstr("parameters of the targets"));
    EXPECT_THAT(refusal([](auto& b) { b.identity.unit = "B/s"; }), HasSubstr("unit"));
    EXPECT_THAT(refusal([](auto& b) { b.identity.better = Direction::None; }),
                HasSubstr("direction 'higher' and 'none'"));
    EXPECT_THAT(refusal([](auto& b) { b.scope = Scope::Node; }), HasSubstr("scope"));
    EXPECT_THAT(refusal([](auto& b) { b.clocks = "power limit at 70 %"; }),
                HasSubstr("clocks policy '' and 'power limit at 70 %'"));
    EXPECT_THAT(refusal([](auto& b) { b = some_metric(0, {}); }),
                HasSubstr("no numbers in one of them"));
    EXPECT_EQ(only_in_one(a, "old.h5").refused, "only in old.h5");
}

TEST(Compare, AnotherLibraryIsSaidAndForbidsNothing) {
    ComparedMetric a = around(1e12);
    ComparedMetric b = a;
    a.like.library = "12.4";
    b.like.library = "13.0";
    EXPECT_THAT(compare(a, b).refused, IsEmpty());
    EXPECT_EQ(compare(a, b).note, "library '12.4' and '13.0'");
}

TEST(Compare, FewRacksAreResampledByNodesAndFewNodesNotAtAll) {
    EXPECT_EQ(compare(around(1, 19), around(1, 24)).interval->unit, OuterUnit::Node);
    EXPECT_EQ(compare(around(1, 20), around(1, 24)).interval->unit, OuterUnit::Rack);
    ComparedMetric loose = around(1, 24);
    loose.rack[3] = -1;  // of a node without a rack
    EXPECT_EQ(compare(loose, around(1, 24)).interval->unit, OuterUnit::Node);
    const MetricComparison few = compare(around(1, 24), around(1, 9));
    EXPECT_FALSE(few.interval);
    EXPECT_EQ(few.no_interval, "48 and 18 nodes: at least 20 racks or nodes of each are needed");
    ComparedMetric pairs = around(1, 24);
    for (std::int32_t& node : pairs.node) node = -1;
    EXPECT_THAT(compare(pairs, pairs).no_interval, HasSubstr("lie on several nodes each"));
    EXPECT_TRUE(compare(pairs, pairs).difference);
}

TEST(Compare, TemperaturesAndWhatIsNotAboveZeroDifferAbsolutely) {
    ComparedMetric a = around(60);
    ComparedMetric b = around(63);
    a.identity.unit = b.identity.unit = "degC";
    EXPECT_EQ(compare(a, b).scale, MetricComparison::Scale::Absolute);
    EXPECT_NEAR(*compare(a, b).difference, 3, 1e-12);
    EXPECT_GT(compare(a, b).interval->high, 3);
    const MetricComparison zero = compare(around(0), around(2));
    EXPECT_EQ(zero.scale, MetricComparison::Scale::Absolute);
    EXPECT_NEAR(*zero.difference, 2, 1e-12);
}

TEST(Compare, KeepsAHundredPartsOfEachPopulation) {
    const MetricComparison result = compare(around(1e12), around(0.97e12));
    ASSERT_EQ(result.a.quantiles.size(), 101U);
    EXPECT_EQ(result.a.quantiles[50], *result.a.median);
    EXPECT_EQ(result.a.quantiles[1], *result.a.low);
    EXPECT_EQ(result.a.quantiles[99], *result.a.high);
    EXPECT_DOUBLE_EQ(result.a.quantiles[0], 0.997e12);
    EXPECT_DOUBLE_EQ(*middle_band(result.a), *result.a.high - *result.a.low);
    EXPECT_FALSE(middle_band(compare(some_metric(0, {}), around(1)).a));
    EXPECT_TRUE(compare(some_metric(0, {}), around(1)).a.quantiles.empty());
}

TEST(StandingOf, IsWhatTheIntervalSaysInTheMetricsDirection) {
    ComparedMetric a = around(1e12);
    ComparedMetric b = around(0.97e12);
    EXPECT_EQ(standing_of(compare(a, b)), RelativeStanding::Worse);
    EXPECT_EQ(standing_of(compare(b, a)), RelativeStanding::Better);
    EXPECT_EQ(standing_of(compare(a, a)), RelativeStanding::NotShown);
    EXPECT_EQ(standing_of(compare(a, around(1e12, 9))), RelativeStanding::Unknown);
    EXPECT_EQ(standing_of(only_in_one(a, "x")), std::nullopt);
    for (ComparedMetric* metric : {&a, &b}) metric->identity.better = Direction::LowerIsBetter;
    EXPECT_EQ(standing_of(compare(a, b)), RelativeStanding::Better);
    for (ComparedMetric* metric : {&a, &b}) metric->identity.better = Direction::None;
    EXPECT_EQ(standing_of(compare(a, b)), RelativeStanding::Lower);
    EXPECT_EQ(standing_of(compare(b, a)), RelativeStanding::Higher);
}

TEST(EffectSize, IsAWordForCliffsDelta) {
    EXPECT_EQ(effect_size(0.1), "negligible");
    EXPECT_EQ(effect_size(-0.2), "small");
    EXPECT_EQ(effect_size(0.4), "medium");
    EXPECT_EQ(effect_size(-0.9), "large");
}

/// Racks, nodes and GPUs that all differ; and nothing else, where `racks` do not.
ComparedMetric simulated_vendor(double centre, std::int32_t nodes, double rack_spread,
                                std::uint64_t seed) {
    simulator::Scenario scenario;
    scenario.nodes = nodes;
    scenario.nodes_per_rack = 4;
    scenario.devices_per_node = 4;
    scenario.node_spread = 0.006;
    simulator::MetricModel model;
    model.name = "gemm.bf16";
    model.unit = "FLOP/s";
    model.centre = centre;
    model.spread = 0.01;
    scenario.metrics = {model};
    if (rack_spread > 0) scenario.rack_effects = {{rack_spread, {}}};
    const rackproof::Run run = simulate(simulator::FleetSimulator{scenario, seed});
    return compared_metric(Survey{run}, run.metrics.at(0));
}

/// Trials by RACKPROOF_TRIALS: 1,000 with the label `long`.
int trials() {
    const char* asked = std::getenv("RACKPROOF_TRIALS");
    return asked == nullptr ? 60 : std::stoi(asked);
}

struct Nested {
    const char* name;
    std::int32_t nodes;
    double rack_spread;
    OuterUnit unit;
};

class CompareCoverage : public testing::TestWithParam<Nested> {};

TEST_P(CompareCoverage, OfAKnownDifferenceIsWhatItSays) {
    constexpr double kTruth = -0.02;
    const Nested& nested = GetParam();
    const int all = trials();
    int covered = 0;
    for (int i = 0; i < all; ++i) {
        const auto seed = 2 * static_cast<std::uint64_t>(i) + 1;
        const MetricComparison result = compare(
            simulated_vendor(8e14, nested.nodes, nested.rack_spread, seed),
            simulated_vendor(8e14 * (1 + kTruth), nested.nodes, nested.rack_spread, seed + 1));
        ASSERT_TRUE(result.interval) << result.no_interval;
        ASSERT_EQ(result.interval->unit, nested.unit);
        if (result.interval->low <= kTruth && kTruth <= result.interval->high) ++covered;
    }
    const double share = static_cast<double>(covered) / all;
    RecordProperty("covered", covered);
    std::printf("%s: the interval covers the difference in %d of %d\n", nested.name, covered, all);
    // What 0.95 may give in so many trials, and never more than 2 % where they are 1,000.
    const double deviation = std::sqrt(0.95 * 0.05 / all);
    EXPECT_NEAR(share, 0.95, all >= 1000 ? 0.02 : 3.5 * deviation);
}

INSTANTIATE_TEST_SUITE_P(, CompareCoverage,
                         testing::Values(Nested{"racks", 96, 0.008, OuterUnit::Rack},
                                         Nested{"fewest_racks", 80, 0.008, OuterUnit::Rack},
                                         Nested{"nodes", 24, 0, OuterUnit::Node}),
                         [](const auto& nested) { return std::string{nested.param.name}; });

}  // namespace
}  // namespace rackproof
