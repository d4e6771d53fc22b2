#include "app/stop_signals.hpp"

#include <gtest/gtest.h>

namespace rackproof {
namespace {

TEST(StopSignals, OneInterruptWaitsForTheCellAndTwoDoNot) {
    const StopSignals signals;
    EXPECT_EQ(StopSignals::request(), StopRequest::No);
    (void)std::raise(SIGINT);
    EXPECT_EQ(StopSignals::request(), StopRequest::AfterCell);
    (void)std::raise(SIGINT);
    EXPECT_EQ(StopSignals::request(), StopRequest::Now);
    struct sigaction now {};
    sigaction(SIGINT, nullptr, &now);
    EXPECT_EQ(now.sa_handler, SIG_DFL);
}

TEST(StopSignals, ATerminationStopsNow) {
    const StopSignals signals;
    (void)std::raise(SIGTERM);
    EXPECT_EQ(StopSignals::request(), StopRequest::Now);
}

TEST(StopSignals, PutsBackWhatItFound) {
    (void)std::signal(SIGINT, SIG_IGN);
    { const StopSignals signals; }
    struct sigaction now {};
    sigaction(SIGINT, nullptr, &now);
    EXPECT_EQ(now.sa_handler, SIG_IGN);
    (void)std::signal(SIGINT, SIG_DFL);
}

}  // namespace
}  // namespace rackproof
