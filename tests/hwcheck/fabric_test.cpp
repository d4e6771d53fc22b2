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
using testing::IsEmpty;

/// A node with the driver, an init and a shell.
class FabricNode : public testing::Test {
  protected:
    FabricNode() {
        files_.write("proc/driver/nvidia/version", "580\n");
        process("1", "systemd");
        process("77", "bash");
    }
    void process(const std::string& pid, const std::string& name) {
        files_.write("proc/" + pid + "/comm", name + "\n");
    }
    void nvswitch(const std::string& address) {
        files_.write("proc/driver/nvidia-nvswitch/devices/" + address, "x");
    }
    [[nodiscard]] Inventory read() const { return read(Tree{files_.root()}); }
    [[nodiscard]] static Inventory read(const Tree& tree) {
        return test::inventory_of(read_fabric, tree);
    }

    SysfsTree files_;
};

TEST_F(FabricNode, WithoutSwitchesNeedsNobody) {
    const Inventory inventory = read();
    EXPECT_EQ(value(inventory, "fabric.nvswitches"), "0");
    EXPECT_EQ(value(inventory, "service.fabric_manager"), "not running");
    EXPECT_EQ(value(inventory, "service.mps"), "not running");
    EXPECT_EQ(item(inventory, "fabric.imex_channels").why_unknown, "no such file");
    EXPECT_THAT(inventory.events, IsEmpty());
}

TEST_F(FabricNode, WithSwitchesNeedsItsManager) {
    nvswitch("0000:c1:00.0");
    nvswitch("0000:c2:00.0");
    EXPECT_EQ(value(read(), "fabric.nvswitches"), "2");
    EXPECT_THAT(events(read()), ElementsAre("fabric_manager_not_running[]"));
    EXPECT_EQ(read().events[0].severity, "error");
    process("900", "nv-fabricmanage");
    EXPECT_EQ(value(read(), "service.fabric_manager"), "running");
    EXPECT_THAT(read().events, IsEmpty());
}

TEST_F(FabricNode, SaysThatGpusAreSharedByMps) {
    process("900", "nvidia-cuda-mps");
    EXPECT_EQ(value(read(), "service.mps"), "running");
    EXPECT_THAT(events(read()), ElementsAre("gpu_mps[]"));
    EXPECT_EQ(read().events[0].severity, "warning");
}

TEST_F(FabricNode, CountsTheChannelsOfImex) {
    files_.write("dev/nvidia-caps-imex-channels/channel0", "");
    process("901", "nvidia-imex");
    EXPECT_EQ(value(read(), "fabric.imex_channels"), "1");
    EXPECT_EQ(value(read(), "service.imex"), "running");
}

TEST_F(FabricNode, WhoseProcessesAreHiddenDoesNotSayThatNoneRuns) {
    std::filesystem::remove_all(files_.root() / "proc/1");
    nvswitch("0000:c1:00.0");
    EXPECT_EQ(value(read(), "service.fabric_manager"), "");
    EXPECT_EQ(item(read(), "service.mps").why_unknown, "no such file");
    EXPECT_THAT(read().events, IsEmpty());
}

/// A container sees the node's driver and not its processes, nor which of them has number 1.
TEST_F(FabricNode, SeenFromAnotherPidNamespaceDoesNotSayThatNoneRuns) {
    nvswitch("0000:c1:00.0");
    files_.write("proc/77/ns/mnt", "");
    std::filesystem::create_symlink("77", files_.root() / "proc/self");
    const auto link = files_.root() / "proc/77/ns/pid";
    std::filesystem::create_symlink("pid:[4026532201]", link);
    EXPECT_EQ(value(read(), "fabric.nvswitches"), "1");
    EXPECT_EQ(item(read(), "service.fabric_manager").why_unknown, "another PID namespace");
    EXPECT_EQ(item(read(), "service.mps").why_unknown, "another PID namespace");
    EXPECT_THAT(read().events, IsEmpty());
    std::filesystem::remove(link);
    std::filesystem::create_symlink("pid:[4026531836]", link);
    EXPECT_EQ(value(read(), "service.fabric_manager"), "not running");
    EXPECT_THAT(events(read()), ElementsAre("fabric_manager_not_running[]"));
}

TEST_F(FabricNode, BeyondAListThatIsCutThereMayBeAService) {
    nvswitch("0000:c1:00.0");
    process("2", "nvidia-imex");
    constexpr std::size_t kMost = 64;
    for (std::size_t i = 0; i < kMost; ++i) files_.write("proc/x" + std::to_string(i), "");
    const Inventory inventory = read(Tree{files_.root(), kMost});
    EXPECT_EQ(value(inventory, "service.imex"), "running");
    EXPECT_EQ(item(inventory, "service.fabric_manager").why_unknown, "/proc has too many names");
    EXPECT_THAT(inventory.events, IsEmpty());
}

}  // namespace
}  // namespace rackproof
