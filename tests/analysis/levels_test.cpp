// Each fault once, at the level where it sits; what is nobody's fault is blamed on nobody.

#include "analysis/levels.hpp"

#include <gmock/gmock.h>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::make_fleet;
using rackproof::test::verdict_of;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr double kLevelRate = 7e14;
constexpr double kSpread = 0.01;

/// A fleet of racks of 16 nodes x 4 devices, whose devices are `worse(node, device)` slower.
template <class Worse>
rackproof::Run fleet_of(int nodes, std::uint64_t seed, Worse worse) {
    rackproof::Run run = make_fleet(nodes, 4);
    std::mt19937_64 random{seed};
    std::normal_distribution<double> normal;
    std::vector<double> level;
    for (int device = 0; device < nodes * 4; ++device) {
        level.push_back(kLevelRate *
                        (1 + kSpread * normal(random) - worse(device / 4, device % 4)));
    }
    add_metric(run, {},
               [&](std::size_t target) { return level[target] * (1 + 0.001 * normal(random)); });
    return run;
}

TEST(Levels, ASlowRackIsOneFindingAndItsNodesAreWatched) {
    const rackproof::Run run =
        fleet_of(96, 1, [](int node, int) { return node / 16 == 2 ? 0.08 : 0.0; });
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    const Finding& finding = judgement.findings[0];
    EXPECT_EQ(finding.level, Level::Rack);
    EXPECT_EQ(finding.verdict, Verdict::Fail);
    EXPECT_EQ(finding.rack, "r2");
    EXPECT_EQ(finding.node, "");
    EXPECT_THAT(finding.action, HasSubstr("coolant"));
    for (int node = 0; node < 96; ++node) {
        EXPECT_EQ(judgement.nodes[static_cast<std::size_t>(node)].verdict,
                  node / 16 == 2 ? Verdict::Watch : Verdict::Pass);
    }
    EXPECT_EQ(judgement.racks[2].verdict, Verdict::Fail);
    EXPECT_THAT(judgement.racks[2].findings, ElementsAre(0));
    EXPECT_EQ(judgement.racks[1].verdict, Verdict::Pass);
    EXPECT_EQ(exit_status(judgement), 1);
}

TEST(Levels, ABadDeviceInASlowRackIsStillFound) {
    const Judgement judgement = judge(fleet_of(96, 2,
                                               [](int node, int device) {
                                                   const double own = node == 37 && device == 1;
                                                   return (node / 16 == 2 ? 0.08 : 0.0) + 0.1 * own;
                                               }),
                                      {});
    ASSERT_THAT(judgement.findings, SizeIs(2));
    EXPECT_THAT(judgement.findings, Each(Field(&Finding::verdict, Verdict::Fail)));
    EXPECT_EQ(verdict_of(judgement, "n37"), Verdict::Fail);
    EXPECT_EQ(verdict_of(judgement, "n38"), Verdict::Watch);
    EXPECT_THAT(
        judgement.findings,
        ::testing::Contains(Field(&Finding::sentence, HasSubstr("n37 device 1: gemm.fp64 is"))));
}

TEST(Levels, ANodeFullOfBadDevicesByChanceIsNotASlowNode) {
    const auto bad = [](int node, int device) {
        return node == 5 || (node * 4 + device) % 4 == node / 4 % 4 ? 0.2 : 0.0;
    };
    const Judgement judgement = judge(fleet_of(160, 4, bad), {});
    EXPECT_THAT(judgement.findings, SizeIs(163));
    EXPECT_THAT(judgement.findings, Each(Field(&Finding::level, Level::Device)));
}

TEST(Levels, ASlowNodeIsOneFindingOnTheNode) {
    const Judgement judgement =
        judge(fleet_of(64, 3, [](int node, int) { return node == 9 ? 0.08 : 0.0; }), {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].level, Level::Node);
    EXPECT_EQ(judgement.findings[0].node, "n9");
    EXPECT_EQ(judgement.findings[0].device, std::nullopt);
}

