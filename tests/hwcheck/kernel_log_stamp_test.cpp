#include <gtest/gtest.h>

#include "hwcheck/kernel_log_stamp.hpp"

namespace rackproof::test {
namespace {

/// "TIME | MESSAGE", "not the kernel" or "none".
std::string read(std::string_view line) {
    const auto message = klog::message_of(line);
    if (!message) return "none";
    if (!message->is_kernel) return "not the kernel";
    return message->time + " | " + std::string{message->text};
}

TEST(KernelLogStamp, TimesWithAZoneBecomeUtc) {
    EXPECT_EQ(read("2025-01-21T02:21:33,498559+00:00 NVRM: x"), "2025-01-21T02:21:33Z | NVRM: x");
    EXPECT_EQ(read("kern  :warn  : 2025-01-21T02:21:33,498559+00:00 NVRM: x"),
              "2025-01-21T02:21:33Z | NVRM: x");
    EXPECT_EQ(read("2024-12-31T23:30:00,000000-05:30 a"), "2025-01-01T05:00:00Z | a");
    EXPECT_EQ(read("2025-03-01T00:15:00,000000+01:00 a"), "2025-02-28T23:15:00Z | a");
    EXPECT_EQ(read("2025-01-21T02:21:33+0100 n7 kernel: NVRM: x"),
              "2025-01-21T01:21:33Z | NVRM: x");
    EXPECT_EQ(read("2025-01-21T02:21:33.498559Z n7 kernel: NVRM: x"),
              "2025-01-21T02:21:33Z | NVRM: x");
}

TEST(KernelLogStamp, TimesWithoutAZoneSaySo) {
    EXPECT_EQ(read("[Sun Feb 23 16:24:18 2025] NVRM: x"),
              "Sun Feb 23 16:24:18 2025 (the node's own time) | NVRM: x");
    EXPECT_EQ(read("May 29 10:50:24 n7 kernel: [ 12.5] NVRM: x"),
              "May 29 10:50:24 (the node's own time) | NVRM: x");
    EXPECT_EQ(read("2025-01-21T02:21:33 n7 kernel: x"),
              "2025-01-21T02:21:33 (the node's own time) | x");
}

TEST(KernelLogStamp, TimesSinceTheBootAreThose) {
    EXPECT_EQ(read("[  201.654822] BUG: x"), "201.654822 s after boot | BUG: x");
    EXPECT_EQ(read("<1>[  201.654822] BUG: x"), "201.654822 s after boot | BUG: x");
    EXPECT_EQ(read("6,3964,206764307,-;nvidia: x"), "206.764307 s after boot | nvidia: x");
}

TEST(KernelLogStamp, WhatAProgramWritesIsNotTheKernels) {
    EXPECT_EQ(read("May 29 10:50:24 ubu audit[4635]: NVRM: Xid (PCI:0000:19:00): 79"),
              "not the kernel");
    EXPECT_EQ(read("2025-01-21T02:21:33+0100 n7 sshd[1]: NVRM: x"), "not the kernel");
    EXPECT_EQ(read("7,3964,206764307,-;x"), "206.764307 s after boot | x");
    EXPECT_EQ(read("8,3964,206764307,-;x"), "not the kernel");
    EXPECT_EQ(read("30,3964,206764307,-;systemd[1]: NVRM: x"), "not the kernel");
}

TEST(KernelLogStamp, OtherLinesAreNone) {
    for (const char* const line :
         {"", "Panic#1 Part1", "hello: world", "[]", "[x] y", "2025-13-01T00:00:00,0+00:00 x",
          "9999999999999999999999,1,2,-;x", "2025-01-21T02:21:33,1+0x:00 y", "<6>",
          "kern  :", "May 29 10:50:24", "2025-01-21T"}) {
        EXPECT_EQ(read(line), "none") << line;
    }
}

}  // namespace
}  // namespace rackproof::test
