#include "core/unit_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rackproof {
namespace {

void expect_unit(std::string_view text, std::string_view base, double factor) {
    const std::optional<ScaledUnit> unit = scaled_unit(text);
    ASSERT_TRUE(unit) << text;
    EXPECT_EQ(unit->base, base) << text;
    EXPECT_DOUBLE_EQ(unit->factor, factor) << text;
}

TEST(ScaledUnit, TakesDecimalPrefixesOff) {
    expect_unit("GB/s", "B/s", 1e9);
    expect_unit("MB/s", "B/s", 1e6);
    expect_unit("B/s", "B/s", 1);
    expect_unit("TFLOP/s", "FLOP/s", 1e12);
    expect_unit("GFLOPS", "FLOP/s", 1e9);
    expect_unit("ms", "s", 1e-3);
    expect_unit("us", "s", 1e-6);
    expect_unit("s", "s", 1);
    expect_unit("kW", "W", 1e3);
    expect_unit("MHz", "Hz", 1e6);
    expect_unit("degC", "degC", 1);
    expect_unit("K/W", "K/W", 1);
    expect_unit("mK/W", "K/W", 1e-3);
    expect_unit("1/s", "1/s", 1);
    expect_unit("%", "1", 0.01);
}

TEST(ScaledUnit, KnowsNoOther) {
    for (const char* text : {"", "GiB/s", "furlong", "G", "mdegC", "GB", "gb/s", "GB/s ", "k1/s"}) {
        EXPECT_FALSE(scaled_unit(text)) << text;
    }
}

TEST(ParseBytes, ReadsSizes) {
    EXPECT_EQ(parse_bytes("8"), 8);
    EXPECT_EQ(parse_bytes("8 B"), 8);
    EXPECT_EQ(parse_bytes("32KiB"), 32 << 10);
    EXPECT_EQ(parse_bytes("256 MiB"), 256 << 20);
    EXPECT_EQ(parse_bytes("1.5 GiB"), 3LL << 29);
    EXPECT_EQ(parse_bytes("1 GB"), 1'000'000'000);
    EXPECT_EQ(parse_bytes("0"), 0);
}

TEST(ParseBytes, RefusesWhatIsNoWholeSize) {
    for (const char* text : {"", "MiB", "-1", "0.5 B", "1 mB", "1 XiB", "nan", "inf", "1e300 GiB",
                             "5000000 TiB", "8 B x"}) {
        EXPECT_FALSE(parse_bytes(text)) << text;
    }
}

}  // namespace
}  // namespace rackproof
