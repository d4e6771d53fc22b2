#include "hwcheck/inventory_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "tests/support/gpu_machine.hpp"
#include "tests/support/inventory_of.hpp"
#include "tests/support/sysfs_tree.hpp"

namespace rackproof {
namespace {

using test::events;
using test::SysfsTree;
using test::value;
using testing::ElementsAre;
using testing::HasSubstr;

Inventory read_with(ReaderProgram reader, double patience_s) {
    InventoryOptions options;
    options.linux_reader = std::move(reader);
    options.linux_patience_s = patience_s;
    return read_inventory(options);
}

constexpr double kPlenty_s = 60;

TEST(InventoryReader, ReadsAllOfACopyInAnotherProcess) {
    const SysfsTree files;
    files.write("proc/sys/kernel/hostname", "n003\n");
    files.write("sys/class/dmi/id/bios_version", "1.2");
    files.write("sys/class/nvme/nvme0/model", "KIOXIA");
    const Inventory inventory = read_with(test::inventory_reader(files.root()), kPlenty_s);
    EXPECT_EQ(inventory.node, "n003");
    EXPECT_EQ(value(inventory, "bios.version"), "1.2");
    EXPECT_EQ(value(inventory, "drive.model", "nvme0"), "KIOXIA") << "of the last section";
    EXPECT_THAT(inventory.events, testing::IsEmpty());
}

TEST(InventoryReader, OfThisMachineEachItemHasASourceAndAValueOrAReason) {
    const Inventory inventory = read_with(test::inventory_reader("/"), kPlenty_s);
    EXPECT_NE(value(inventory, "kernel.release"), "");
    EXPECT_NE(value(inventory, "cpu.threads"), "");
    std::set<std::string> names;
    for (const InventoryItem& item : inventory.items) {
        EXPECT_NE(item.source, "") << item.key;
        EXPECT_NE(item.value.empty(), item.why_unknown.empty()) << item.key;
        EXPECT_TRUE(names.insert(column_name(item)).second) << column_name(item) << " twice";
    }
}

/// What the process that `program` starts names before it has read anything. One that reads once
/// is not asked: what it leaves unread takes its last packets along.
enum class Asked { No, Yes };
std::string first_packet(const ReaderProgram& program, Asked asked) {
    const Child child{program};
    if (asked == Asked::Yes && ::send(child.channel(), "r", 1, MSG_NOSIGNAL) != 1) return "";
    const auto packet = child.receive(kPlenty_s, std::size_t{1} << 20);
    std::string text;
    if (!packet) return text;
    for (const std::byte byte : *packet) text += std::to_integer<char>(byte);
    return text;
}

/// Where a device hangs, the log that says why has been read.
TEST(InventoryReader, ReadsTheLogFirstAndWhatDevicesAnswerLast) {
    const SysfsTree files;
    EXPECT_THAT(first_packet(test::inventory_reader(files.root()), Asked::No),
                HasSubstr("the kernel's log"));
    EXPECT_THAT(first_packet(test::counters_reader(files.root()), Asked::Yes),
                HasSubstr("the kernel's log"));
    files.write("sys/class/nvme/nvme0/state", "live");
    const Inventory all = read_with(test::inventory_reader(files.root()), kPlenty_s);
    const auto place = [&](std::string_view key) {
        return std::ranges::find(all.items, key, &InventoryItem::key) - all.items.begin();
    };
    EXPECT_LT(place("drive.state"), place("drive.smart.critical_warning"));
    EXPECT_LT(place("service.mps"), place("drive.state"));
    EXPECT_EQ(all.items.at(all.items.size() - 2).key, "temperature.chips") << "before gpu.count";
}

/// A node with a NVSwitch, two GPUs and no fabric manager.
class UnmanagedNode : public testing::Test {
  protected:
    UnmanagedNode() {
        files_.write("proc/1/comm", "systemd\n");
        files_.write("proc/driver/nvidia-nvswitch/devices/0000:c1:00.0", "");
        machine_.gpu(0)["fabric"] = {3, 0, 7, 0xab};
    }
    [[nodiscard]] std::string severity() const {
        machine_.write();
        InventoryOptions options;
        options.linux_reader = test::inventory_reader(files_.root());
        options.gpu_reader = test::fake_gpu_reader();
        const Inventory inventory = read_inventory(options);
        const auto found = std::ranges::find(inventory.events, "fabric_manager_not_running",
                                             &InventoryEvent::code);
        return found == inventory.events.end() ? "" : found->severity;
    }

