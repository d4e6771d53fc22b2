#include "runners/start_pace.hpp"

#include <gtest/gtest.h>

namespace rackproof {
namespace {

TEST(StartPace, WithoutLimitsEverythingMayStart) {
    StartPace pace{{}};
    for (std::size_t busy = 0; busy < 1000; ++busy) {
        EXPECT_TRUE(pace.may_start(0, 1, busy));
        pace.started(0, 1);
    }
}

TEST(StartPace, NoMoreNodesAtOnceThanAllowed) {
    const StartPace pace{{4, {}}};
    EXPECT_TRUE(pace.may_start(0, 1, 3));
    EXPECT_FALSE(pace.may_start(0, 1, 4));
    EXPECT_FALSE(pace.may_start(0, 2, 3));
    EXPECT_TRUE(pace.may_start(0, 2, 2));
}

TEST(StartPace, AJobOnMoreNodesThanAllowedRunsAlone) {
    const StartPace pace{{4, {}}};
    EXPECT_FALSE(pace.may_start(0, 8, 1));
    EXPECT_TRUE(pace.may_start(0, 8, 0));
}

TEST(StartPace, StartsAreApart) {
    StartPace pace{{{}, 2.0}};
    EXPECT_TRUE(pace.may_start(10, 1, 0));
    pace.started(10, 1);
    EXPECT_FALSE(pace.may_start(10.4, 1, 0));
    EXPECT_TRUE(pace.may_start(10.5, 1, 0));
    pace.started(10.5, 8);  // eight nodes at once are eight nodes' share of time
    EXPECT_FALSE(pace.may_start(14.4, 1, 0));
    EXPECT_TRUE(pace.may_start(14.5, 1, 0));
}

}  // namespace
}  // namespace rackproof
