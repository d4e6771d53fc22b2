#include "hwcheck/linux/live_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/error.hpp"
#include "hwcheck/inventory_reader.hpp"
#include "tests/hwcheck/mailed_fixture.hpp"
#include "tests/support/gpu_machine.hpp"
#include "tests/support/sysfs_tree.hpp"

namespace rackproof::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kFell = "NVRM: Xid (PCI:0000:19:00): 79, pid=1, GPU has fallen off the bus.";

std::string record(int number, double after_boot_s, const std::string& text, int priority = 3) {
    return std::to_string(priority) + "," + std::to_string(number) + "," +
           std::to_string(static_cast<long>(after_boot_s * 1e6)) + ",-;" + text + "\n";
}

/// A machine that booted at 2023-11-14T22:13:20Z and has been up for 500,000 s.
class LoggedMachine : public ::testing::Test {
  protected:
    LoggedMachine() {
        files_.write("proc/stat", "cpu 1 2 3\nbtime 1700000000\nprocesses 7\n");
        files_.write("proc/uptime", "500000.25 900000.50\n");
        log("");
    }

    void log(const std::string& text) { files_.write("dev/kmsg", text); }
    void say(const std::string& text) {
        std::ofstream{files_.root() / "dev/kmsg", std::ios::app} << text;
    }
    [[nodiscard]] Inventory read(const std::string& log_s = "86400") const {
        InventoryOptions options;
        options.linux_reader = inventory_reader(files_.root());
        options.linux_reader.arguments.insert(options.linux_reader.arguments.end(),
                                              {kAllArgument, log_s});
        options.linux_patience_s = 60;
        return read_inventory(options);
    }
    [[nodiscard]] CountersReader watch() const {
        return CountersReader{counters_reader(files_.root()), 60};
    }

    SysfsTree files_;
};

std::vector<std::string> news(CountersReader& reader) {
    std::vector<std::string> all;
    for (const InventoryEvent& event : reader.read().happened) {
        all.push_back(event.part + " " + event.severity + " " + event.code);
    }
    return all;
}

