#include "reports/text_format.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace rackproof {
namespace {

TEST(FormatValue, ScalesBaseUnitsToThreeDigits) {
    EXPECT_EQ(format_value(3.02e12, "B/s"), "3.02 TB/s");
    EXPECT_EQ(format_value(6.48e14, "FLOP/s"), "648 TFLOP/s");
    EXPECT_EQ(format_value(1.2e-6, "s"), "1.20 us");
    EXPECT_EQ(format_value(0.0325, "s"), "32.5 ms");
    EXPECT_EQ(format_value(-1500.0, "W"), "-1.50 kW");
    EXPECT_EQ(format_value(1.98e9, "Hz"), "1.98 GHz");
}

TEST(FormatValue, RoundsUpIntoTheNextPrefix) {
    EXPECT_EQ(format_value(999.4, "B/s"), "999 B/s");
    EXPECT_EQ(format_value(999.6, "B/s"), "1.00 kB/s");
    EXPECT_EQ(format_value(9.996, "W"), "10.0 W");
    EXPECT_EQ(format_value(99.96, "W"), "100 W");
    EXPECT_EQ(format_value(0.99996e-3, "s"), "1.00 ms");
}

TEST(FormatValue, KeepsTemperaturesAndPlainNumbersAsTheyAre) {
    EXPECT_EQ(format_value(61.5, "degC"), "61.5 degC");
    EXPECT_EQ(format_value(12345.0, "1"), "12345");
    EXPECT_EQ(format_value(0.12345, "1"), "0.123");
    EXPECT_EQ(format_value(2.5e9, "1"), "2.50e+09");
    EXPECT_EQ(format_value(1234.5, "1/s"), "1234 1/s");
}

TEST(FormatValue, DoesNotGuessAtAUnitItDoesNotKnow) {
    EXPECT_EQ(format_value(2500.0, "ms"), "2500 ms");
    EXPECT_EQ(format_value(1.0, "a\x1b[2J"), "1 a\xEF\xBF\xBD[2J");
}

TEST(FormatValue, SaysWhenThereIsNone) {
    EXPECT_EQ(format_value(NAN, "B/s"), "no value");
    EXPECT_EQ(format_value(NAN, "1"), "no value");
}

TEST(FormatValue, StaysReadableAtTheEdges) {
    EXPECT_EQ(format_value(0.0, "B/s"), "0 B/s");
    EXPECT_EQ(format_value(INFINITY, "B/s"), "inf B/s");
    EXPECT_EQ(format_value(-INFINITY, "1"), "-inf");
    EXPECT_LT(format_value(1e300, "B/s").size(), 20U);
    EXPECT_LT(format_value(5e-324, "s").size(), 20U);
}

TEST(FormatPercent, ShowsSignAndEnoughDigits) {
    EXPECT_EQ(format_percent(-0.101), "-10.1 %");
    EXPECT_EQ(format_percent(0.05), "5.0 %");
    EXPECT_EQ(format_percent(0.0042), "0.42 %");
    EXPECT_EQ(format_percent(12.0), "1200 %");
    EXPECT_EQ(format_percent(-0.0), "0.0 %");
    EXPECT_EQ(format_percent(-1e-9), "0.0 %");
    EXPECT_EQ(format_percent(NAN), "no value");
}

TEST(FormatDuration, TakesTheTwoLargestUnits) {
    EXPECT_EQ(format_duration(4.24), "4.2 s");
    EXPECT_EQ(format_duration(45.0), "45 s");
    EXPECT_EQ(format_duration(200.0), "3 min 20 s");
    EXPECT_EQ(format_duration(7500.0), "2 h 5 min");
    EXPECT_EQ(format_duration(6 * 86400.0 + 3 * 3600.0), "6 d 3 h");
    EXPECT_EQ(format_duration(3600.0), "1 h");
}

TEST(FormatDuration, NeverShowsSixtyOfAnything) {
    EXPECT_EQ(format_duration(59.7), "1 min");
    EXPECT_EQ(format_duration(3599.7), "1 h");
    EXPECT_EQ(format_duration(86399.0), "1 d");
    EXPECT_EQ(format_duration(9.97), "10 s");
    for (double s = 0; s < 200'000; s += 13.7) {
        const std::string text = format_duration(s);
        EXPECT_EQ(text.find("60 "), std::string::npos) << s;
        EXPECT_NE(text.substr(0, 3), "24 h") << s;
    }
}

TEST(FormatDuration, SaysWhenThereIsNone) {
    EXPECT_EQ(format_duration(NAN), "no value");
    EXPECT_EQ(format_duration(INFINITY), "no value");
    EXPECT_EQ(format_duration(-90), "-1 min 30 s");
}

TEST(FormatBytes, UsesTheLargestUnitOfWhichItIsAWholeNumber) {
    EXPECT_EQ(format_bytes(8), "8 B");
    EXPECT_EQ(format_bytes(32 * 1024), "32 KiB");
    EXPECT_EQ(format_bytes(268'435'456), "256 MiB");
    EXPECT_EQ(format_bytes(1000), "1000 B");
    EXPECT_EQ(format_bytes(1536), "1536 B");
    EXPECT_EQ(format_bytes(0), "0 B");
    EXPECT_EQ(format_bytes(std::int64_t{1} << 62), "4 EiB");
}

}  // namespace
}  // namespace rackproof
