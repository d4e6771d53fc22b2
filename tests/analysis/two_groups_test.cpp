// Of two racks nobody can say which is as it should be, but that they differ, and which is worse;
// and within each its own faults.

#include "analysis/two_groups.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::make_fleet;
using rackproof::test::MetricShape;
using rackproof::test::verdict_of;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const MetricShape kRate{.name = "gemm.fp64", .unit = "FLOP/s"};
const MetricShape kCooling{
    .name = "x.thermal_resistance", .unit = "K/W", .better = rackproof::Direction::LowerIsBetter};
const MetricShape kHeat{
    .name = "x.temperature", .unit = "degC", .better = rackproof::Direction::LowerIsBetter};

/// 32 nodes x 4 devices, so that two racks; devices are `worse(node, device)` worse, and spread by
/// 2 % of what that makes of them; temperatures, which count in 100 K, by 2 K.
template <class Worse>
rackproof::Run two_racks(std::uint64_t seed, const MetricShape& shape, Worse worse) {
    constexpr double kOwnSpread = 0.02;
    rackproof::Run run = make_fleet(32, 4);
    std::mt19937_64 random{seed};
    std::normal_distribution<double> normal;
    const double sign = shape.better == rackproof::Direction::HigherIsBetter ? -1 : 1;
    std::vector<double> level;
    for (int device = 0; device < 128; ++device) {
        run.devices[static_cast<std::size_t>(device)].index = device % 4;
        const double own = kOwnSpread * normal(random);
        const double shared = 1 + sign * worse(device / 4, device % 4);
        level.push_back(100 * (shape.unit == kHeat.unit ? shared + own : shared * (1 + own)));
    }
    add_metric(run, shape,
               [&](std::size_t target) { return level[target] * (1 + 0.0005 * normal(random)); });
    return run;
}

template <class Worse>
Judgement judged(std::uint64_t seed, const MetricShape& shape, Worse worse) {
    return judge(two_racks(seed, shape, worse), {});
}

std::vector<Finding> failing(const Judgement& judgement) {
    std::vector<Finding> found;
    for (const Finding& finding : judgement.findings) {
        if (finding.verdict == Verdict::Fail) found.push_back(finding);
    }
    return found;
}

const auto kSecondIsWorse = [](int node, int) { return node / 16 == 1 ? 0.08 : 0.0; };

TEST(TwoRacks, ThatDifferAreOneFindingOnTheWorse) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Judgement judgement = judged(seed, kCooling, kSecondIsWorse);
        ASSERT_THAT(judgement.findings, SizeIs(1)) << seed;
        const Finding& finding = judgement.findings[0];
        EXPECT_EQ(finding.level, Level::Rack);
        EXPECT_EQ(finding.rack, "r1");
        EXPECT_EQ(finding.verdict, Verdict::Fail);
        EXPECT_EQ(finding.kind, FindingKind::Slow);
        EXPECT_EQ(finding.rule, "cohort");
        EXPECT_NEAR(*finding.observed, 108, 2);
        EXPECT_NEAR(*finding.expected, 100, 2);
        EXPECT_NEAR(*finding.deviation, -0.08, 0.02);
        EXPECT_LE(*finding.p_value, 1e-5);
        EXPECT_EQ(finding.cohort, 128);
        EXPECT_THAT(finding.sentence,
                    AllOf(HasSubstr("rack r1: x.thermal_resistance is "),
                          HasSubstr(" % above that of rack r0, the only other one")));
        EXPECT_THAT(finding.action, HasSubstr("coolant loop"));
        EXPECT_EQ(verdict_of(judgement, "n0"), Verdict::Pass);
        EXPECT_EQ(verdict_of(judgement, "n16"), Verdict::Watch);
        EXPECT_EQ(verdict_of(judgement, "n31"), Verdict::Watch);
        EXPECT_EQ(judgement.racks[0].verdict, Verdict::Pass);
        EXPECT_EQ(judgement.racks[1].verdict, Verdict::Fail);
        EXPECT_EQ(exit_status(judgement), 1);
    }
}