TEST_F(LoggedMachine, TellsAnXidOfTodayWithItsTimeInUtc) {
    log(record(0, 0, "Linux version 6.1", 5) + record(1, 499'000.5, kFell));
    const Inventory inventory = read();
    EXPECT_THAT(told(inventory), ElementsAre("0000:19:00 error xid.79"));
    EXPECT_THAT(text_of(inventory, "xid.79"),
                HasSubstr("XID 79, Fallen off the bus. Next: reseat it. The log: NVRM: Xid"));
    EXPECT_THAT(text_of(inventory, "xid.79"), HasSubstr("(/dev/kmsg, 2023-11-20T16:50:00Z)"));
    EXPECT_EQ(value_of(inventory, "kernel_log.lines"), "2");
    EXPECT_EQ(value_of(inventory, "kernel_log.overwritten"), "0");
    EXPECT_EQ(value_of(inventory, "kernel_log.reaches_back_s"), "500000");
    EXPECT_EQ(value_of(inventory, "kernel_log.xid_table"), "test 1");
    expect_whole(inventory);
}

TEST_F(LoggedMachine, ManyOldFaultsHideNoFreshOne) {
    std::string old;
    for (int i = 0; i < 300; ++i) {
        old += record(i, 1000 + i, "I/O error, dev sd" + std::to_string(i) + ", sector 1");
    }
    log(old + record(300, 499'000, kFell));
    const Inventory inventory = read();
    EXPECT_THAT(told(inventory), ::testing::Contains("0000:19:00 error xid.79"));
    EXPECT_EQ(text_of(inventory, "hwcheck_unreadable"), "") << "they would accuse nobody";
    EXPECT_THAT(text_of(inventory, "kernel_log_cut"), HasSubstr("45 more faults, too old to be"));
    for (const InventoryEvent& event : inventory.events) {
        EXPECT_THAT(event.text, Not(HasSubstr(": (/dev/kmsg)")));
        EXPECT_TRUE(event.code != "disk_error" || event.severity == "warning") << event.text;
    }
}

TEST_F(LoggedMachine, AnXidThatNobodyUnderstandsHidesNoOther) {
    log(record(0, 498'000, "NVRM: Xid (PCI:0000:19:00): many, pid=1") + record(1, 499'000, kFell));
    const Inventory inventory = read();
    EXPECT_THAT(told(inventory),
                ElementsAre(" error hwcheck_unreadable", "0000:19:00 error xid.79"));
    EXPECT_THAT(text_of(inventory, "hwcheck_unreadable"), HasSubstr("expected an Xid's number"));
}

TEST_F(LoggedMachine, ALogThatReachesBackLessThanFaultsAreJudgedIsSaidTo) {
    log(record(900, 499'280, "all is well", 6));
    EXPECT_THAT(told(read()), ElementsAre(" warning kernel_log_overwritten"));
    EXPECT_THAT(text_of(read(), "kernel_log_overwritten"),
                HasSubstr("reaches back 12 minutes only"));
    EXPECT_THAT(told(read("600")), IsEmpty());
    log(record(0, 499'280, "all is well", 6));  // cleared, and nothing was overwritten
    EXPECT_THAT(told(read()), IsEmpty());
}

TEST_F(LoggedMachine, AFaultOfLastWeekIsShownAndAccusesNobody) {
    log(record(0, 1000, kFell) + record(1, 40'000, kFell));
    const Inventory inventory = read();
    EXPECT_THAT(told(inventory), ElementsAre("0000:19:00 warning xid.79"));
    EXPECT_THAT(text_of(inventory, "xid.79"), HasSubstr("Last 5 days ago. XID 79"));
    EXPECT_THAT(text_of(inventory, "xid.79"), HasSubstr("2 times, last 2023-11-15T09:20:00Z"));
}

TEST_F(LoggedMachine, OneThatCameAgainTodayCounts) {
    log(record(0, 1000, kFell) + record(1, 499'999, kFell));
    EXPECT_THAT(told(read()), ElementsAre("0000:19:00 error xid.79"));
}

TEST_F(LoggedMachine, HowOldAFaultMayBeIsTheReadersWord) {
    log(record(0, 496'000, kFell));
    EXPECT_THAT(told(read("3600")), ElementsAre("0000:19:00 warning xid.79"));
    EXPECT_THAT(text_of(read("3600"), "xid.79"), HasSubstr("Last 66 minutes ago. "));
    EXPECT_THAT(told(read("4001")), ElementsAre("0000:19:00 error xid.79"));
}

TEST_F(LoggedMachine, WhoseAgeIsNotKnownIsNotOld) {
    files_.write("proc/uptime", "");
    files_.write("proc/stat", "cpu 1 2 3\nbtime soon\n");
    log(record(0, 1000, kFell));
    const Inventory inventory = read();
    EXPECT_THAT(told(inventory), ElementsAre("0000:19:00 error xid.79"));
    EXPECT_THAT(text_of(inventory, "xid.79"), HasSubstr("(/dev/kmsg, 1000 s after boot)"));
}

TEST_F(LoggedMachine, WhatAProgramWroteIntoTheLogIsNotTheKernels) {
    log(record(0, 499'000, kFell, 11) + " DEVICE=" + kFell + "\n");
    const Inventory inventory = read();
    EXPECT_THAT(told(inventory), IsEmpty());
    EXPECT_EQ(value_of(inventory, "kernel_log.lines"), "?no line of the kernel among 1");
}

TEST_F(LoggedMachine, SaysHowManyLinesWereOverwritten) {
    log(record(100, 499'000, "a", 6) + record(104, 499'001, "b", 6));
    EXPECT_EQ(value_of(read(), "kernel_log.overwritten"), "103");
}

TEST_F(LoggedMachine, TakesALastLineWithoutEnd) {
    log("3,0,499000000000,-;" + std::string{kFell});
    EXPECT_THAT(told(read()), ElementsAre("0000:19:00 error xid.79"));
}

TEST_F(LoggedMachine, WithoutALogItIsNotKnown) {
    EXPECT_EQ(value_of(read(), "kernel_log.lines"), "?it is empty");
    std::filesystem::remove(files_.root() / "dev/kmsg");
    EXPECT_EQ(value_of(read(), "kernel_log.lines"), "?no such file");
    std::filesystem::create_directory(files_.root() / "dev/kmsg");
    EXPECT_EQ(value_of(read(), "kernel_log.lines"), "?no regular file");
}

TEST_F(LoggedMachine, WhatHasNoLineOfALogIsUnreadable) {
    log("hello\n");
    const Inventory inventory = read();
    EXPECT_THAT(told(inventory), ElementsAre(" error hwcheck_unreadable"));
}

TEST_F(LoggedMachine, AFloodOfFaultsIsToldAndNotFine) {
    std::string flood;
    for (int i = 0; i < 300; ++i) {
        flood += record(i, 499'000, "I/O error, dev sd" + std::to_string(i) + ", sector 1");
    }
    log(flood);
    const Inventory inventory = read();
    EXPECT_THAT(text_of(inventory, "hwcheck_unreadable"),
                HasSubstr("of more than 256 different faults the 44"));
    EXPECT_THAT(text_of(inventory, "disk_error"), HasSubstr("I/O error"));
}

TEST_F(LoggedMachine, ALogWithoutEndIsCutAndNotFine) {
    std::string large;
    while (large.size() < std::size_t{33} << 20) large += record(1, 1, std::string(8000, 'x'), 6);
    log(large);
    EXPECT_THAT(text_of(read(), "hwcheck_unreadable"), HasSubstr("holds more than 32 MiB"));
}

TEST_F(LoggedMachine, TheWatchTellsWhatIsNewEachTime) {
    log(record(0, 499'000, kFell));
    CountersReader reader = watch();
    EXPECT_THAT(news(reader), IsEmpty()) << "it stood before";
    say(record(1, 499'001, "NVRM: Xid (PCI:0000:19:00): 13, pid=1, x") +
        record(2, 499'002, "usb 1-1: new device", 6));
    EXPECT_THAT(news(reader), ElementsAre("0000:19:00 warning xid.13"));
    EXPECT_THAT(news(reader), IsEmpty());
    say(record(3, 1, kFell));
    EXPECT_THAT(news(reader), ElementsAre("0000:19:00 error xid.79")) << "whatever its stamp";
    say(record(4, 499'004, kFell));
    EXPECT_THAT(news(reader), ElementsAre("0000:19:00 error xid.79")) << "and again";
}

TEST_F(LoggedMachine, TheWatchWaitsForTheEndOfALine) {
    CountersReader reader = watch();
    EXPECT_THAT(news(reader), IsEmpty());
    const std::string whole = record(1, 499'001, kFell);
    say(whole.substr(0, 40));
    EXPECT_THAT(news(reader), IsEmpty());
    say(whole.substr(40));
    EXPECT_THAT(news(reader), ElementsAre("0000:19:00 error xid.79"));
}

TEST_F(LoggedMachine, TheWatchSaysThatLinesWereOverwritten) {
    CountersReader reader = watch();
    EXPECT_THAT(news(reader), IsEmpty());
    say(record(7, 499'001, "a", 6));
    EXPECT_THAT(news(reader), IsEmpty());
    say(record(10, 499'002, "b", 6));
    const Inventory after = reader.read();
    ASSERT_THAT(after.happened, SizeIs(1));
    EXPECT_EQ(after.happened[0].code, "kernel_log_overwritten");
    EXPECT_THAT(after.happened[0].text, HasSubstr("at least 2 lines"));
}

TEST_F(LoggedMachine, ALogThatCannotBeWatchedIsSaidToOnce) {
    std::filesystem::remove(files_.root() / "dev/kmsg");
    CountersReader reader = watch();
    EXPECT_THAT(news(reader), ElementsAre(" info kernel_log_not_watched"));
    EXPECT_THAT(news(reader), IsEmpty());
}

TEST_F(LoggedMachine, WithoutATableNoXidIsHarmless) {
    log(record(0, 499'000, "NVRM: Xid (PCI:0000:19:00): 13, x"));
    Inventory inventory;
    InventoryWriter out{[&](Inventory read, const std::string&) {
        for (InventoryItem& item : read.items) inventory.items.push_back(std::move(item));
        for (InventoryEvent& event : read.events) inventory.events.push_back(std::move(event));
    }};
    const Tree tree{files_.root()};
    read_log(tree, {[]() -> XidTable { throw Error{"read xid.toml", "gone"}; }, 86'400}, out);
    out.finish();
    EXPECT_THAT(told(inventory), ElementsAre("0000:19:00 error xid.13"));
    EXPECT_THAT(value_of(inventory, "kernel_log.xid_table"), HasSubstr("gone"));
}

}  // namespace
}  // namespace rackproof::test
