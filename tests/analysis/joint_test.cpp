// What several metrics say of one device together, where none says enough alone.

#include "analysis/joint.hpp"

#include <gmock/gmock.h>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::by_rule;
using rackproof::test::make_fleet;
using rackproof::test::verdict_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kBad = 21;  ///< device 5 of n2

/// `nodes` x 8 devices whose metrics have tails of Student's t with 3 degrees; the bad device is
/// worse by `size` in the first `in` of `metrics`.
rackproof::Run heavy_fleet(int metrics, int in, double size, std::uint64_t seed, int nodes = 9) {
    constexpr double kSpread = 0.005;
    rackproof::Run run = make_fleet(nodes, 8);
    const auto devices = static_cast<std::size_t>(8 * nodes);
    std::mt19937_64 random{seed};
    std::normal_distribution<double> normal;
    std::student_t_distribution<double> heavy{3};
    for (int i = 0; i < metrics; ++i) {
        std::vector<double> level(devices);
        for (double& each : level) each = 1e12 * (1 + kSpread * heavy(random));
        if (i < in) level[kBad] *= 1 - size;
        add_metric(
            run, {.name = "case.m" + std::to_string(i), .suite = "case"},
            [&](std::size_t target) { return level[target] * (1 + 0.0005 * normal(random)); });
    }
    return run;
}

TEST(Joint, ADeviceThatIsBadInAllMetricsIsFailedWhereNoneFailsItAlone) {
    int together = 0;
    int failed = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const Judgement judgement = judge(heavy_fleet(6, 6, 0.06, seed), {});
        failed += verdict_of(judgement, "n2") == Verdict::Fail ? 1 : 0;
        for (const Finding& finding : by_rule(judgement, "together")) {
            EXPECT_EQ(finding.node, "n2");
            EXPECT_EQ(finding.device, "5");
            EXPECT_LE(finding.p_value, 0.001);
            EXPECT_THAT(finding.sentence, HasSubstr("its 6 metrics together are as of one in"));
            ++together;
        }
    }
    EXPECT_GE(failed, 19);
    EXPECT_GE(together, 20);
}

TEST(Joint, WhatIsBadInOneMetricAloneIsLeftToThatMetric) {
    for (std::uint64_t seed = 100; seed < 110; ++seed) {
        const Judgement judgement = judge(heavy_fleet(4, 1, 0.3, seed), {});
        EXPECT_THAT(by_rule(judgement, "together"), IsEmpty());
    }
}

TEST(Joint, TwoMetricsWithHeavyTailsThatComeIndependentlyFailADevice) {
    int failed = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const Judgement judgement = judge(heavy_fleet(2, 2, 0.09, seed, 80), {});
        failed += verdict_of(judgement, "n2") == Verdict::Fail ? 1 : 0;
    }
    EXPECT_GE(failed, 9);
}

TEST(Joint, FleetsOfTwoMetricsWithHeavyTailsStayClean) {
    int fleets = 0;
    for (std::uint64_t seed = 300; seed < 400; ++seed) {
        const Judgement judgement = judge(heavy_fleet(2, 0, 0, seed, 16), {});
        fleets += exit_status(judgement) == 1 ? 1 : 0;
    }
    EXPECT_LE(fleets, 5);  // of 100
}

TEST(Joint, FleetsWithHeavyTailsStayClean) {
    int fleets = 0;
    for (std::uint64_t seed = 200; seed < 300; ++seed) {
        const Judgement judgement = judge(heavy_fleet(6, 0, 0, seed), {});
        fleets += exit_status(judgement) == 1 ? 1 : 0;
    }
    EXPECT_LE(fleets, 5);  // of 100
}

TEST(Joint, OneMetricSaysNothingTogether) { EXPECT_TRUE(judge_together({}, {}).empty()); }

}  // namespace
}  // namespace rackproof
