#include "analysis/hardware_events.hpp"

#include <gtest/gtest.h>

namespace rackproof {
namespace {

Verdict verdict_of(std::string_view code) {
    const HardwareEvent* event = hardware_event(code);
    if (event == nullptr) {
        ADD_FAILURE() << code << " is unknown";
        return Verdict::Pass;
    }
    EXPECT_FALSE(event->action.empty()) << code;
    return event->verdict;
}

TEST(HardwareEvent, AnXidTakesTheNodeOutUnlessAResetAtConvenienceIsEnough) {
    EXPECT_EQ(verdict_of("xid.79"), Verdict::Fail);
    EXPECT_EQ(verdict_of("xid.777"), Verdict::Fail);
    EXPECT_EQ(verdict_of("sxid.20034"), Verdict::Fail);
    EXPECT_EQ(verdict_of("xid.63"), Verdict::Watch);
    EXPECT_EQ(verdict_of("xid.64"), Verdict::Fail);
}

TEST(HardwareEvent, WhatMailedFilesTellHasANextStep) {
    EXPECT_EQ(verdict_of("gpu_inforom_corrupt"), Verdict::Fail);
    EXPECT_EQ(verdict_of("gpu_page_retirement_pending"), Verdict::Watch);
    EXPECT_EQ(verdict_of("port_down"), Verdict::Watch);
    EXPECT_EQ(verdict_of("hca_unreadable"), Verdict::Fail);
    EXPECT_EQ(verdict_of("disk_error"), Verdict::Fail);
}

TEST(HardwareEvent, ARankInTheWrongPlaceIsWatched) {
    EXPECT_EQ(verdict_of("binding"), Verdict::Watch);
}

TEST(HardwareEvent, GpusThatNoRankMaySeeAreNoPass) {
    EXPECT_EQ(verdict_of("gpus_hidden"), Verdict::NoData);
}

TEST(HardwareEvent, WhatItDoesNotKnowItDoesNotGuess) {
    EXPECT_EQ(hardware_event("xid"), nullptr);
    EXPECT_EQ(hardware_event("something"), nullptr);
}

}  // namespace
}  // namespace rackproof