TEST(Levels, ASlowDeviceInASlowNodeIsAFindingBesideTheNodes) {
    const Judgement judgement = judge(fleet_of(64, 4,
                                               [](int node, int device) {
                                                   const double own = device == 2 ? 0.12 : 0.0;
                                                   return node == 9 ? 0.08 + own : 0.0;
                                               }),
                                      {});
    ASSERT_THAT(judgement.findings, SizeIs(2));
    EXPECT_EQ(verdict_of(judgement, "n9"), Verdict::Fail);
}

TEST(Levels, TwoSlowDevicesOfFourAreNoSlowNode) {
    const Judgement judgement = judge(
        fleet_of(64, 5, [](int node, int device) { return node == 9 && device < 2 ? 0.2 : 0.0; }),
        {});
    ASSERT_THAT(judgement.findings, SizeIs(2));
    EXPECT_THAT(judgement.findings, Each(Field(&Finding::level, Level::Device)));
}

TEST(Levels, OneNodeOfFourThatIsSlowIsNamed) {
    int named = 0;
    for (std::uint64_t seed = 10; seed < 60; ++seed) {
        const Judgement judgement =
            judge(fleet_of(4, seed, [](int node, int) { return node == 1 ? 0.07 : 0.0; }), {});
        named += judgement.findings.size() == 1 && judgement.findings[0].level == Level::Node &&
                         judgement.findings[0].verdict == Verdict::Fail &&
                         judgement.findings[0].node == "n1"
                     ? 1
                     : 0;
    }
    EXPECT_GE(named, 49);  // of 50
}

TEST(Levels, AGradientOverSlotsIsReportedAndBlamedOnNobody) {
    const Judgement judgement =
        judge(fleet_of(64, 6, [](int node, int) { return 0.004 * (node % 16); }), {});
    EXPECT_THAT(judgement.findings, IsEmpty());
    EXPECT_THAT(judgement.coverage[0].gradient, HasSubstr("% worse with each slot upwards"));
}

TEST(Levels, ADeviceSlowBeyondTheGradientIsFound) {
    const Judgement judgement = judge(fleet_of(64, 7,
                                               [](int node, int device) {
                                                   const double own = node == 3 && device == 0;
                                                   return 0.004 * (node % 16) + 0.09 * own;
                                               }),
                                      {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].node, "n3");
    EXPECT_EQ(judgement.findings[0].device, "0");
    // It is compared with its slot's share, not with the whole rack's median.
    EXPECT_LT(*judgement.findings[0].deviation, -0.06);
}

TEST(Levels, ACleanFleetHasNoGradient) {
    const Judgement judgement = judge(fleet_of(64, 8, [](int, int) { return 0.0; }), {});
    EXPECT_THAT(judgement.findings, IsEmpty());
    EXPECT_EQ(judgement.coverage[0].gradient, "");
}

TEST(Levels, NodesWithoutARackAreNoRack) {
    rackproof::Run run = fleet_of(64, 9, [](int node, int) { return node < 10 ? 0.1 : 0.0; });
    for (Node& node : run.nodes) node.rack = "-";
    const Judgement judgement = judge(run, {});
    EXPECT_THAT(judgement.findings, SizeIs(10));
    EXPECT_THAT(judgement.findings, Each(Field(&Finding::level, Level::Node)));
}

