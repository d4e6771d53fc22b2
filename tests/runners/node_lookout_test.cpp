#include "runners/node_lookout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A node whose counter a test moves.
class CountedNode {
  public:
    void corrected(const char* count) { now_.items[0].value = count; }
    /// In the kernel's log, until the next reading.
    void say(const InventoryEvent& event) { now_.happened.push_back(event); }
    /// What it says of a port goes away, although it could be read.
    void lose_port() { now_.items.pop_back(); }
    void hang() { now_.events.push_back({"", "error", "hwcheck_unreadable", "no answer"}); }
    void fail() { fails_ = true; }

    NodeLookout watch() {
        return {2, &clock_, [this] { return read(); },
                [this](const record::Record& record) {
                    events.push_back(std::get<record::Happened>(record).event);
                }};
    }

    std::vector<Event> events;
    int reads = 0;

  private:
    Inventory read() {
        ++reads;
        if (fails_) throw Error{"start the reader", "no such file"};
        Inventory read = now_;
        now_.happened.clear();
        return read;
    }

    RunClock clock_{message::Welcome{}, "elsewhere"};
    Inventory now_{"",
                   {{"edac.uncorrected", "mc0", "0", "/sys", ""},
                    {"hca.count", "", "1", "/sys", ""},
                    {"port.state", "mlx5_0/1", "active", "/sys", ""}},
                   {}};
    bool fails_ = false;
};

TEST(NodeLookout, TellsWhatACaseLeftBehind) {
    CountedNode node;
    NodeLookout lookout = node.watch();
    lookout.begin();
    lookout.look("gemm.fp64");
    EXPECT_THAT(node.events, IsEmpty());
    node.corrected("4");
    lookout.look("membw.triad");
    lookout.look("burnin.fp64");
    ASSERT_THAT(node.events, SizeIs(1)) << "once";
    EXPECT_EQ(node.events[0].node, 2);
    EXPECT_EQ(node.events[0].device, -1);
    EXPECT_EQ(node.events[0].code, "memory_uncorrected");
    EXPECT_EQ(node.events[0].severity, "error");
    EXPECT_THAT(node.events[0].text, HasSubstr("with membw.triad at work"));
}

TEST(NodeLookout, TellsAtOnceThatTheLogIsNotWatched) {
    CountedNode node;
    NodeLookout lookout = node.watch();
    node.say({"", "info", "kernel_log_not_watched", "needs root"});
    lookout.begin();
    lookout.look("gemm.bf16");
    ASSERT_THAT(node.events, SizeIs(1));
    EXPECT_EQ(node.events[0].severity, "info");
    EXPECT_THAT(node.events[0].text, HasSubstr("needs root (before the first case)"));
}

TEST(NodeLookout, TellsWhatTheKernelsLogSaidDuringACase) {
    CountedNode node;
    NodeLookout lookout = node.watch();
    lookout.begin();
    node.say({"0000:19:00", "error", "xid.79", "XID 79"});
    lookout.look("gemm.bf16");
    lookout.look("membw.triad");
    ASSERT_THAT(node.events, SizeIs(1));
    EXPECT_EQ(node.events[0].code, "xid.79");
    EXPECT_THAT(node.events[0].text, HasSubstr("0000:19:00: XID 79"));
    EXPECT_THAT(node.events[0].text, HasSubstr("with gemm.bf16 at work"));
}

TEST(NodeLookout, WhatStoodBeforeIsNotTold) {
    CountedNode node;
    node.corrected("4");
    NodeLookout lookout = node.watch();
    lookout.begin();
    lookout.look("gemm.fp64");
    EXPECT_THAT(node.events, IsEmpty());
}

TEST(NodeLookout, ThatCannotReadSaysSoOnceAndWaitsNoMore) {
    CountedNode node;
    NodeLookout lookout = node.watch();
    lookout.begin();
    node.hang();
    lookout.look("gemm.fp64");
    lookout.look("membw.triad");
    ASSERT_THAT(node.events, SizeIs(1));
    EXPECT_EQ(node.events[0].code, "hwcheck_unreadable");
    EXPECT_EQ(node.reads, 2);
}

/// The lines that explain a hang arrive before it; what comes after it is not gone.
TEST(NodeLookout, TellsWhatCameBeforeAReadThatHangs) {
    CountedNode node;
    NodeLookout lookout = node.watch();
    lookout.begin();
    node.say({"0000:19:00", "error", "xid.79", "XID 79"});
    node.corrected("4");
    node.lose_port();
    node.hang();
    lookout.look("gemm.bf16");
    ASSERT_THAT(node.events, SizeIs(3));
    EXPECT_EQ(node.events[0].code, "hwcheck_unreadable");
    EXPECT_EQ(node.events[1].code, "memory_uncorrected");
    EXPECT_EQ(node.events[2].code, "xid.79");
    EXPECT_THAT(node.events[2].text, HasSubstr("with gemm.bf16 at work"));
}

TEST(NodeLookout, TellsOfAPortThatIsGone) {
    CountedNode node;
    NodeLookout lookout = node.watch();
    lookout.begin();
    node.lose_port();
    lookout.look("gemm.bf16");
    ASSERT_THAT(node.events, SizeIs(1));
    EXPECT_EQ(node.events[0].code, "port_flapped");
}

TEST(NodeLookout, SurvivesAReaderThatDoesNotStart) {
    CountedNode node;
    node.fail();
    NodeLookout lookout = node.watch();
    lookout.begin();
    lookout.look("gemm.fp64");
    ASSERT_THAT(node.events, SizeIs(1));
    EXPECT_THAT(node.events[0].text, HasSubstr("no such file"));
}

}  // namespace
}  // namespace rackproof
