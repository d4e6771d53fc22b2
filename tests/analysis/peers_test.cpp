#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <vector>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::add_steady_metric;
using rackproof::test::make_fleet;
using rackproof::test::verdict_of;
using ::testing::DoubleNear;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Lt;
using ::testing::Optional;
using ::testing::SizeIs;

constexpr double kPeerRate = 1e12;

/// 100, 101, ... % of the rate in turn, but `odd` on target 5.
rackproof::Run ladder(int targets, double odd, const rackproof::test::MetricShape& shape = {}) {
    rackproof::Run run = make_fleet(targets, 1);
    add_metric(run, shape, [odd](std::size_t target) {
        return target == 5 ? odd : kPeerRate * (1 + 0.001 * static_cast<double>(target % 5));
    });
    return run;
}

TEST(Peers, ACohortThatNoPopulationFitsIsNotJudged) {
    rackproof::Run run = make_fleet(8, 1);
    add_metric(run, {}, [](std::size_t target) {
        return target == 0   ? 1.7e308
               : target == 1 ? -1.7e308
                             : 1.0 + 0.01 * static_cast<double>(target);
    });
    const Judgement judgement = judge(run, {});
    EXPECT_EQ(judgement.coverage[0].judged, 0);
    EXPECT_THAT(judgement.coverage[0].not_judged, HasSubstr("no population fits"));
}

TEST(Peers, ASlowTargetFailsWithItsEvidence) {
    const Judgement judgement = judge(ladder(16, 0.9 * kPeerRate), {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    const Finding& finding = judgement.findings[0];
    EXPECT_EQ(finding.verdict, Verdict::Fail);
    EXPECT_EQ(finding.kind, FindingKind::Slow);
    EXPECT_EQ(finding.rule, "cohort");
    EXPECT_EQ(finding.node, "n5");
    EXPECT_EQ(finding.cohort, 16);
    EXPECT_EQ(finding.unit, "FLOP/s");
    EXPECT_THAT(finding.observed, Optional(0.9 * kPeerRate));
    EXPECT_THAT(finding.expected, Optional(DoubleNear(1.002 * kPeerRate, 0.002 * kPeerRate)));
    EXPECT_THAT(finding.deviation, Optional(DoubleNear(-0.102, 0.002)));
    EXPECT_THAT(finding.p_value, Optional(Lt(1e-4)));
    EXPECT_THAT(finding.sentence, HasSubstr("% below the median of its cohort of 16"));
}

/// Of 16 nodes of one device, one slow by eight spreads in one metric of six: that its tail is
/// light the 16 cannot show, so that it does not always fail; mostly it does not pass, either.
TEST(Peers, ASlowNodeOfFewDoesMostlyNotPass) {
    constexpr std::uint64_t kFleets = 50;
    int seen = 0;
    int others = 0;
    for (std::uint64_t seed = 1; seed <= kFleets; ++seed) {
        rackproof::Run run = make_fleet(16, 1);
        std::mt19937_64 random{seed};
        std::normal_distribution<double> own{kPeerRate, 0.01 * kPeerRate};
        std::normal_distribution<double> noise{1, 1e-3};
        for (int i = 0; i < 6; ++i) {
            std::vector<double> rates(16);
            std::ranges::generate(rates, [&] { return own(random); });
            if (i == 0) rates[5] = 0.92 * kPeerRate;
            add_metric(run, {.name = fmt::format("gemm.{}", i)},
                       [&](std::size_t target) { return rates[target] * noise(random); });
        }
        for (const NodeVerdict& node : judge(run, {}).nodes) {
            if (node.verdict == Verdict::Pass) continue;
            (node.node == "n5" ? seen : others) += 1;
        }
    }
    EXPECT_GE(seen, 25);
    EXPECT_LE(others, 4);  // 0.5 % of the healthy
}

TEST(Peers, FasterIsNoFault) {
    EXPECT_THAT(judge(ladder(16, 2 * kPeerRate), {}).findings, IsEmpty());
}

TEST(Peers, WhereLowerIsBetterMoreIsWorseAndTheDeviationStillNegative) {
    const rackproof::test::MetricShape latency{
        .name = "membw.latency", .unit = "s", .better = Direction::LowerIsBetter};
    EXPECT_THAT(judge(ladder(16, 0.5 * kPeerRate, latency), {}).findings, IsEmpty());
    const Judgement judgement = judge(ladder(16, 1.5 * kPeerRate, latency), {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_THAT(judgement.findings[0].deviation, Optional(Lt(-0.4)));
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("above the median"));
}

TEST(Peers, WithoutADirectionAreRecordedAndNotJudged) {
    const Judgement judgement = judge(ladder(16, 0.5 * kPeerRate, {.better = Direction::None}), {});
    EXPECT_THAT(judgement.findings, IsEmpty());
    EXPECT_EQ(judgement.coverage[0].judged, 0);
    EXPECT_THAT(judgement.coverage[0].not_judged,
                HasSubstr("neither more nor less of it is better, and no limit is set (16)"));
}

TEST(Peers, TooFewAreNotJudgedAndThatIsSaid) {
    rackproof::Run run = make_fleet(3, 1);
    add_metric(run, {}, [](std::size_t target) { return target == 0 ? 0.1 : 1.0; });
    const Judgement judgement = judge(run, {});
    EXPECT_THAT(judgement.findings, IsEmpty());
    EXPECT_EQ(judgement.coverage[0].judged, 0);
    EXPECT_EQ(judgement.coverage[0].not_judged,
              "a cohort of 3; at least 4 are needed, and no limit is set (3)");
    EXPECT_EQ(judgement.nodes[0].suites.at("gemm").judged, 0);
    EXPECT_EQ(judgement.nodes[0].suites.at("gemm").completed, 1);
}

TEST(Peers, IdenticalValuesGiveNoInfiniteEvidence) {
    rackproof::Run run = make_fleet(16, 1);
    add_metric(run, {.name = "pcie.width", .unit = "1", .repetitions = 1},
               [](std::size_t target) { return target == 5 ? 8.0 : 16.0; });
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].node, "n5");
    EXPECT_THAT(judgement.findings[0].p_value, Optional(Gt(0.0)));
}

TEST(Peers, ASmallDeviationIsNoFindingHoweverSure) {
    rackproof::Run run = make_fleet(16, 1);
    add_metric(run, {}, [](std::size_t target) { return target == 5 ? 0.98 : 1.0; });
    EXPECT_THAT(judge(run, {}).findings, IsEmpty());
    Policy strict;
    strict.min_effect = 0.01;
    EXPECT_THAT(judge(run, strict).findings, SizeIs(1));
}

/// All targets alike, but every value rests on repetitions that scatter by 10 %: 5 % is nothing.
TEST(Peers, NoisyRepetitionsRaiseTheSpreadThatIsBelieved) {
    rackproof::Run run = make_fleet(16, 1);
    int count = 0;
    add_metric(run, {.repetitions = 5}, [&count](std::size_t target) {
        const double level = target == 5 ? 0.95 : 1.0;
        return level * (1 + 0.1 * ((count++ % 5) - 2));
    });
    EXPECT_THAT(judge(run, {}).findings, IsEmpty());
}

TEST(Peers, TemperaturesAreComparedInKelvin) {
    const rackproof::test::MetricShape shape{.name = "burnin.fp64.temperature",
                                             .suite = "burnin",
                                             .unit = "degC",
                                             .better = Direction::LowerIsBetter};
    const auto with_one_at = [&shape](double celsius) {
        rackproof::Run run = make_fleet(16, 1);
        add_metric(run, shape, [celsius](std::size_t target) {
            return target == 5 ? celsius : 40.0 + 0.2 * static_cast<double>(target % 3);
        });
        return judge(run, {});
    };
    EXPECT_THAT(with_one_at(44.9).findings, IsEmpty());  // 11 %, but under 5 K
    const Judgement hot = with_one_at(52.0);
    ASSERT_THAT(hot.findings, SizeIs(1));
    EXPECT_EQ(hot.findings[0].deviation, std::nullopt);
    EXPECT_THAT(hot.findings[0].sentence, HasSubstr("11.8 K above"));
    EXPECT_THAT(hot.findings[0].action, HasSubstr("coolant"));
}

TEST(Peers, ACentreOfZeroGivesNoScaleAndIsNotJudged) {
    rackproof::Run run = make_fleet(16, 1);
    add_metric(run, {.name = "errors", .unit = "1", .better = Direction::LowerIsBetter},
               [](std::size_t target) { return target == 5 ? 9.0 : 0.0; });
    const Judgement judgement = judge(run, {});
    EXPECT_THAT(judgement.findings, IsEmpty());
    EXPECT_EQ(judgement.coverage[0].judged, 0);
    EXPECT_THAT(judgement.coverage[0].not_judged, HasSubstr("gives no scale"));
}

TEST(Peers, TwoSkusAreTwoCohorts) {
    rackproof::Run run = make_fleet(32, 1);
    for (std::size_t i = 16; i < 32; ++i) run.nodes[i].sku = "half";
    add_metric(run, {}, [](std::size_t target) {
        const double level = target < 16 ? 1.0 : 0.5;
        return target == 20 ? 0.8 * level : level;
    });
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].node, "n20");
    EXPECT_EQ(judgement.findings[0].cohort, 16);
}