/// Racks of 8 nodes x 8 devices whose thermal resistance is `worse(slot, index)` worse.
template <class Worse>
rackproof::Run cooled(std::uint64_t seed, double spread, const char* unit, Worse worse) {
    rackproof::Run run = make_fleet(8, 8);
    std::mt19937_64 random{seed};
    std::normal_distribution<double> normal;
    std::vector<double> level;
    for (int device = 0; device < 64; ++device) {
        level.push_back(0.06 * (1 + spread * normal(random) + worse(device / 8, device % 8)));
    }
    for (int device = 0; device < 64; ++device) {
        run.devices[static_cast<std::size_t>(device)].index = device % 8;
    }
    add_metric(run,
               {.name = "x.thermal_resistance",
                .unit = unit,
                .better = rackproof::Direction::LowerIsBetter},
               [&](std::size_t target) { return level[target] * (1 + 0.001 * normal(random)); });
    return run;
}

TEST(Levels, ThermalMetricsAreCorrectedForThePlaceInTheNode) {
    const auto worse = [](int slot, int index) {
        return 0.03 * index + (slot == 3 && index == 2 ? 0.2 : 0);
    };
    int found = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const Judgement judgement = judge(cooled(seed, 0.01, "K/W", worse), {});
        for (const Finding& finding : judgement.findings) {
            EXPECT_EQ(finding.node, "n3") << finding.sentence;
            found += finding.verdict == Verdict::Fail && finding.device == "2" ? 1 : 0;
        }
    }
    EXPECT_EQ(found, 10);
}

/// Eight slots never are sure of a gradient by Kendall's statistic; cooling has one by nature.
TEST(Levels, ThermalMetricsAreCorrectedForTheSlotWhereItIsNotSure) {
    const auto worse = [](int slot, int index) {
        return 0.05 * slot + (slot == 1 && index == 6 ? 0.2 : 0);
    };
    int found = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const Judgement judgement = judge(cooled(seed, 0.01, "K/W", worse), {});
        EXPECT_EQ(judgement.coverage.front().gradient, "");
        for (const Finding& finding : judgement.findings) {
            EXPECT_TRUE(finding.node == "n1" || finding.verdict != Verdict::Fail);
            found += finding.verdict == Verdict::Fail && finding.device == "6" ? 1 : 0;
        }
    }
    EXPECT_EQ(found, 10);
}

/// What racks or nodes have of their own is not their members' fault, whether or not one of them is
/// surely off.
TEST(Levels, NodesAndDevicesAreNotBlamedForLevelsThatDifferByNature) {
    constexpr double kOwn = 0.03;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        std::mt19937_64 random{seed};
        std::normal_distribution<double> normal;
        std::vector<double> racks;
        for (int rack = 0; rack < 8; ++rack) racks.push_back(kOwn * normal(random));
        std::vector<double> nodes;
        for (int node = 0; node < 24; ++node) nodes.push_back(kOwn * normal(random));
        const auto by_rack = [&](int node, int) {
            return racks[static_cast<std::size_t>(node) / 16];
        };
        const auto by_node = [&](int node, int) { return nodes[static_cast<std::size_t>(node)]; };
        for (const Finding& finding : judge(fleet_of(128, seed, by_rack), {}).findings) {
            EXPECT_THAT(finding.level, AnyOf(Level::Rack, Level::Fleet)) << finding.sentence;
        }
        for (const Finding& finding : judge(fleet_of(24, seed, by_node), {}).findings) {
            EXPECT_THAT(finding.level, AnyOf(Level::Node, Level::Fleet)) << finding.sentence;
        }
    }
}

TEST(Levels, AMetricOnEitherSideOfZeroIsJudgedInItsUnit) {
    rackproof::Run run = make_fleet(20, 8);
    std::mt19937_64 random{5};
    std::normal_distribution<double> normal;
    std::vector<double> level;
    for (int device = 0; device < 160; ++device) level.push_back(1e-6 * normal(random));
    level[42] = 15e-6;
    add_metric(run, {.unit = "s", .better = Direction::LowerIsBetter},
               [&](std::size_t target) { return level[target] + 2e-7 * normal(random); });
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].node, "n5");
    EXPECT_EQ(judgement.findings[0].deviation, std::nullopt);
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("e-05 s above the median"));
}

}  // namespace
}  // namespace rackproof