TEST(TwoRacks, AreHeldAgainstEachOtherInRatesAndTemperaturesToo) {
    const Judgement rates = judged(1, kRate, kSecondIsWorse);
    ASSERT_THAT(rates.findings, SizeIs(1));
    EXPECT_THAT(rates.findings[0].sentence,
                AllOf(HasSubstr("rack r1: "), HasSubstr(" % below that of rack r0")));
    EXPECT_LT(*rates.findings[0].observed, *rates.findings[0].expected);
    EXPECT_THAT(rates.findings[0].action, HasSubstr("what the rack's nodes share"));
    const Judgement heat = judged(1, kHeat, [](int node, int) { return node < 16 ? 0.08 : 0.0; });
    ASSERT_THAT(heat.findings, SizeIs(1));
    EXPECT_EQ(heat.findings[0].rack, "r0");
    EXPECT_THAT(heat.findings[0].sentence, HasSubstr(" K above that of rack r1"));
    EXPECT_NEAR(*heat.findings[0].observed - *heat.findings[0].expected, 8, 2);
    EXPECT_EQ(heat.findings[0].deviation, std::nullopt);
}

TEST(TwoRacks, ThatAreHealthyAreNotToldOf) {
    int told = 0;
    int failed = 0;  // devices: what one metric of 128 gives, with one rack or two
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        const Judgement judgement = judged(seed, kCooling, [](int, int) { return 0.0; });
        for (const Finding& finding : judgement.findings) {
            told += finding.level == Level::Rack ? 1 : 0;
            failed += finding.verdict == Verdict::Fail ? 1 : 0;
        }
    }
    EXPECT_EQ(told, 0);
    EXPECT_LE(failed, 1);
}

TEST(TwoRacks, ThatDifferByLessThanMattersAreNotToldOfButDivideTheirMembers) {
    double expected = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const Judgement judgement = judged(seed, kCooling, [](int node, int device) {
            const double own = node == 20 && device == 1 ? 0.15 : 0;
            return (node < 16 ? 0 : -0.02) + own;
        });
        ASSERT_THAT(failing(judgement), SizeIs(1)) << seed;
        EXPECT_EQ(judgement.findings[0].node, "n20");
        expected += *judgement.findings[0].expected / 10;
    }
    EXPECT_NEAR(expected, 98, 0.6);  // as its own rack; the median of all is 99
}

TEST(TwoRacks, ThatMayDifferByChanceAreWatched) {
    int watched = 0;
    int failed = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const Judgement judgement =
            judged(seed, kCooling, [](int node, int) { return node < 16 ? 0 : 0.034; });
        for (const Finding& finding : judgement.findings) {
            if (finding.level != Level::Rack) continue;
            (finding.verdict == Verdict::Fail ? failed : watched) += 1;
        }
    }
    EXPECT_GT(watched, 0);
    EXPECT_LT(failed, 40);
}

TEST(TwoRacks, LeaveABadDeviceInTheWorseOneToItself) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const Judgement judgement = judged(seed, kCooling, [](int node, int device) {
            return kSecondIsWorse(node, device) + (node == 20 && device == 2 ? 0.16 : 0);
        });
        EXPECT_THAT(judgement.findings,
                    Contains(AllOf(Field(&Finding::node, "n20"), Field(&Finding::device, "2"),
                                   Field(&Finding::verdict, Verdict::Fail))))
            << seed;
        EXPECT_THAT(failing(judgement), SizeIs(2)) << seed;
        EXPECT_EQ(verdict_of(judgement, "n21"), Verdict::Watch);
    }
}

TEST(TwoRacks, LeaveABadDeviceInTheBetterOneToItself) {
    for (const double apart : {0.08, 0.4}) {  // the larger one parts two modes
        for (std::uint64_t seed = 1; seed <= 10; ++seed) {
            const Judgement judgement = judged(seed, kCooling, [apart](int node, int device) {
                return (node / 16) * apart + (node == 3 && device == 2 ? 0.3 : 0);
            });
            EXPECT_THAT(judgement.findings,
                        Contains(AllOf(Field(&Finding::node, "n3"), Field(&Finding::device, "2"),
                                       Field(&Finding::verdict, Verdict::Fail))))
                << apart << " " << seed;
            EXPECT_THAT(failing(judgement), SizeIs(2)) << apart << " " << seed;
        }
    }
}

TEST(TwoRacks, LeaveABadNodeInTheWorseOneToItself) {
    const Judgement judgement = judged(4, kCooling, [](int node, int device) {
        return kSecondIsWorse(node, device) + (node == 20 ? 0.15 : 0);
    });
    ASSERT_THAT(judgement.findings, SizeIs(2));
    EXPECT_EQ(verdict_of(judgement, "n20"), Verdict::Fail);
    EXPECT_EQ(verdict_of(judgement, "n19"), Verdict::Watch);
}

