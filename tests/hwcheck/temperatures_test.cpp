#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hwcheck/linux/sections.hpp"
#include "tests/support/inventory_of.hpp"
#include "tests/support/sysfs_tree.hpp"

namespace rackproof {
namespace {

using test::events;
using test::item;
using test::SysfsTree;
using test::value;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void write_chip(const SysfsTree& files, const char* first, const char* second) {
    const std::string chip = "sys/class/hwmon/hwmon3";
    files.write(chip + "/name", "coretemp\n");
    files.write(chip + "/temp1_label", "Core 0\n");
    files.write(chip + "/temp1_input", first);
    files.write(chip + "/temp1_crit", "100000\n");
    files.write(chip + "/temp2_input", second);
    files.write(chip + "/temp2_crit", "0\n");
    files.write("sys/class/hwmon/hwmon4/name", "fan\n");
}

TEST(Temperatures, AreTheHottestOfEachChip) {
    const SysfsTree files;
    write_chip(files, "41500\n", "38000\n");
    const Inventory inventory = test::inventory_of(read_temperatures, Tree{files.root()});
    EXPECT_EQ(value(inventory, "temperature.hottest_degc", "hwmon3.coretemp"), "41.5");
    EXPECT_EQ(value(inventory, "temperature.chips"), "1");
    EXPECT_THAT(inventory.events, IsEmpty());
}

TEST(Temperatures, ThatTheirChipCallsCriticalAreTold) {
    const SysfsTree files;
    write_chip(files, "100000\n", "38000\n");
    const Inventory inventory = test::inventory_of(read_temperatures, Tree{files.root()});
    EXPECT_THAT(events(inventory), ElementsAre("over_temperature[hwmon3.coretemp]"));
    EXPECT_EQ(inventory.events[0].severity, "error");
    EXPECT_THAT(inventory.events[0].text, HasSubstr("Core 0 has 100 degC"));
}

TEST(Temperatures, ThatCannotBeAreNotKnown) {
    const SysfsTree files;
    write_chip(files, "999999999\n", "warm\n");
    const Inventory inventory = test::inventory_of(read_temperatures, Tree{files.root()});
    EXPECT_EQ(item(inventory, "temperature.hottest_degc", "hwmon3.coretemp").why_unknown,
              "no sensor says a temperature");
    EXPECT_THAT(inventory.events, IsEmpty());
}

}  // namespace
}  // namespace rackproof