TEST(Peers, ALinkIsAFindingAtBothOfItsNodes) {
    rackproof::Run run = make_fleet(8, 1);
    Metric metric;
    metric.name = "pair.bandwidth";
    metric.suite = "pair";
    metric.scope = Scope::NodePair;
    metric.unit = "B/s";
    metric.repetitions = 1;
    for (std::int32_t i = 0; i < 8; ++i) {
        metric.add_row({i, (i + 1) % 8}, 0, Outcome::Completed);
        metric.values.back() = i == 2 ? 0.5 : 1.0;
    }
    run.metrics.push_back(metric);
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].level, Level::Link);
    EXPECT_EQ(judgement.findings[0].node, "n2");
    EXPECT_EQ(judgement.findings[0].peer, "n3");
    EXPECT_THAT(judgement.findings[0].action, HasSubstr("cable"));
    EXPECT_EQ(verdict_of(judgement, "n2"), Verdict::Fail);
    EXPECT_EQ(verdict_of(judgement, "n3"), Verdict::Fail);
    EXPECT_EQ(verdict_of(judgement, "n4"), Verdict::Pass);
}

TEST(Peers, HugeAndTinyValuesAreNotJudgedRatherThanMisjudged) {
    rackproof::Run run = make_fleet(8, 1);
    add_metric(run, {}, [](std::size_t target) { return target % 4 == 0 ? -1.7e308 : 1.7e308; });
    const Judgement judgement = judge(run, {});
    EXPECT_EQ(judgement.coverage[0].judged, 0);
    EXPECT_THAT(judgement.coverage[0].not_judged, HasSubstr("gives no scale"));
}

}  // namespace
}  // namespace rackproof