TEST(TwoRacks, OfWhichSomeNodesAreBadAreNotBadAsAWhole) {
    const Judgement judgement =
        judged(5, kCooling, [](int node, int) { return node < 4 ? 0.12 : 0.0; });
    EXPECT_THAT(judgement.findings, SizeIs(4));
    EXPECT_THAT(judgement.findings, Each(Field(&Finding::level, Level::Node)));
}

TEST(TwoRacks, WhereTheBetterIsHalfAsBadAreNoFaultOfTheWorse) {
    const Judgement judgement = judged(6, kCooling, [](int node, int) {
        return node >= 16 || node < 7 ? 0.12 : 0.0;  // 23 of 32 nodes
    });
    EXPECT_THAT(judgement.findings, Each(Field(&Finding::level, testing::Ne(Level::Rack))));
}

/// Of so few nodes chance cannot be excluded; all the same, what they differ by does not vanish.
TEST(TwoRacks, OfTwoNodesEachThatDifferByAFifthAreNotPassedInSilence) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        rackproof::Run run = make_fleet(4, 4);
        for (std::size_t node = 0; node < 4; ++node) run.nodes[node].rack = node < 2 ? "r0" : "r1";
        std::mt19937_64 random{seed};
        std::normal_distribution<double> normal;
        add_metric(run, kRate, [&](std::size_t target) {
            return (target < 8 ? 100 : 80) * (1 + 0.005 * normal(random));
        });
        EXPECT_THAT(judge(run, {}).findings, testing::Not(IsEmpty())) << seed;
    }
}

TEST(TwoRacks, OfOneNodeEachAreNodes) {
    rackproof::Run run = two_racks(7, kCooling, kSecondIsWorse);
    for (std::size_t i = 0; i < run.nodes.size(); ++i) run.nodes[i].rack = i < 31 ? "a" : "b";
    const Judgement judgement = judge(run, {});
    EXPECT_THAT(judgement.findings, Each(Field(&Finding::level, testing::Ne(Level::Rack))));
}

TEST(TwoRacks, AmongNodesWithoutARackAreStillTwo) {
    rackproof::Run run = two_racks(8, kCooling, kSecondIsWorse);
    for (const std::size_t i : {4, 20}) run.nodes[i].rack = "-";
    const Judgement judgement = judge(run, {});
    EXPECT_THAT(judgement.findings,
                Contains(AllOf(Field(&Finding::level, Level::Rack), Field(&Finding::rack, "r1"))));
}

/// Two nodes of 8 devices, of which the second is `slower` as a whole and device 3 of the first by
/// `one_slower`.
Judgement two_nodes(std::uint64_t seed, double slower, double one_slower = 0) {
    rackproof::Run run = make_fleet(2, 8);
    std::mt19937_64 random{seed};
    std::normal_distribution<double> normal;
    std::vector<double> level;
    for (int device = 0; device < 16; ++device) {
        const double worse = device >= 8 ? slower : device == 3 ? one_slower : 0.0;
        level.push_back(1e12 * (1 - worse + 0.01 * normal(random)));
    }
    add_metric(run, kRate, [&](std::size_t target) { return level[target]; });
    return judge(run, {});
}

TEST(TwoNodes, ThatDifferAreOneFindingOnTheWorse) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Judgement judgement = two_nodes(seed, 0.13);
        ASSERT_THAT(judgement.findings, SizeIs(1)) << seed;
        const Finding& finding = judgement.findings[0];
        EXPECT_EQ(finding.level, Level::Node);
        EXPECT_EQ(finding.node, "n1");
        EXPECT_EQ(finding.verdict, Verdict::Fail) << finding.sentence;
        EXPECT_THAT(finding.sentence, HasSubstr("that of n0, the only other one"));
        EXPECT_THAT(finding.sentence, HasSubstr("healthy nodes would be"));
        EXPECT_EQ(verdict_of(judgement, "n0"), Verdict::Pass);
    }
}

TEST(TwoNodes, ThatAreHealthyAreNotToldOf) {
    int told = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        told += two_nodes(seed, 0).findings.empty() ? 0 : 1;
    }
    EXPECT_LE(told, 2);
}

TEST(TwoNodes, ABadDeviceIsThatDeviceAlone) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        for (const Finding& finding : two_nodes(seed, 0, 0.2).findings) {
            EXPECT_EQ(finding.level, Level::Device);
            EXPECT_EQ(finding.node, "n0");
        }
    }
}

}  // namespace
}  // namespace rackproof
