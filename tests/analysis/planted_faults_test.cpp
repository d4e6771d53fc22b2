// Planted faults must be found and clean fleets stay clean, over many seeds. The rates that are
// asserted here are those that docs/statistics.md states.

#include <gmock/gmock.h>

#include <set>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::limit;
using rackproof::test::make_fleet;
using rackproof::test::Noise;
using rackproof::test::noisy;
using rackproof::test::verdict_of;
using rackproof::test::with_limit;

constexpr double kPlantedRate = 7e14;

struct Rates {
    double failed = 0;    ///< share of runs in which the faulty device was failed
    double named = 0;     ///< failed or watched
    double innocent = 0;  ///< share of runs in which any other device was failed
};

/// `trials` fleets of one node a device, with target 0 at `factor` of its peers.
Rates rates(int devices, Noise noise, double factor, int trials, std::uint64_t seed) {
    std::mt19937_64 random{seed};
    Rates sums;
    for (int trial = 0; trial < trials; ++trial) {
        rackproof::Run run = make_fleet(devices, 1);
        const auto targets = static_cast<std::size_t>(devices);
        const auto sample = factor < 1 ? noisy(kPlantedRate, noise, targets, random, {{0, factor}})
                                       : noisy(kPlantedRate, noise, targets, random);
        add_metric(run, {}, sample);
        const Judgement judgement = judge(run, {});
        sums.failed += verdict_of(judgement, "n0") == Verdict::Fail ? 1.0 / trials : 0.0;
        sums.named += verdict_of(judgement, "n0") != Verdict::Pass ? 1.0 / trials : 0.0;
        const bool innocent = std::ranges::any_of(judgement.nodes, [](const NodeVerdict& node) {
            return node.node != "n0" && node.verdict == Verdict::Fail;
        });
        sums.innocent += innocent ? 1.0 / trials : 0.0;
    }
    return sums;
}

/// One metric of sixteen devices alone cannot tell a heavy tail from a fault: that is the price of
/// not blaming a healthy one.
TEST(PlantedFaults, FivePercentAmongSixteenAtHalfAPercentSpreadIsMostlyFound) {
    const Rates seen = rates(16, {.spread = 0.005}, 0.95, 1000, 1);
    EXPECT_GE(seen.failed, 0.65);
    EXPECT_LE(seen.innocent, 0.002);
}

TEST(PlantedFaults, SevenPercentAmongSixteenAtHalfAPercentSpreadIsFound) {
    EXPECT_GE(rates(16, {.spread = 0.005}, 0.93, 500, 9).failed, 0.9);
}

TEST(PlantedFaults, FivePercentAmongSeventyTwoIsFailed) {
    const Rates seen = rates(72, {.spread = 0.005}, 0.95, 300, 2);
    EXPECT_GE(seen.failed, 0.96);
    EXPECT_EQ(seen.innocent, 0.0);
}

TEST(PlantedFaults, TwentyPercentAmongEightIsNamed) {
    const Rates seen = rates(8, {.spread = 0.005}, 0.8, 1000, 3);
    EXPECT_GE(seen.named, 0.99);
    EXPECT_GE(seen.failed, 0.97);
}

TEST(PlantedFaults, AmongFourOnlyALargeOneIsSure) {
    const Rates seen = rates(4, {.spread = 0.003}, 0.7, 1000, 4);
    EXPECT_GE(seen.named, 0.97);
}

class CleanFleets : public ::testing::TestWithParam<std::tuple<int, double>> {};

TEST_P(CleanFleets, StayClean) {
    const auto [devices, spread] = GetParam();
    const Rates seen = rates(devices, {.spread = spread}, 1.0, 600, 5);
    // With no fault planted n0 is as innocent as the others.
    EXPECT_LE(seen.failed + seen.innocent, spread <= 0.01 ? 0.005 : 0.015);
}

INSTANTIATE_TEST_SUITE_P(Shapes, CleanFleets,
                         ::testing::Combine(::testing::Values(4, 5, 8, 16, 72),
                                            ::testing::Values(0.003, 0.01, 0.03)));

TEST(PlantedFaults, TwoBadAmongNineAreNamedAndNobodyElseFails) {
    std::mt19937_64 random{6};
    int named = 0;
    constexpr int kTrials = 500;
    for (int trial = 0; trial < kTrials; ++trial) {
        rackproof::Run run = make_fleet(9, 8);
        add_metric(run, {},
                   noisy(kPlantedRate, {.spread = 0.005}, 72, random, {{8, 0.93}, {40, 0.9}}));
        const Judgement judgement = judge(run, {});
        const bool both = verdict_of(judgement, "n1") == Verdict::Fail &&
                          verdict_of(judgement, "n5") == Verdict::Fail;
        named += both ? 1 : 0;
        EXPECT_EQ(verdict_of(judgement, "n0"), Verdict::Pass);
    }
    EXPECT_GE(named, static_cast<int>(0.99 * kTrials));
}

TEST(PlantedFaults, AQuarterOfAllDevicesBadIsStillFound) {
    std::mt19937_64 random{7};
    std::vector<std::pair<std::size_t, double>> faults;
    for (std::size_t target = 0; target < 64; target += 4) faults.emplace_back(target, 0.85);
    int failed = 0;
    constexpr int kTrials = 100;
    for (int trial = 0; trial < kTrials; ++trial) {
        rackproof::Run run = make_fleet(64, 1);
        add_metric(run, {}, noisy(kPlantedRate, {.spread = 0.005}, 64, random, faults));
        for (const NodeVerdict& node : judge(run, {}).nodes) {
            failed += node.verdict == Verdict::Fail ? 1 : 0;
        }
    }
    EXPECT_EQ(failed, kTrials * static_cast<int>(faults.size()));
}

/// What peers cannot see: a fleet that is slow as a whole passes among itself, and only a limit
/// that does not know the peers fails it.
TEST(PlantedFaults, AWhollySlowFleetIsCaughtByALimitAlone) {
    std::mt19937_64 random{8};
    rackproof::Run run = make_fleet(16, 1);
    add_metric(run, {}, noisy(0.8 * kPlantedRate, {}, 16, random));
    EXPECT_EQ(exit_status(judge(run, {})), 0);
    const Policy policy =
        with_limit(limit("gemm.fp64", "FLOP/s", 0.9 * kPlantedRate, std::nullopt));
    const Judgement judgement = judge(run, policy);
    EXPECT_EQ(exit_status(judgement), 1);
    for (const NodeVerdict& node : judgement.nodes) EXPECT_EQ(node.verdict, Verdict::Fail);
}

}  // namespace
}  // namespace rackproof