    SysfsTree files_;
    test::GpuMachine machine_{2};
};

TEST_F(UnmanagedNode, WhoseGpusAreRegisteredIsWarnedOf) {
    machine_.gpu(1)["fabric"] = {3, 0, 7, 0xab};
    EXPECT_EQ(severity(), "warning");
}

TEST_F(UnmanagedNode, WithAGpuThatIsNotRegisteredIsBad) {
    machine_.gpu(1)["fabric"] = {3, 999, 7, 0xab};
    EXPECT_EQ(severity(), "error");
    machine_.gpu(1)["fabric"] = {0, 0, 0, 0};
    EXPECT_EQ(severity(), "error") << "not supported";
}

TEST(InventoryReader, GivesUpOnAReadThatHangs) {
    const SteadyClock::time_point begun = SteadyClock::now();
    const Inventory inventory = read_with({"/bin/sleep", {"100"}}, 0.3);
    EXPECT_LT(seconds_since(begun), 30);
    ASSERT_THAT(events(inventory), ElementsAre("hwcheck_unreadable[]"));
    EXPECT_EQ(inventory.events[0].severity, "error");
    EXPECT_THAT(inventory.events[0].text, HasSubstr("no answer within 0.3 s"));
}

TEST(InventoryReader, SaysSoWhenItsProcessDies) {
    const Inventory inventory = read_with({"/bin/true", {}}, kPlenty_s);
    ASSERT_THAT(events(inventory), ElementsAre("hwcheck_unreadable[]"));
    EXPECT_THAT(inventory.events[0].text, HasSubstr("has died"));
}

TEST(InventoryReader, ThrowsIfItCannotBeStarted) {
    EXPECT_THROW((void)read_with({"/no/such/program", {}}, kPlenty_s), Error);
}

TEST(InventoryReader, CountsWhatRootWouldAdd) {
    Inventory inventory;
    inventory.items = {{"a", "", "1", "x", ""},
                       {"b", "", "", "x", "needs root"},
                       {"c", "", "", "x", "no such file"}};
    EXPECT_EQ(count_needing_root(inventory), 1U);
}

/// More than one packet holds, and texts that no terminal should see.
TEST(InventoryReader, TakesLargeAndHostileTrees) {
    const SysfsTree files;
    for (int i = 0; i < 800; ++i) {
        files.write("sys/class/nvme/nvme" + std::to_string(i) + "/model",
                    "\x1b[31m" + std::string(900, 'x'));
    }
    const Inventory inventory = read_with(test::inventory_reader(files.root()), kPlenty_s);
    EXPECT_EQ(value(inventory, "drive.count"), "800");
    EXPECT_THAT(value(inventory, "drive.model", "nvme799"), testing::Not(HasSubstr("\x1b")));
    EXPECT_THAT(inventory.events, testing::IsEmpty());
}

TEST(CountersReader, ReadsWhatStandsThereEachTime) {
    const SysfsTree files;
    files.write("sys/devices/system/edac/mc/mc0/ce_count", "7");
    files.write("sys/class/dmi/id/bios_version", "1.2");
    CountersReader reader{test::counters_reader(files.root()), kPlenty_s};
    const Inventory before = reader.read();
    EXPECT_EQ(value(before, "edac.corrected", "mc0"), "7");
    EXPECT_EQ(value(before, "bios.version"), "") << "no counter";
    files.write("sys/devices/system/edac/mc/mc0/ce_count", "9");
    EXPECT_EQ(value(reader.read(), "edac.corrected", "mc0"), "9");
}

TEST(CountersReader, IsOneProcessForAllReadings) {
    const SysfsTree files;
    files.write("starts", "");
    // Tells of its start before it becomes the reader.
    ReaderProgram program = test::counters_reader("/");
    program.arguments = {"-c",
                         "echo >>\"$0\"; exec \"$@\"",
                         (files.root() / "starts").string(),
                         program.file.string(),
                         "/",
                         kCountersArgument};
    program.file = "/bin/sh";
    CountersReader reader{program, kPlenty_s};
    for (int reading = 0; reading < 3; ++reading) {
        EXPECT_THAT(reader.read().events, testing::IsEmpty());
    }
    EXPECT_EQ(std::filesystem::file_size(files.root() / "starts"), 1U);
}

TEST(CountersReader, AsksAnotherProcessAfterOneThatDied) {
    const SysfsTree files;
    files.write("dead", "");
    ReaderProgram program = test::counters_reader("/");
    program.arguments = {"-c",
                         "rm \"$0\" 2>/dev/null && exit; exec \"$@\"",
                         (files.root() / "dead").string(),
                         program.file.string(),
                         "/",
                         kCountersArgument};
    program.file = "/bin/sh";
    CountersReader reader{program, kPlenty_s};
    EXPECT_THAT(events(reader.read()), ElementsAre("hwcheck_unreadable[]"));
    EXPECT_THAT(reader.read().events, testing::IsEmpty());
}

TEST(CountersReader, GivesUpOnAReadThatHangs) {
    CountersReader reader{{"/bin/sleep", {"100"}}, 0.3};
    for (int reading = 0; reading < 2; ++reading) {
        EXPECT_THAT(events(reader.read()), ElementsAre("hwcheck_unreadable[]"));
    }
}

TEST(ColumnName, HasThePartWithoutSlashes) {
    EXPECT_EQ(column_name({"cpu.model", "", "x", "", ""}), "cpu.model");
    EXPECT_EQ(column_name({"port.state", "mlx5_0/1", "active", "", ""}), "port.state@mlx5_0:1");
}

TEST(WhyNotKnown, NamesEachColumn) {
    Inventory inventory;
    inventory.items = {{"a", "", "1", "x", ""},
                       {"b", "0", "", "x", "needs root"},
                       {"c", "", "", "x", "gone; for good"}};
    EXPECT_EQ(why_not_known(inventory), "b@0: needs root; c: gone, for good");
}

}  // namespace
}  // namespace rackproof
