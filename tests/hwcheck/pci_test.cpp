#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "hwcheck/linux/sections.hpp"
#include "tests/support/inventory_of.hpp"
#include "tests/support/sysfs_tree.hpp"

namespace rackproof {
namespace {

using test::events;
using test::inventory_of;
using test::SysfsTree;
using test::value;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Link {
    const char* speed = "32.0 GT/s PCIe";
    const char* width = "16";
    const char* speed_max = "32.0 GT/s PCIe";
    const char* width_max = "16";
};

/// A bus like a GPU server's: root port, switch, GPU and network card below the switch; a drive of
/// its own root port.
class Bus {
  public:
    Bus() {
        device("0000:00:01.0", "pci0000:00/0000:00:01.0", "0x060400");
        device("0000:01:00.0", "pci0000:00/0000:00:01.0/0000:01:00.0", "0x060400");
        device("0000:02:00.0", under_switch("0000:02:00.0"), "0x060400");
        device("0000:02:01.0", under_switch("0000:02:01.0"), "0x060400");
        device("0000:03:00.0", under_switch("0000:02:00.0/0000:03:00.0"), "0x030200");
        device("0000:04:00.0", under_switch("0000:02:01.0/0000:04:00.0"), "0x020700");
        device("0000:00:02.0", "pci0000:00/0000:00:02.0", "0x060400");
        device("0000:05:00.0", "pci0000:00/0000:00:02.0/0000:05:00.0", "0x010802");
        device("0000:00:1f.0", "pci0000:00/0000:00:1f.0", "0x030000", "0x1a03");
    }

    void link(const std::string& address, const Link& link) {
        const std::string folder = folders_.at(address);
        files.write(folder + "/current_link_speed", link.speed);
        files.write(folder + "/current_link_width", link.width);
        files.write(folder + "/max_link_speed", link.speed_max);
        files.write(folder + "/max_link_width", link.width_max);
    }

    void write(const std::string& address, const std::string& file, const std::string& text) {
        files.write(folders_.at(address) + "/" + file, text);
    }

    [[nodiscard]] Inventory read() const { return inventory_of(read_pci, Tree{files.root()}); }

    SysfsTree files;

  private:
    static std::string under_switch(const std::string& rest) {
        return "pci0000:00/0000:00:01.0/0000:01:00.0/" + rest;
    }

    void device(const std::string& address, const std::string& path, const char* device_class,
                const char* vendor = "0x10de") {
        const std::string folder = "sys/devices/" + path;
        folders_[address] = folder;
        files.write(folder + "/class", device_class);
        files.write(folder + "/vendor", vendor);
        files.write(folder + "/device", "0x2335");
        const auto links = files.root() / "sys/bus/pci/devices";
        std::filesystem::create_directories(links);
        std::filesystem::create_symlink("../../../devices/" + path, links / address);
        link(address, {});
    }

    std::map<std::string, std::string> folders_;
};

TEST(PciBus, ListsWhatMattersAndItsWay) {
    const Inventory inventory = Bus{}.read();
    EXPECT_EQ(value(inventory, "pcie.devices", "gpu"), "1");
    EXPECT_EQ(value(inventory, "pcie.devices", "nic"), "1");
    EXPECT_EQ(value(inventory, "pcie.devices", "nvme"), "1");
    EXPECT_EQ(value(inventory, "pcie.kind", "0000:01:00.0"), "bridge");
    EXPECT_EQ(value(inventory, "pcie.id", "0000:03:00.0"), "0x10de:0x2335");
    EXPECT_EQ(value(inventory, "pcie.width", "0000:03:00.0"), "16");
    EXPECT_EQ(value(inventory, "pcie.kind", "0000:00:1f.0"), "") << "a service processor's display";
    EXPECT_EQ(value(inventory, "pcie.nearest_nics", "0000:03:00.0"), "0000:04:00.0");
    EXPECT_THAT(events(inventory), IsEmpty());
}

TEST(PciBus, FindsANarrowLink) {
    Bus bus;
    bus.link("0000:03:00.0", {.width = "8"});
    const Inventory inventory = bus.read();
    EXPECT_THAT(events(inventory), ElementsAre("pcie_degraded[0000:03:00.0]"));
    EXPECT_THAT(inventory.events[0].text, HasSubstr("width 8; both ends can do 16"));
}

TEST(PciBus, FindsANarrowLinkOnTheWay) {
    Bus bus;
    bus.link("0000:01:00.0", {.speed = "8.0 GT/s PCIe"});
    EXPECT_THAT(events(bus.read()), ElementsAre("pcie_degraded[0000:01:00.0]"));
}

TEST(PciBus, BlamesNoLinkForWhatThePortCannot) {
    Bus bus;
    bus.link("0000:05:00.0", {.speed = "16.0 GT/s PCIe", .width = "4"});
    bus.link("0000:00:02.0", {.speed_max = "16.0 GT/s PCIe", .width_max = "4"});
    EXPECT_THAT(events(bus.read()), IsEmpty());
}

TEST(PciBus, LetsAnIdleGpuSlowDown) {
    Bus bus;
    bus.link("0000:03:00.0", {.speed = "2.5 GT/s PCIe"});
    EXPECT_THAT(events(bus.read()), IsEmpty());
    bus.link("0000:05:00.0", {.speed = "2.5 GT/s PCIe"});
    EXPECT_THAT(events(bus.read()), ElementsAre("pcie_degraded[0000:05:00.0]")) << "a drive";
}

TEST(PciBus, DoesNotJudgeWhatTheKernelDoesNotKnow) {
    Bus bus;
    bus.link("0000:05:00.0", {.speed = "Unknown", .width = "0", .width_max = "255"});
    EXPECT_THAT(events(bus.read()), IsEmpty());
}

TEST(PciBus, CountsErrors) {
    Bus bus;
    bus.write("0000:05:00.0", "aer_dev_correctable", "RxErr 3\nTOTAL_ERR_COR 3\n");
    bus.write("0000:05:00.0", "aer_dev_fatal", "TLP 1\nTOTAL_ERR_FATAL 1\n");
    bus.write("0000:05:00.0", "aer_dev_nonfatal", "nonsense\n");
    const Inventory inventory = bus.read();
    EXPECT_EQ(value(inventory, "aer.correctable", "0000:05:00.0"), "3");
    EXPECT_EQ(value(inventory, "aer.fatal", "0000:05:00.0"), "1");
    EXPECT_EQ(test::item(inventory, "aer.nonfatal", "0000:05:00.0").why_unknown, "it has no total");
    EXPECT_THAT(events(inventory), ElementsAre("pcie_aer[0000:05:00.0]"));
}

TEST(PciBus, ReadsAccessControlOfBridges) {
    std::string config(4096, '\0');
    config[0x100] = 0x01;  // an AER capability, whose next one is at 0x140
    config[0x102] = 0x01;
    config[0x103] = 0x14;
    config[0x140] = 0x0D;
    config[0x146] = 0x1D;
    Bus bus;
    bus.write("0000:00:01.0", "config", config);
    bus.write("0000:01:00.0", "config", std::string(64, '\0'));
    config[0x146] = 0;
    bus.write("0000:02:00.0", "config", config);
    const Inventory inventory = bus.read();
    EXPECT_EQ(value(inventory, "pcie.acs", "0000:00:01.0"), "on");
    EXPECT_EQ(value(inventory, "pcie.acs", "0000:02:00.0"), "off");
    EXPECT_EQ(test::item(inventory, "pcie.acs", "0000:01:00.0").why_unknown, "needs root");
}

}  // namespace
}  // namespace rackproof
