#include "core/clock.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <regex>
#include <string>

namespace rackproof {
namespace {

using namespace std::chrono_literals;

TEST(Clock, SecondsAreTheDurationOfThatManySeconds) {
    EXPECT_EQ(seconds(0), 0s);
    EXPECT_EQ(seconds(1.5), 1500ms);
    EXPECT_EQ(seconds(-2), -2s);
    EXPECT_EQ(seconds(1e-9), 1ns);
}

TEST(Clock, SecondsSinceCountsFromTheStart) {
    const auto an_hour_ago = SteadyClock::now() - 1h;
    EXPECT_GE(seconds_since(an_hour_ago), 3600.0);
    EXPECT_LT(seconds_since(SteadyClock::now() + 1h), 0.0);
}

TEST(Clock, UtcNowIsIso8601AndNow) {
    const std::time_t before = std::time(nullptr);
    const std::string text = utc_now();
    const std::time_t after = std::time(nullptr);
    ASSERT_TRUE(std::regex_match(text, std::regex{R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"})) << text;
    std::tm parts{};
    ASSERT_NE(strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts), nullptr);
    const std::time_t said = timegm(&parts);
    EXPECT_GE(said, before);
    EXPECT_LE(said, after);
}

TEST(Clock, SecondsSinceAUtcTime) {
    EXPECT_GT(utc_seconds_since("2020-01-01T00:00:00Z").value(), 1e8);
    EXPECT_GE(utc_seconds_since(utc_now()).value(), 0);
    EXPECT_LT(utc_seconds_since("2999-12-31T23:59:59Z").value(), 0);
    const double earlier_s = utc_seconds_since("2020-01-01T00:00:00Z").value();
    EXPECT_GE(utc_seconds_since("2019-12-31T23:00:00Z").value(), earlier_s + 3600);
    for (const char* text : {"", "2020-01-01", "2020-13-01T00:00:00Z", "2020-01-01T00:00:00Zx"}) {
        EXPECT_FALSE(utc_seconds_since(text)) << text;
    }
}

}  // namespace
}  // namespace rackproof
