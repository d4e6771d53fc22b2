#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
    EXPECT_TRUE(burnin_.context.read.empty());
}

TEST_F(HostWithSensors, KeepsAllOfThemWhenTheAnswerIsWrong) {
    burnin_.device.script.wrong_checks = {4};
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

}  // namespace
}  // namespace rackproof
