#include <gmock/gmock.h>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::make_fleet;
using rackproof::test::verdict_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// 64 devices whose repetitions scatter by 0.2 %, but those of target 5 by `shaky`.
rackproof::Run scattering(double shaky, std::size_t repetitions, std::uint64_t seed) {
    rackproof::Run run = make_fleet(16, 4);
    std::mt19937_64 random{seed};
    std::normal_distribution<double> normal;
    add_metric(run, {.repetitions = repetitions}, [&](std::size_t target) {
        return 1e12 * (1 + (target == 5 ? shaky : 0.002) * normal(random));
    });
    return run;
}

TEST(Unstable, ADeviceWhoseRepetitionsScatterIsWatched) {
    const Judgement judgement = judge(scattering(0.04, 10, 1), {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    const Finding& finding = judgement.findings[0];
    EXPECT_EQ(finding.kind, FindingKind::Unstable);
    EXPECT_EQ(finding.verdict, Verdict::Watch);
    EXPECT_EQ(finding.rule, "scatter");
    EXPECT_EQ(finding.node, "n1");
    EXPECT_EQ(finding.device, "1");
    EXPECT_THAT(finding.sentence, HasSubstr("of its cohort of 64"));
    EXPECT_EQ(verdict_of(judgement, "n1"), Verdict::Watch);
    EXPECT_EQ(exit_status(judgement), 0);
}

TEST(Unstable, ThePolicyMayFailItOrLetItPass) {
    Policy policy;
    policy.unstable = Verdict::Fail;
    EXPECT_EQ(exit_status(judge(scattering(0.04, 10, 1), policy)), 1);
    policy.metrics = {{"gemm.*", std::nullopt, Verdict::Pass}};
    EXPECT_THAT(judge(scattering(0.04, 10, 1), policy).findings, IsEmpty());
    policy.metrics = {{"membw.*", std::nullopt, Verdict::Pass}};
    EXPECT_THAT(judge(scattering(0.04, 10, 1), policy).findings, SizeIs(1));
}

TEST(Unstable, OneOutlyingRepetitionIsNone) {
    rackproof::Run run = scattering(0.002, 10, 2);
    run.metrics[0].values[5 * 10 + 3] *= 0.5;
    EXPECT_THAT(judge(run, {}).findings, IsEmpty());
    run.metrics[0].values[5 * 10 + 4] *= 0.5;
    EXPECT_THAT(judge(run, {}).findings, SizeIs(1));
}

TEST(Unstable, FarFromItsPeersButSteadyEnoughIsNone) {
    rackproof::Run run = make_fleet(16, 4);
    std::mt19937_64 random{3};
    std::normal_distribution<double> normal;
    add_metric(run, {.repetitions = 10}, [&](std::size_t target) {
        return 1e12 * (1 + (target == 5 ? 0.003 : 0.0002) * normal(random));
    });
    EXPECT_THAT(judge(run, {}).findings, IsEmpty());
}

TEST(Unstable, ThreeRepetitionsAreTooFewToSay) {
    EXPECT_THAT(judge(scattering(0.04, 3, 4), {}).findings, IsEmpty());
}

TEST(Unstable, AFleetThatScattersAsAWholeHasNoUnstableDevice) {
    rackproof::Run run = make_fleet(16, 4);
    std::mt19937_64 random{5};
    std::normal_distribution<double> normal;
    add_metric(run, {.repetitions = 10},
               [&](std::size_t) { return 1e12 * (1 + 0.02 * normal(random)); });
    EXPECT_THAT(judge(run, {}).findings, IsEmpty());
}

TEST(Unstable, AShakyDevicesMedianIsNotTakenForSlow) {
    int failed = 0;
    int slow = 0;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        for (const Finding& finding : judge(scattering(0.15, 5, seed), {}).findings) {
            if (finding.kind != FindingKind::Slow) continue;
            ++slow;
            failed += finding.verdict == Verdict::Fail ? 1 : 0;
        }
    }
    EXPECT_LE(failed, 2);  // in 40 fleets
    EXPECT_LE(slow, 4);
}

/// A metric about zero, such as how much later one clock is than another: no value is a scale.
TEST(Unstable, AValueThatHappensToBeNearZeroIsNone) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        rackproof::Run run = make_fleet(20, 8);
        std::mt19937_64 random{seed};
        std::normal_distribution<double> normal;
        std::vector<double> level;
        for (int device = 0; device < 160; ++device) level.push_back(1e-6 * normal(random));
        add_metric(run, {.unit = "s", .better = Direction::LowerIsBetter},
                   [&](std::size_t target) { return level[target] + 2e-7 * normal(random); });
        EXPECT_THAT(judge(run, {}).findings, IsEmpty());
    }
}

}  // namespace
}  // namespace rackproof
