// What the readers of /sys say of trees of real machines. The expectations were written before
// they were read: from the SOURCES.md beside each, and from what its own project asserts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "hwcheck/linux/sections.hpp"
#include "tests/support/inventory_of.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/source_folder.hpp"
#include "tests/support/sysfs_tree.hpp"

namespace rackproof {
namespace {

namespace fs = std::filesystem;
using test::events;
using test::SysfsTree;
using test::value;
using testing::ElementsAre;
using testing::IsEmpty;

/// A tree of ours into which a real one is copied, that a test may then change.
class RealMachines : public testing::Test {
  protected:
    void SetUp() override {
        if (!fs::exists(test::real_data("gpud-fixtures"))) {
            GTEST_SKIP() << "no trees of real machines at " << test::real_data("");
        }
    }

    /// The folder `name` of the data as `place` of the machine.
    void take(const std::string& name, const std::string& place) {
        fs::create_directories(files_.root() / place);
        fs::copy(test::real_data(name), files_.root() / place, fs::copy_options::recursive);
        for (const auto& entry : fs::recursive_directory_iterator{files_.root()}) {
            fs::permissions(entry.path(), fs::perms::owner_all, fs::perm_options::add);
        }
    }
    [[nodiscard]] Inventory read(void (*section)(const Tree&, InventoryWriter&)) const {
        return test::inventory_of(section, Tree{files_.root()});
    }

    SysfsTree files_;
};

constexpr const char* kH100Ports =
    "gpud-fixtures/components/accelerator/nvidia/infiniband/class/testdata/"
    "sys-class-infiniband-h100.0";

// gpud-fixtures/SOURCES.md: 9 HCAs. Its class_test.go: all ACTIVE and LinkUp, eight of them MT4129
// with firmware 28.41.1000 at 400 Gb/s, the bond an MT41692 at 200 Gb/s over Ethernet; link_downed
// of mlx5_1 is 255.
TEST_F(RealMachines, NineAdaptersOfAnH100AreUp) {
    take(kH100Ports, "sys/class/infiniband");
    const Inventory inventory = read(read_ports);
    EXPECT_EQ(value(inventory, "hca.count"), "9");
    for (const char* name :
         {"mlx5_0", "mlx5_1", "mlx5_4", "mlx5_5", "mlx5_6", "mlx5_7", "mlx5_8", "mlx5_9"}) {
        const std::string port = std::string{name} + "/1";
        EXPECT_EQ(value(inventory, "hca.type", name), "MT4129");
        EXPECT_EQ(value(inventory, "hca.firmware", name), "28.41.1000");
        EXPECT_EQ(value(inventory, "port.state", port), "active");
        EXPECT_EQ(value(inventory, "port.rate_bit_per_s", port), "400000000000");
        EXPECT_EQ(value(inventory, "port.link_layer", port), "InfiniBand");
    }
    EXPECT_EQ(value(inventory, "port.rate_bit_per_s", "mlx5_bond_0/1"), "200000000000");
    EXPECT_EQ(value(inventory, "port.link_layer", "mlx5_bond_0/1"), "Ethernet");
    EXPECT_EQ(value(inventory, "port.errors.link_downed", "mlx5_1/1"), "255");
    EXPECT_THAT(inventory.events, IsEmpty()) << "what a port did before is no finding of now";
}

TEST_F(RealMachines, OneOfThemThatIsDownIsTold) {
    take(kH100Ports, "sys/class/infiniband");
    files_.write("sys/class/infiniband/mlx5_7/ports/1/state", "1: DOWN\n");
    files_.write("sys/class/infiniband/mlx5_7/ports/1/phys_state", "3: Disabled\n");
    EXPECT_THAT(events(read(read_ports)), ElementsAre("port_down[mlx5_7/1]"));
}

// linux-sysfs-fixtures/SOURCES.md: edac mc0, infiniband mlx4_0 and i40iw0. Its project's
// e2e-output.txt: one corrected and five uncorrected errors of controller 0; all three ports up.
TEST_F(RealMachines, ANodeExportersTreeHasUncorrectedMemoryErrors) {
    take("linux-sysfs-fixtures/sys", "sys");
    const Inventory memory = read(read_memory_errors);
    EXPECT_EQ(value(memory, "edac.corrected", "mc0"), "1");
    EXPECT_EQ(value(memory, "edac.uncorrected", "mc0"), "5");
    EXPECT_THAT(events(memory), ElementsAre("memory_uncorrected[mc0]"));
    files_.write("sys/devices/system/edac/mc/mc0/ue_count", "0\n");
    EXPECT_THAT(read(read_memory_errors).events, IsEmpty());
    const Inventory ports = read(read_ports);
    EXPECT_EQ(value(ports, "hca.count"), "2");
    EXPECT_EQ(value(ports, "port.rate_bit_per_s", "mlx4_0/2"), "40000000000");
    EXPECT_THAT(ports.events, IsEmpty());
}

// nvme0 is a Samsung SSD 970 PRO, live; hwmon4 has 55 and 54 degC, critical 100 (e2e-output.txt).
TEST_F(RealMachines, ANodeExportersDriveAndSensorsAreWell) {
    take("linux-sysfs-fixtures/sys", "sys");
    const Inventory drives = read(read_drives);
    EXPECT_EQ(value(drives, "drive.model", "nvme0"), "Samsung SSD 970 PRO 512GB");
    EXPECT_EQ(value(drives, "drive.state", "nvme0"), "live");
    EXPECT_THAT(drives.events, IsEmpty());
    files_.write("sys/class/nvme/nvme0/state", "dead\n");
    EXPECT_THAT(events(read(read_drives)), ElementsAre("drive_not_live[nvme0]"));
    EXPECT_EQ(value(read(read_temperatures), "temperature.hottest_degc", "hwmon4.chip"), "55");
    EXPECT_THAT(read(read_temperatures).events, IsEmpty());
}

// telegraf's expected_v1.out: nvme composite 35.85, sensor1 35.85, sensor2 38.85, critical 84.85;
// k10temp 33.25.
TEST_F(RealMachines, TelegrafsSensorsSayWhatItExpects) {
    take("telegraf-gpu-fixtures/plugins/inputs/temp/testcases/general/sys", "sys");
    const Inventory inventory = read(read_temperatures);
    EXPECT_EQ(value(inventory, "temperature.hottest_degc", "hwmon0.nvme"), "38.85");
    EXPECT_EQ(value(inventory, "temperature.hottest_degc", "hwmon1.k10temp"), "33.25");
    EXPECT_THAT(inventory.events, IsEmpty());
    files_.write("sys/class/hwmon/hwmon0/temp1_input", "84850\n");
    EXPECT_THAT(events(read(read_temperatures)), ElementsAre("over_temperature[hwmon0.nvme]"));
}

// gpud's pkg/host: "Ubuntu 22.04.5 LTS".
TEST_F(RealMachines, ADistributionIsNamed) {
    files_.write("etc/os-release",
                 test::bytes_of(test::real_data("gpud-fixtures/pkg/host/testdata/etc-os-release")));
    EXPECT_EQ(value(read(read_system), "os.name"), "Ubuntu 22.04.5 LTS");
}

}  // namespace
}  // namespace rackproof
