#include "hwcheck/node_changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/inventory_of.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Inventory with(const char* key, const char* part, const char* count) {
    Inventory inventory;
    inventory.items.push_back({key, part, count, "/sys", *count == '\0' ? "gone" : ""});
    return inventory;
}

std::vector<std::string> changes(const Inventory& before, const Inventory& after) {
    std::vector<std::string> all;
    for (const InventoryEvent& event : node_changes(before, after)) {
        all.push_back(event.severity + " " + event.code + " [" + event.part + "] " + event.text);
    }
    return all;
}

TEST(NodeChanges, TellsAllThatTheKernelsLogSaid) {
    Inventory before;
    before.happened.push_back({"0000:19:00", "error", "xid.79", "fell"});
    Inventory after;
    after.happened.push_back({"0000:19:00", "error", "xid.79", "fell again"});
    EXPECT_THAT(changes(before, after), ElementsAre("error xid.79 [0000:19:00] fell again"));
    EXPECT_THAT(changes(after, Inventory{}), IsEmpty());
}

TEST(NodeChanges, TellsWhatACounterCounted) {
    EXPECT_THAT(changes(with("edac.uncorrected", "mc0", "1"), with("edac.uncorrected", "mc0", "3")),
                ElementsAre("error memory_uncorrected [mc0] 2 new uncorrected memory errors, 3 in "
                            "all"));
    EXPECT_THAT(changes(with("port.errors.link_downed", "mlx5_0/1", "0"),
                        with("port.errors.link_downed", "mlx5_0/1", "1")),
                ElementsAre("error port_flapped [mlx5_0/1] 1 new times that the link went down, 1 "
                            "in all"));
    EXPECT_THAT(
        changes(with("drive.io_errors", "sda", "0xf"), with("drive.io_errors", "sda", "0x10")),
        ElementsAre("warning drive_errors [sda] 1 new errors of the drive, 16 in all"));
}

TEST(NodeChanges, SaysNothingOfWhatDidNotChangeOrIsNotKnown) {
    const Inventory five = with("edac.corrected", "mc0", "5");
    EXPECT_THAT(changes(five, five), IsEmpty());
    EXPECT_THAT(changes(five, with("edac.corrected", "mc0", "2")), IsEmpty()) << "started again";
    EXPECT_THAT(changes(five, with("edac.corrected", "mc0", "")), IsEmpty());
    EXPECT_THAT(changes({}, five), IsEmpty());
    EXPECT_THAT(changes(with("cpu.model", "", "1"), with("cpu.model", "", "2")), IsEmpty());
}

TEST(NodeChanges, TellsAPortThatWentDown) {
    EXPECT_THAT(
        changes(with("port.state", "mlx5_0/1", "active"), with("port.state", "mlx5_0/1", "down")),
        ElementsAre("error port_flapped [mlx5_0/1] the port was active and is 'down'"));
    EXPECT_THAT(
        changes(with("port.state", "mlx5_0/1", "down"), with("port.state", "mlx5_0/1", "active")),
        IsEmpty());
}

TEST(NodeChanges, TellsWhatIsNotThereAnyMore) {
    Inventory before = with("port.state", "mlx5_0/1", "active");
    before.items.push_back({"drive.state", "nvme3", "live", "/sys", ""});
    Inventory after = with("hca.count", "", "0");
    EXPECT_THAT(
        changes(before, after),
        ElementsAre("error port_flapped [mlx5_0/1] the port was active and is not there any more"));
    after.items.push_back({"drive.count", "", "3", "/sys", ""});
    EXPECT_THAT(
        changes(before, after),
        testing::Contains("error drive_not_live [nvme3] the drive was live and is not there "
                          "any more"));
    EXPECT_THAT(changes(before, {}), IsEmpty()) << "nothing could be read at all";
}

TEST(NodeChanges, TellsAnEventThatIsNew) {
    Inventory before;
    Inventory after;
    after.events.push_back({"0000:03:00.0", "error", "pcie_degraded", "width 8"});
    EXPECT_THAT(changes(before, after), ElementsAre("error pcie_degraded [0000:03:00.0] width 8"));
    before.events = after.events;
    EXPECT_THAT(changes(before, after), IsEmpty());
}

}  // namespace
}  // namespace rackproof
