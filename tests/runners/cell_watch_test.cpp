#include "runners/cell_watch.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace rackproof {
namespace {

TEST(CellWatchTest, ARunThatEndsInTimeIsNeverExpired) {
    CellWatch watch;
    watch.begin({{1, 2}, 0, 1000, 0});
    watch.add_timed(0.5);
    watch.add_timed(0.25);
    EXPECT_FALSE(watch.expire());
    EXPECT_EQ(watch.end(), 0.75);
    EXPECT_FALSE(watch.end());
    EXPECT_FALSE(watch.expire());
}

TEST(CellWatchTest, AnExpiredRunIsNotTheWorkersAnyMore) {
    CellWatch watch;
    watch.begin({{3}, 1, 0, 0});
    watch.add_timed(0.5);
    const std::optional<CellWatch::Run> expired = watch.expire();
    ASSERT_TRUE(expired);
    EXPECT_THAT(expired->cells, testing::ElementsAre(3));
    EXPECT_EQ(expired->attempt, 1);
    EXPECT_EQ(expired->timed_s, 0.5);
    EXPECT_FALSE(watch.end());
    EXPECT_FALSE(watch.expire());
}

TEST(CellWatchTest, KeepsTheLastWords) {
    CellWatch watch;
    EXPECT_EQ(watch.last_words(), "");
    watch.say("one");
    watch.say("two");
    EXPECT_EQ(watch.last_words(), "two");
}

TEST(CellWatchTest, ExactlyOneOfTwoThreadsEndsARun) {
    for (int i = 0; i < 200; ++i) {
        CellWatch watch;
        watch.begin({{1}, 0, 0, 0});
        bool ended = false;
        std::thread worker{[&] { ended = watch.end().has_value(); }};
        const bool expired = watch.expire().has_value();
        worker.join();
        EXPECT_NE(ended, expired);
    }
}

}  // namespace
}  // namespace rackproof
