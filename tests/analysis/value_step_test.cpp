// What is printed with few decimals comes in steps: two values that are one apart may be alike.

#include "analysis/value_step.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::make_fleet;
using rackproof::test::verdict_of;
using ::testing::Each;
using ::testing::Field;
using ::testing::Not;
using ::testing::Optional;
using ::testing::SizeIs;

TEST(ValueStep, IsTheLeastDistanceOfValuesThatSeveralHave) {
    EXPECT_THAT(step_between({{1.0, 0}, {1.5, 0}, {1.0, 1}, {1.5, 1}, {3.0, 2}, {3.0, 3}}),
                Optional(0.5));
}

TEST(ValueStep, IsNoneOfValuesThatAreAllDifferent) {
    EXPECT_EQ(step_between({{1.0, 0}, {1.1, 0}, {1.25, 1}, {1.4, 1}}), std::nullopt);
    EXPECT_EQ(step_between({}), std::nullopt);
}

TEST(ValueStep, IsNoneOfEqualTargetsOfWhichSomeAreSlowByTheSameShare) {
    std::vector<TargetSample> samples;
    for (std::size_t target = 0; target < 20; ++target) {
        samples.push_back({target < 3 ? 0.9 : 1.0, target});
        samples.push_back({target < 3 ? 0.9 : 1.0, target});
    }
    EXPECT_EQ(step_between(samples), std::nullopt);
}

TEST(ValueStep, OneTargetThatGoesToAndFroMakesNone) {
    std::vector<TargetSample> samples;
    for (std::size_t target = 0; target < 20; ++target) samples.push_back({1.0, target});
    samples.push_back({0.9, 7});
    samples.push_back({0.9, 7});
    EXPECT_EQ(step_between(samples), std::nullopt);
}

/// 20 nodes x 8 devices that differ by 1 %, printed in steps of 2 %; one may be slower.
rackproof::Run printed_coarsely(std::uint64_t seed, double slower = 0) {
    constexpr double kStep = 0.02;
    rackproof::Run run = make_fleet(20, 8);
    std::mt19937_64 random{seed};
    std::normal_distribution<double> normal;
    std::vector<double> level;
    for (std::size_t device = 0; device < 160; ++device) {
        level.push_back(1 + 0.01 * normal(random) - (device == 21 ? slower : 0));
    }
    add_metric(run, {}, [&](std::size_t target) {
        return 1e12 * kStep * std::round(level[target] * (1 + 0.003 * normal(random)) / kStep);
    });
    return run;
}

TEST(ValueStep, NobodyIsBlamedForRounding) {
    int said = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const Judgement judgement = judge(printed_coarsely(seed), {});
        EXPECT_THAT(judgement.findings, Each(Field(&Finding::verdict, Not(Verdict::Fail))));
        said += static_cast<int>(judgement.findings.size());
    }
    EXPECT_LE(said, 2);  // before: scatter on one step or the next, 300 in 20 fleets
}

TEST(ValueStep, ADeviceThatIsEightStepsSlowFails) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const Judgement judgement = judge(printed_coarsely(seed, 0.16), {});
        EXPECT_EQ(verdict_of(judgement, "n2"), Verdict::Fail);
        EXPECT_THAT(judgement.findings, SizeIs(1));
    }
}

}  // namespace
}  // namespace rackproof
