// Populations of their own: nobody is blamed for belonging to one, and none is passed over.

#include "analysis/modes.hpp"

#include <gmock/gmock.h>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::make_fleet;
using rackproof::test::verdict_of;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// 48 nodes x 2 devices; those for which `is_slow(node, device)` are 6 % slower.
template <class IsSlow>
rackproof::Run fleet_with(IsSlow is_slow, std::uint64_t seed, double slower = 0.06) {
    rackproof::Run run = make_fleet(48, 2);
    std::mt19937_64 random{seed};
    std::normal_distribution<double> normal;
    std::vector<double> level;
    for (int device = 0; device < 96; ++device) {
        const double worse = is_slow(device / 2, device % 2) ? slower : 0.0;
        level.push_back(1e12 * (1 - worse + 0.005 * normal(random)));
    }
    add_metric(run, {}, [&](std::size_t target) { return level[target]; });
    return run;
}

TEST(Modes, ASecondDriverExplainsAMinorityAndBlamesNobody) {
    const auto has_new_driver = [](int node, int) { return node % 10 == 3; };
    rackproof::Run run = fleet_with(has_new_driver, 1);
    for (Device& device : run.devices) device.driver = has_new_driver(device.node, 0) ? "2" : "1";
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    const Finding& finding = judgement.findings[0];
    EXPECT_EQ(finding.level, Level::Fleet);
    EXPECT_EQ(finding.verdict, Verdict::Fail);
    EXPECT_EQ(finding.rule, "population");
    EXPECT_THAT(finding.sentence, HasSubstr("driver '2' instead of '1'"));
    EXPECT_EQ(verdict_of(judgement, "n3"), Verdict::Watch);
    EXPECT_EQ(verdict_of(judgement, "n13"), Verdict::Watch);
    EXPECT_EQ(verdict_of(judgement, "n4"), Verdict::Pass);
    EXPECT_EQ(exit_status(judgement), 1);
}

TEST(Modes, ABadDeviceInAnExplainedPopulationIsFoundAmongItsOwn) {
    const auto has_new_driver = [](int node, int) { return node % 3 == 0; };
    rackproof::Run run = fleet_with(has_new_driver, 2);
    for (Device& device : run.devices) device.driver = has_new_driver(device.node, 0) ? "2" : "1";
    for (double& value : std::span{run.metrics[0].values}.subspan(6 * 5, 5)) value *= 0.93;
    const Judgement judgement = judge(run, {});
    EXPECT_EQ(verdict_of(judgement, "n3"), Verdict::Fail);
    EXPECT_EQ(verdict_of(judgement, "n6"), Verdict::Watch);
    EXPECT_EQ(verdict_of(judgement, "n1"), Verdict::Pass);
}

TEST(Modes, AFactThatChangesNothingIsNoPopulation) {
    rackproof::Run run = fleet_with([](int, int) { return false; }, 3);
    for (Device& device : run.devices) device.driver = device.node % 2 == 0 ? "2" : "1";
    EXPECT_THAT(judge(run, {}).findings, IsEmpty());
}

TEST(Modes, AConfigurationOfOneNodeExplainsNothing) {
    rackproof::Run run = fleet_with([](int node, int) { return node == 7; }, 4);
    run.nodes[7].labels["power_cap"] = "600 W";
    for (std::size_t i = 0; i < 48; ++i) run.nodes[i].labels.try_emplace("power_cap", "700 W");
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].level, Level::Node);
    EXPECT_EQ(verdict_of(judgement, "n7"), Verdict::Fail);
}

TEST(Modes, ALabelThatIsNoConfigurationExplainsNothing) {
    rackproof::Run run = fleet_with([](int node, int) { return node == 7 || node == 9; }, 5);
    for (std::size_t i = 0; i < 48; ++i) {
        run.nodes[i].labels["technician"] = i == 7 || i == 9 ? "a" : "b";
    }
    const Judgement judgement = judge(run, {});
    EXPECT_THAT(judgement.findings, SizeIs(2));
    EXPECT_EQ(verdict_of(judgement, "n9"), Verdict::Fail);
}

TEST(Modes, AThirdOfTheDevicesWithoutAReasonIsThePopulationsFault) {
    const Judgement judgement =
        judge(fleet_with([](int node, int device) { return (node + device) % 3 == 0; }, 6), {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].level, Level::Fleet);
    EXPECT_THAT(judgement.findings[0].sentence,
                HasSubstr("32 of the 96 targets of gemm.fp64 are a population of their own"));
    EXPECT_EQ(verdict_of(judgement, "n0"), Verdict::Watch);
}

TEST(Modes, AQuarterOfTheDevicesAreSingleFaults) {
    const Judgement judgement =
        judge(fleet_with([](int node, int device) { return (2 * node + device) % 4 == 0; }, 7), {});
    EXPECT_THAT(judgement.findings, SizeIs(24));
    EXPECT_THAT(judgement.findings, Each(Field(&Finding::level, Level::Device)));
    EXPECT_THAT(judgement.findings, Each(Field(&Finding::verdict, Verdict::Fail)));
}

TEST(Modes, OneOfThreeRacksIsTheRacksFault) {
    const Judgement judgement =
        judge(fleet_with([](int node, int) { return node / 16 == 1; }, 8), {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].level, Level::Rack);
    EXPECT_EQ(judgement.findings[0].rack, "r1");
    EXPECT_EQ(verdict_of(judgement, "n16"), Verdict::Watch);
}

/// How many of so many fleets of 4 nodes x 4 devices with one metric have a finding of the rule
/// population: in all, and such as fail. Half of the devices are `spreads` spreads slower.
std::pair<int, int> populations_of_sixteen(int fleets, double spreads) {
    constexpr double kRelativeSpread = 0.02;
    std::mt19937_64 random{20261128};
    std::normal_distribution<double> normal;
    std::pair<int, int> found{0, 0};
    for (int i = 0; i < fleets; ++i) {
        rackproof::Run run = make_fleet(4, 4);
        std::vector<double> level;
        for (int device = 0; device < 16; ++device) {
            const double off = spreads * (device % 2) - normal(random);
            level.push_back(1e12 * (1 - kRelativeSpread * off));
        }
        add_metric(run, {}, [&](std::size_t target) { return level[target]; });
        for (const Finding& finding : judge(run, {}).findings) {
            if (finding.rule != "population") continue;
            ++found.first;
            found.second += finding.verdict == Verdict::Fail ? 1 : 0;
        }
    }
    return found;
}

TEST(Modes, ChanceDoesNotPartSixteenDevices) {
    const auto [all, failed] = populations_of_sixteen(2000, 0);
    EXPECT_LE(all, 5);
    EXPECT_EQ(failed, 0);
}

TEST(Modes, OfSixteenDevicesAreSeenWhenFarApart) {
    const auto [all, failed] = populations_of_sixteen(50, 24);
    EXPECT_EQ(all, 50);
    EXPECT_GE(failed, 40);
}

TEST(Modes, TooSmallADifferenceIsNoFinding) {
    const auto half = [](int node, int) { return node % 2 == 0; };
    EXPECT_THAT(judge(fleet_with(half, 9, 0.02), {}).findings, IsEmpty());
}

}  // namespace
}  // namespace rackproof
