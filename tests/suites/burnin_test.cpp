#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.hpp"
#include "tests/support/suite_runner.hpp"
#include "tests/support/sysfs_tree.hpp"

namespace rackproof {
namespace {

using test::cases_for;
using test::SuiteRun;
using test::SysfsTree;
using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

Parameters lasting(double duration_s, double slice_s) {
    Parameters parameters;
    parameters.set("duration_s", duration_s);
    parameters.set("slice_s", slice_s);
    parameters.set("size", std::int64_t{100});
    return parameters;
}

TEST(Burnin, HasItsCompanionsBesideEachLead) {
    Parameters both;
    both.set("precision", std::vector<std::string>{"fp64", "fp32"});
    std::vector<std::string> names;
    std::vector<int> leads;
    for (const CaseSpec& spec : cases_for("burnin", both)) {
        names.push_back(spec.name);
        leads.push_back(spec.lead);
    }
    EXPECT_THAT(names, ElementsAre("burnin.fp64", "burnin.fp64.temperature", "burnin.fp64.power",
                                   "burnin.fp64.throttle", "burnin.fp32", "burnin.fp32.temperature",
                                   "burnin.fp32.power", "burnin.fp32.throttle"));
    EXPECT_THAT(leads, ElementsAre(0, 0, 0, 0, 4, 4, 4, 4));
}

TEST(Burnin, HasASampleASliceAndTimeForItsDuration) {
    const std::vector<CaseSpec> cases = cases_for("burnin", lasting(10, 0.3));
    EXPECT_EQ(cases[0].repetitions, 34);
    EXPECT_GE(cases[0].expected_s, 10);
    EXPECT_GE(cases[0].deadline_s, 40);
    EXPECT_EQ(cases[1].unit, "degC");
    EXPECT_EQ(cases[1].better, Direction::LowerIsBetter);
    EXPECT_EQ(cases[2].unit, "W");
    EXPECT_EQ(cases[3].unit, "1");
    EXPECT_EQ(cases[3].repetitions, 1);
}

TEST(Burnin, RefusesASliceLongerThanTheWhole) {
    EXPECT_THROW((void)cases_for("burnin", lasting(1, 2)), InputError);
}

TEST(Burnin, RefusesMoreSlicesThanCanBeKept) {
    EXPECT_THROW((void)cases_for("burnin", lasting(1e6, 0.01)), InputError);
}

TEST(Burnin, RecordsTheRateAgainstTime) {
    SuiteRun burnin{"burnin", "burnin.fp64", lasting(20, 1)};
    burnin.device.script.run_s = {0.1};
    burnin.run();
    const auto& recorded = burnin.context.recorded.at("burnin.fp64");
    EXPECT_THAT(recorded.samples, SizeIs(20));
    EXPECT_THAT(recorded.samples, Each(DoubleNear(2e6 / 0.1, 1)));
    EXPECT_NEAR(recorded.times_s.back() - recorded.times_s.front(), 19, 0.2);
}

TEST(Burnin, SkipsWhatThisHostHasNoSensorsFor) {
    SuiteRun burnin{"burnin", "burnin.fp64", lasting(5, 1)};
    burnin.run();
    EXPECT_THAT(burnin.context.recorded, SizeIs(1));
    EXPECT_EQ(burnin.context.skipped.at("burnin.fp64.temperature"),
              "this host has no temperature sensor (hwmon)");
    EXPECT_EQ(burnin.context.skipped.at("burnin.fp64.power"),
              "this host has no power sensor (hwmon, RAPL)");
    EXPECT_EQ(burnin.context.skipped.at("burnin.fp64.throttle"),
              "this host has no throttle counter (thermal_throttle)");
}

Parameters phased(double idle_s, double ramp_s, double cool_down_s) {
    Parameters parameters = lasting(5, 1);
    parameters.set("idle_s", idle_s);
    parameters.set("ramp_s", ramp_s);
    parameters.set("cool_down_s", cool_down_s);
    return parameters;
}

TEST(Burnin, GivesItsPhasesTime) {
    const CaseSpec plain = cases_for("burnin", lasting(5, 1))[0];
    const CaseSpec lead = cases_for("burnin", phased(100, 50, 30))[0];
    EXPECT_EQ(lead.expected_s, plain.expected_s + 180);
    EXPECT_GE(lead.deadline_s, plain.deadline_s + 180);
    EXPECT_EQ(lead.repetitions, plain.repetitions);
}

TEST(Burnin, GoesThroughItsPhasesInOrder) {
    SuiteRun burnin{"burnin", "burnin.fp64", phased(0.02, 0.05, 0.01)};
    burnin.run();
    const std::vector<std::string>& said = burnin.context.operations;
    const auto at = [&](std::string_view words) {
        const auto found = std::ranges::find_if(
            said, [&](const std::string& each) { return each.starts_with(words); });
        return found - said.begin();
    };
    EXPECT_LT(at("idle for 0.02 s"), at("ramp for 0.05 s"));
    EXPECT_LT(at("ramp for 0.05 s"), at("warm-up 1"));
    EXPECT_LT(at("sample 5 of 5"), at("cool down for 0.01 s"));
    EXPECT_LT(at("cool down for 0.01 s"), std::ssize(said));
    EXPECT_THAT(burnin.context.recorded.at("burnin.fp64").samples, SizeIs(5));
}

TEST(Burnin, RampsUpTheShareOfTheTimeThatItWorks) {
    SuiteRun burnin{"burnin", "burnin.fp64", phased(0, 0.2, 0)};
    burnin.device.script.run_s = {0.0005};
    burnin.run();
    // Five stretches of 40 ms, of which 0.1, 0.3, 0.5, 0.7 and 0.9 are worked; the soak is 5 s.
    const int ramp_runs = burnin.device.script.runs - 5 * 2000;
    EXPECT_GE(ramp_runs, 150);
    EXPECT_LE(ramp_runs, 2600);  // with what the soak's warm-up takes: a sample of 1 s
}

TEST(Burnin, ReplaysAWrongAnswerHotAndCold) {
    SuiteRun burnin{"burnin", "burnin.fp64", phased(0, 0, 0.01)};
    // The first of the third slice, two hot ones, the first cold. Before the slices of 100 outputs
    // there are 112 of the warm-up.
    burnin.device.script.wrong_checks = {312, 313, 315, 316};
    try {
        burnin.run();
        FAIL() << "nothing was thrown";
    } catch (const WrongAnswer& wrong) {
        EXPECT_THAT(wrong.what(), testing::HasSubstr("replayed hot, at once: wrong in 2 of 3"));
        EXPECT_THAT(wrong.what(),
                    testing::HasSubstr("replayed cold, after the cool-down: wrong in 1 of 3"));
    }
    EXPECT_THAT(burnin.context.recorded.at("burnin.fp64").samples, SizeIs(3));
}

TEST(Burnin, ChecksEveryOutputOfACpuAndSaysHowMany) {
    SuiteRun burnin{"burnin", "burnin.fp64", lasting(5, 1)};
    burnin.run();
    EXPECT_EQ(burnin.device.script.checks, burnin.device.script.runs);
    const std::string& said = burnin.context.recorded.at("burnin.fp64").variant.parameters;
    EXPECT_THAT(said,
                testing::HasSubstr("\"checked\":" + std::to_string(burnin.device.script.checks)));
}

TEST(Burnin, ChecksAnOutputASliceOfAGpuForItsQueueMustNotRunDry) {
    Parameters parameters = lasting(5, 1);
    parameters.set("device", std::string{"gpu"});
    SuiteRun burnin{"burnin", "burnin.fp64.gpu", parameters};
    burnin.device.facts.facts.kind = "gpu";
    burnin.run();
    EXPECT_LT(burnin.device.script.checks, 10);
    EXPECT_GT(burnin.device.script.runs, 500);
}

TEST(Burnin, AnAnswerThatIsWrongFromTheFirstOnIsReplayedToo) {
    SuiteRun burnin{"burnin", "burnin.fp64", lasting(5, 1)};
    burnin.device.script.wrong_checks = {0, 1, 2, 3};
    EXPECT_THROW(burnin.run(), WrongAnswer);
    EXPECT_TRUE(burnin.context.recorded.empty());
    EXPECT_EQ(burnin.device.script.checks, 4);
}

class HostWithSensors : public testing::Test {
  protected:
    HostWithSensors() {
        tree_.write("class/hwmon/hwmon0/name", "k10temp\n");
        tree_.write("class/hwmon/hwmon0/temp1_input", "61500\n");
        tree_.write("class/powercap/intel-rapl:0/name", "package-0\n");
        tree_.write("class/powercap/intel-rapl:0/energy_uj", "5000000\n");
        tree_.write("devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "4\n");
        burnin_.context.host_sensors = find_sensors(tree_.root());
    }
    SysfsTree tree_;
    SuiteRun burnin_{"burnin", "burnin.fp64", lasting(5, 1)};
};

TEST_F(HostWithSensors, FillsEveryCell) {
    burnin_.run();
    EXPECT_TRUE(burnin_.context.skipped.empty());
    EXPECT_THAT(burnin_.context.recorded, SizeIs(4));
    EXPECT_THAT(burnin_.context.recorded.at("burnin.fp64.temperature").samples, Each(61.5));
    EXPECT_THAT(burnin_.context.recorded.at("burnin.fp64.power").samples, ElementsAre(0));
    EXPECT_THAT(burnin_.context.recorded.at("burnin.fp64.throttle").samples, ElementsAre(0));
    EXPECT_EQ(burnin_.context.recorded.at("burnin.fp64.power").variant.algorithm,
              "sum of 1 RAPL counter");
    EXPECT_THAT(burnin_.context.read.at("rapl.package-0"), testing::Contains(5));
}

TEST_F(HostWithSensors, FillsEveryCellOfAnotherRankToo) {
    burnin_.context.rank = 3;
    burnin_.run();
    EXPECT_THAT(burnin_.context.recorded, SizeIs(4));
    for (const auto& [name, values] : burnin_.context.read) {  // of its own device alone
        EXPECT_THAT(name, testing::AnyOf("cpu.temperature", "cpu.power", "burnin.rate"));
    }
}

TEST_F(HostWithSensors, PutsItsOwnSeriesIntoTheTelemetry) {
    burnin_.run();
    const auto& read = burnin_.context.read;
    EXPECT_THAT(read.at("cpu.temperature"), testing::AllOf(SizeIs(testing::Ge(2U)), Each(61.5)));
    EXPECT_THAT(read.at("cpu.power"), Each(0));
    EXPECT_THAT(read.at("burnin.rate"), Each(DoubleNear(2e6 / 0.01, 1)));
}

TEST_F(HostWithSensors, KeepsOnlyTheSoaksReadingsAsTheCompanions) {
    Parameters parameters = phased(0, 0.05, 0);
    parameters.set("sensor_interval_s", 0.01);
    SuiteRun burnin{"burnin", "burnin.fp64", parameters};
    burnin.context.host_sensors = find_sensors(tree_.root());
    burnin.run();
    // The first reading was at 100 s of the scripted clock, which the ramp's work moves on.
    const auto& kept = burnin.context.recorded.at("burnin.fp64.temperature");
    EXPECT_GT(kept.times_s.front(), 100);
    EXPECT_LT(kept.samples.size(), burnin.context.read.at("cpu.temperature").size());
}

TEST_F(HostWithSensors, SaysAtWhichTemperatureAnAnswerWasWrongAndThatItDoesNotReplay) {
    burnin_.device.script.wrong_checks = {412};
    try {
        burnin_.run();
        FAIL() << "nothing was thrown";
    } catch (const WrongAnswer& wrong) {
        EXPECT_THAT(wrong.what(), testing::HasSubstr("at 61.5 degC; replayed"));
        EXPECT_THAT(wrong.what(), testing::HasSubstr("replayed hot, at once: wrong in 0 of 3"));
        EXPECT_THAT(wrong.what(), testing::Not(testing::HasSubstr("cold")));
    }
}

TEST_F(HostWithSensors, KeepsAllOfThemWhenTheAnswerIsWrong) {
    burnin_.device.script.wrong_checks = {412};
    EXPECT_THROW(burnin_.run(), WrongAnswer);
    EXPECT_THAT(burnin_.context.recorded, SizeIs(4));
    EXPECT_THAT(burnin_.context.recorded.at("burnin.fp64").samples, SizeIs(4));
}

TEST_F(HostWithSensors, WhatCannotBeReadIsSkippedAndNeverZero) {
    tree_.write("class/powercap/intel-rapl:0/energy_uj", "");
    tree_.write("class/hwmon/hwmon0/temp1_input", "");
    tree_.write("devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "");
    burnin_.run();
    EXPECT_THAT(burnin_.context.recorded, SizeIs(1));
    EXPECT_THAT(burnin_.context.skipped.at("burnin.fp64.power"),
                testing::HasSubstr("could be read (1 listed)"));
}

/// Values of all parts and of the record, in order.
std::vector<double> all_samples(const SuiteRun& burnin, const std::string& name) {
    std::vector<double> all;
    const auto parts = burnin.context.parts.find(name);
    if (parts != burnin.context.parts.end()) {
        for (const auto& part : parts->second) {
            all.insert(all.end(), part.samples.begin(), part.samples.end());
        }
    }
    const auto rest = burnin.context.recorded.find(name);
    if (rest != burnin.context.recorded.end()) {
        all.insert(all.end(), rest->second.samples.begin(), rest->second.samples.end());
    }
    return all;
}

TEST(Burnin, LeavesItsEvidenceEachMinute) {
    SuiteRun burnin{"burnin", "burnin.fp64", lasting(200, 1)};
    burnin.device.script.run_s = {0.1};
    burnin.device.script.throws_at_run = 1500;  // at about 150 s
    EXPECT_THROW(burnin.run(), Error);
    EXPECT_THAT(burnin.context.recorded, SizeIs(0));
    ASSERT_THAT(burnin.context.parts.at("burnin.fp64"), SizeIs(2));
    EXPECT_THAT(all_samples(burnin, "burnin.fp64"),
                SizeIs(testing::AllOf(testing::Ge(115U), testing::Le(125U))));
}

TEST(Burnin, PartsAndTheRestAreTheWhole) {
    SuiteRun burnin{"burnin", "burnin.fp64", lasting(200, 1)};
    burnin.device.script.run_s = {0.1};
    burnin.run();
    EXPECT_THAT(burnin.context.parts.at("burnin.fp64"), SizeIs(3));
    EXPECT_THAT(all_samples(burnin, "burnin.fp64"), SizeIs(200));
}

TEST(Burnin, GoesOnBehindWhatStands) {
    SuiteRun burnin{"burnin", "burnin.fp64", lasting(200, 1)};
    burnin.device.script.run_s = {0.1};
    set_recorded(burnin.cases[0], "burnin.fp64", 150, 1e6);
    set_recorded(burnin.cases[0], "burnin.fp64.throttle", 1, 4);
    SysfsTree sysfs;
    const auto count =
        sysfs.write("devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "7");
    burnin.context.host_sensors = find_sensors(sysfs.root());
    const double began_s = burnin.clock.now_s();
    burnin.run();
    EXPECT_THAT(all_samples(burnin, "burnin.fp64"), SizeIs(50));
    EXPECT_NEAR(burnin.clock.now_s() - began_s, 50, 2);
    EXPECT_THAT(burnin.context.recorded.at("burnin.fp64.throttle").samples, ElementsAre(4))
        << "what was counted before, and nothing since";
}

TEST(Burnin, WhoseSoakWasOverOnlyEnds) {
    SuiteRun burnin{"burnin", "burnin.fp64", lasting(200, 1)};
    burnin.device.script.run_s = {0.1};
    set_recorded(burnin.cases[0], "burnin.fp64", 200, 1e6);
    burnin.context.parts_stand = true;
    burnin.run();
    EXPECT_THAT(burnin.context.recorded.at("burnin.fp64").samples, SizeIs(0));
    EXPECT_EQ(burnin.device.script.runs, 0);
}

Parameters with_bandwidth() {
    Parameters parameters = lasting(40, 1);
    parameters.set("bandwidth_every", std::int64_t{10});
    return parameters;
}

TEST(Burnin, PutsSlicesOfBandwidthBetweenThoseOfTheRate) {
    SuiteRun burnin{"burnin", "burnin.fp64", with_bandwidth()};
    ASSERT_THAT(burnin.cases, SizeIs(5));
    EXPECT_EQ(burnin.cases[4].name, "burnin.fp64.bandwidth");
    EXPECT_EQ(burnin.cases[4].repetitions, 4);
    burnin.device.script.run_s = {0.1};
    burnin.run();
    EXPECT_THAT(all_samples(burnin, "burnin.fp64"), SizeIs(40));
    EXPECT_THAT(all_samples(burnin, "burnin.fp64.bandwidth"), SizeIs(4));
    EXPECT_THAT(burnin.device.kernels, ElementsAre(StreamKernel::Triad));
    EXPECT_THAT(burnin.context.read.at("burnin.bandwidth"), SizeIs(4));
}

TEST(Burnin, MemoryThatFailsWhenHotIsAWrongAnswer) {
    SuiteRun burnin{"burnin", "burnin.fp64", with_bandwidth()};
    burnin.device.script.run_s = {0.1};
    SuiteRun sound{"burnin", "burnin.fp64", lasting(10, 1)};
    sound.device.script.run_s = {0.1};
    sound.run();
    burnin.device.script.wrong_checks = {sound.device.script.checks};  // the triad's first
    EXPECT_THROW(burnin.run(), WrongAnswer);
    EXPECT_THAT(all_samples(burnin, "burnin.fp64"), SizeIs(10)) << "its evidence stays";
}

TEST(Burnin, WithoutRoomForArraysOnlyBandwidthIsSkipped) {
    SuiteRun burnin{"burnin", "burnin.fp64", with_bandwidth()};
    burnin.device.script.run_s = {0.1};
    burnin.device.facts.memory_bytes = std::int64_t{1} << 20;
    burnin.run();
    EXPECT_THAT(all_samples(burnin, "burnin.fp64"), SizeIs(40));
    EXPECT_THAT(burnin.context.skipped.at("burnin.fp64.bandwidth"),
                testing::HasSubstr("do not fit"));
}

TEST(Burnin, RefusesMoreSlicesToOneOfBandwidthThanThereAre) {
    Parameters parameters = lasting(5, 1);
    parameters.set("bandwidth_every", std::int64_t{6});
    EXPECT_THROW((void)cases_for("burnin", parameters), InputError);
}

}  // namespace
}  // namespace rackproof
