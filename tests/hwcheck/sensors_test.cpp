#include "hwcheck/sensors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>

#include "tests/support/source_folder.hpp"
#include "tests/support/sysfs_tree.hpp"

namespace rackproof {
namespace {

using test::SysfsTree;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names_in(const std::vector<Sensor>& sensors) {
    std::vector<std::string> names;
    for (const Sensor& sensor : sensors) names.push_back(sensor.name);
    return names;
}

const Sensor& named(const std::vector<Sensor>& sensors, std::string_view name) {
    return *std::ranges::find(sensors, name, &Sensor::name);
}

TEST(FindSensors, FindsNoneWhereThereIsNothing) {
    const SysfsTree tree;
    EXPECT_THAT(find_sensors(tree.root()), IsEmpty());
    EXPECT_THAT(find_sensors(tree.root() / "missing"), IsEmpty());
}

TEST(FindSensors, NamesHwmonByChipAndLabelInBaseUnits) {
    const SysfsTree tree;
    tree.write("class/hwmon/hwmon0/name", "k10temp\n");
    tree.write("class/hwmon/hwmon0/temp1_input", "61500\n");
    tree.write("class/hwmon/hwmon0/temp1_label", "Tctl\n");
    tree.write("class/hwmon/hwmon0/temp1_crit", "95000\n");
    tree.write("class/hwmon/hwmon0/temp3_input", "-4250\n");
    const std::vector<Sensor> sensors = find_sensors(tree.root());
    ASSERT_THAT(names_in(sensors), ElementsAre("hwmon.k10temp.Tctl", "hwmon.k10temp.temp3"));
    EXPECT_EQ(sensors[0].kind, SensorKind::Temperature);
    EXPECT_EQ(sensors[0].unit, Unit::DegreeCelsius);
    EXPECT_DOUBLE_EQ(sensors[0].resolution, 0.001);
    EXPECT_DOUBLE_EQ(read(sensors[0]).value(), 61.5);
    EXPECT_DOUBLE_EQ(read(sensors[1]).value(), -4.25);
}

struct ChannelCase {
    const char* file;
    const char* text;
    SensorKind kind;
    Unit unit;
    double value;
};

class HwmonChannel : public testing::TestWithParam<ChannelCase> {};

TEST_P(HwmonChannel, HasTheKernelsUnit) {
    const SysfsTree tree;
    tree.write(std::string{"class/hwmon/hwmon0/"} + GetParam().file, GetParam().text);
    const std::vector<Sensor> sensors = find_sensors(tree.root());
    ASSERT_EQ(sensors.size(), 1U);
    EXPECT_EQ(sensors[0].kind, GetParam().kind);
    EXPECT_EQ(sensors[0].unit, GetParam().unit);
    EXPECT_DOUBLE_EQ(read(sensors[0]).value(), GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(
    Channels, HwmonChannel,
    testing::Values(
        ChannelCase{"temp1_input", "45000", SensorKind::Temperature, Unit::DegreeCelsius, 45},
        ChannelCase{"power1_input", "250000000", SensorKind::Power, Unit::Watt, 250},
        ChannelCase{"power2_average", "3000000", SensorKind::Power, Unit::Watt, 3},
        ChannelCase{"energy1_input", "7000000", SensorKind::Energy, Unit::Joule, 7},
        ChannelCase{"fan1_input", "3000", SensorKind::Fan, Unit::PerSecond, 50},
        ChannelCase{"in0_input", "12000", SensorKind::Voltage, Unit::Volt, 12},
        ChannelCase{"curr1_input", "1500", SensorKind::Current, Unit::Ampere, 1.5},
        ChannelCase{"freq1_input", "214000000", SensorKind::Frequency, Unit::Hertz, 214e6}));

TEST(FindSensors, TakesAnAveragePowerOnlyWhereThereIsNoOther) {
    const SysfsTree tree;
    tree.write("class/hwmon/hwmon0/power1_input", "5000000");
    tree.write("class/hwmon/hwmon0/power1_average", "4000000");
    const std::vector<Sensor> sensors = find_sensors(tree.root());
    ASSERT_THAT(names_in(sensors), ElementsAre("hwmon.hwmon0.power1"));
    EXPECT_DOUBLE_EQ(read(sensors[0]).value(), 5);
}

TEST(FindSensors, FindsOldDriversAttributesInTheDevicesFolder) {
    const SysfsTree tree;
    tree.write("class/hwmon/hwmon0/device/name", "old\n");
    tree.write("class/hwmon/hwmon0/device/temp1_input", "1000\n");
    EXPECT_THAT(names_in(find_sensors(tree.root())), ElementsAre("hwmon.old.temp1"));
}

TEST(FindSensors, MakesNamesFitAndUnique) {
    const SysfsTree tree;
    for (const char* chip : {"hwmon0", "hwmon1", "hwmon10"}) {
        const std::string folder = std::string{"class/hwmon/"} + chip;
        tree.write(folder + "/name", "nvme\n");
        tree.write(folder + "/temp1_input", "1000\n");
        tree.write(folder + "/temp1_label", "In/Out\x1b[2J\xff\n");
    }
    const std::vector<std::string> names = names_in(find_sensors(tree.root()));
    ASSERT_EQ(names.size(), 3U);
    EXPECT_EQ(names[0], "hwmon.nvme.In_Out\uFFFD[2J\uFFFD");
    EXPECT_EQ(names[1], names[0] + "#2");
    EXPECT_EQ(names[2], names[0] + "#3");
}

TEST(FindSensors, ANameThatLooksLikeANumberedOneStaysUnique) {
    const SysfsTree tree;
    tree.write("class/hwmon/hwmon0/temp1_input", "1");
    tree.write("class/hwmon/hwmon0/temp1_label", "x#2");
    tree.write("class/hwmon/hwmon0/temp2_input", "1");
    tree.write("class/hwmon/hwmon0/temp2_label", "x");
    tree.write("class/hwmon/hwmon0/temp3_input", "1");
    tree.write("class/hwmon/hwmon0/temp3_label", "x");
    EXPECT_THAT(names_in(find_sensors(tree.root())),
                ElementsAre("hwmon.hwmon0.x#2", "hwmon.hwmon0.x", "hwmon.hwmon0.x#3"));
}

TEST(FindSensors, NamesRaplZonesThroughTheirParents) {
    const SysfsTree tree;
    tree.write("class/powercap/intel-rapl/enabled", "1");
    for (const auto& [zone, name] :
         std::map<std::string, std::string>{{"intel-rapl:0", "package-0"},
                                            {"intel-rapl:0:0", "dram"},
                                            {"intel-rapl:1", "psys"},
                                            {"intel-rapl-mmio:0", "package-0"}}) {
        tree.write("class/powercap/" + zone + "/name", name + "\n");
        tree.write("class/powercap/" + zone + "/energy_uj", "240422366267\n");
    }
    tree.write("class/powercap/intel-rapl:0/max_energy_range_uj", "262143328850\n");
    const std::vector<Sensor> sensors = find_sensors(tree.root());
    EXPECT_THAT(names_in(sensors),
                testing::UnorderedElementsAre("rapl.package-0", "rapl.package-0.dram", "rapl.psys",
                                              "rapl-mmio.package-0"));
    const Sensor& package = named(sensors, "rapl.package-0");
    EXPECT_EQ(package.kind, SensorKind::Energy);
    EXPECT_DOUBLE_EQ(package.wraps_at.value(), 262143.328850);
    EXPECT_DOUBLE_EQ(read(package).value(), 240422.366267);
    EXPECT_EQ(named(sensors, "rapl.psys").wraps_at, std::nullopt);
}

TEST(FindSensors, CountsAPackagesThrottlingOnce) {
    const SysfsTree tree;
    for (const char* cpu : {"cpu0", "cpu1", "cpu2"}) {
        const std::string folder = std::string{"devices/system/cpu/"} + cpu;
        tree.write(folder + "/cpufreq/scaling_cur_freq", "1699981\n");
        tree.write(folder + "/thermal_throttle/core_throttle_count", "5\n");
        tree.write(folder + "/thermal_throttle/package_throttle_count", "30\n");
        if (std::string_view{cpu} != "cpu2") {
            tree.write(folder + "/topology/physical_package_id", "0\n");
        }
    }
    tree.write("devices/system/cpu/cpufreq/policy0/scaling_cur_freq", "1\n");
    const std::vector<Sensor> sensors = find_sensors(tree.root());
    EXPECT_THAT(names_in(sensors),
                ElementsAre("cpu0.frequency", "cpu0.throttle_count", "package0.throttle_count",
                            "cpu1.frequency", "cpu1.throttle_count", "cpu2.frequency",
                            "cpu2.throttle_count", "cpu2.package.throttle_count"));
    EXPECT_DOUBLE_EQ(read(sensors[0]).value(), 1699981e3);
    EXPECT_DOUBLE_EQ(read(sensors[2]).value(), 30);
}

TEST(FindSensors, ListsWhatCannotBeReadNow) {
    const SysfsTree tree;
    tree.write("class/hwmon/hwmon0/temp1_input", "");
    const std::vector<Sensor> sensors = find_sensors(tree.root());
    ASSERT_EQ(sensors.size(), 1U);
    EXPECT_EQ(read(sensors[0]), std::nullopt);
}

TEST(Read, GivesNothingForAFileThatVanished) {
    const SysfsTree tree;
    const auto file = tree.write("class/hwmon/hwmon0/temp1_input", "1000\n");
    const std::vector<Sensor> sensors = find_sensors(tree.root());
    std::filesystem::remove(file);
    EXPECT_EQ(read(sensors.at(0)), std::nullopt);
}

TEST(Read, RefusesNegativeCountsAndEnergies) {
    const SysfsTree tree;
    Sensor sensor{.name = "s", .file = tree.write("file", "-1\n"), .wraps_at = {}};
    for (const SensorKind kind :
         {SensorKind::Energy, SensorKind::Frequency, SensorKind::ThrottleCount, SensorKind::Fan}) {
        sensor.kind = kind;
        EXPECT_EQ(read(sensor), std::nullopt);
    }
    sensor.kind = SensorKind::Current;
    EXPECT_EQ(read(sensor), -1.0);
}

/// A tree of real machines' files, in which links stand as files that hold their targets.
class CapturedTree : public testing::Test {
  protected:
    void SetUp() override {
        captured_ = test::source_folder().parent_path() / "shared/data/linux-sysfs-fixtures/sys";
        if (!std::filesystem::exists(captured_))
            GTEST_SKIP() << "no captured tree at " << captured_;
        std::filesystem::create_directories(tree_.root() / "class/hwmon");
        std::filesystem::create_symlink(captured_ / "class/powercap",
                                        tree_.root() / "class/powercap");
        std::filesystem::create_symlink(captured_ / "devices", tree_.root() / "devices");
        for (const auto& entry : std::filesystem::directory_iterator{captured_ / "class/hwmon"}) {
            std::filesystem::create_symlink(target_of(entry.path()),
                                            tree_.root() / "class/hwmon" / entry.path().filename());
        }
    }
    [[nodiscard]] static std::filesystem::path target_of(const std::filesystem::path& entry) {
        if (std::filesystem::is_directory(entry)) return entry;
        std::string target;
        std::getline(std::ifstream{entry}, target);
        return entry.parent_path() / target;
    }
    SysfsTree tree_;
    std::filesystem::path captured_;
};

TEST_F(CapturedTree, IsFoundWhole) {
    const std::vector<Sensor> sensors = find_sensors(tree_.root());
    std::map<SensorKind, int> kinds;
    for (const Sensor& sensor : sensors) ++kinds[sensor.kind];
    EXPECT_EQ(kinds[SensorKind::ThrottleCount], 4 + 2);
    EXPECT_EQ(kinds[SensorKind::Energy], 2);
    EXPECT_EQ(kinds[SensorKind::Frequency], 4 + 2);
    EXPECT_GE(kinds[SensorKind::Temperature], 12);
    EXPECT_NEAR(read(named(sensors, "hwmon.hwmon4.foosensor")).value(), 55, 1e-9);
    EXPECT_DOUBLE_EQ(read(named(sensors, "rapl.package-0.core")).value(), 118821.284256);
    std::vector<std::string> names = names_in(sensors);
    std::ranges::sort(names);
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

}  // namespace
}  // namespace rackproof
