#include "results/utc_time.hpp"

#include <gtest/gtest.h>

namespace rackproof {
namespace {

TEST(UtcTime, ReadsIso8601) {
    EXPECT_EQ(parse_utc("1970-01-01T00:00:00Z"), 0.0);
    EXPECT_EQ(parse_utc("2026-11-23T04:41:11Z"), 1795408871.0);  // date -d ... +%s
    EXPECT_EQ(parse_utc("2026-11-23 04:41:11"), 1795408871.0);
    EXPECT_EQ(parse_utc("2026-11-23T05:41:11+01:00"), 1795408871.0);
    EXPECT_EQ(parse_utc("2026-11-22T23:11:11-05:30"), 1795408871.0);
    EXPECT_EQ(parse_utc("2026-11-23T04:41:11.25Z"), 1795408871.25);
    EXPECT_EQ(parse_utc("1969-12-31T23:59:59Z"), -1.0);
}

TEST(UtcTime, RefusesAnythingElse) {
    for (const char* text :
         {"", "2026", "2026-11-23", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
          "2026-11-23T24:00:00Z", "2026-11-23T04:60:11Z", "2026-11-23T04:41:60Z",
          "2026-11-23T04:41:11Zx", "2026-11-23T04:41:11+1", "2026-11-23T04:41:-1Z",
          "2026-11-23T04:41:1e1Z", "26-11-23T04:41:11Z", "2026-11-23x04:41:11Z"}) {
        EXPECT_FALSE(parse_utc(text)) << text;
    }
}

TEST(UtcTime, WritesWhatItReads) {
    for (const char* text :
         {"1970-01-01T00:00:00Z", "2026-11-23T04:41:11Z", "2024-02-29T23:59:59Z"}) {
        EXPECT_EQ(utc_text(*parse_utc(text)), text);
    }
    EXPECT_EQ(utc_text(1.9), "1970-01-01T00:00:01Z");
}

}  // namespace
}  // namespace rackproof
