#include "devices/cpu/raw_timer.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace rackproof::cpu {
namespace {

TEST(RawTimerTest, CountsWhatPasses) {
    RawTimer timer;
    timer.start();
    const double at_once_s = timer.stop_s();
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    const double later_s = timer.stop_s();
    EXPECT_GE(at_once_s, 0.0);
    // A sleep is never shorter than asked, but the two clocks run at slightly different rates.
    EXPECT_GE(later_s, 0.0199);
}

TEST(RawTimerTest, CanBeStartedAgain) {
    RawTimer timer;
    timer.start();
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    const double first_s = timer.stop_s();
    timer.start();
    EXPECT_LT(timer.stop_s(), first_s);
}

}  // namespace
}  // namespace rackproof::cpu
