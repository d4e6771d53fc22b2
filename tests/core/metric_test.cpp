#include "core/metric.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

namespace rackproof {
namespace {

TEST(Unit, SymbolsAreBaseUnits) {
    EXPECT_EQ(symbol(Unit::One), "1");
    EXPECT_EQ(symbol(Unit::BytesPerSecond), "B/s");
    EXPECT_EQ(symbol(Unit::FlopsPerSecond), "FLOP/s");
    EXPECT_EQ(symbol(Unit::PerSecond), "1/s");
    EXPECT_EQ(symbol(Unit::Second), "s");
    EXPECT_EQ(symbol(Unit::Watt), "W");
    EXPECT_EQ(symbol(Unit::DegreeCelsius), "degC");
    EXPECT_EQ(symbol(Unit::Hertz), "Hz");
    EXPECT_EQ(symbol(Unit::Joule), "J");
    EXPECT_EQ(symbol(Unit::Volt), "V");
    EXPECT_EQ(symbol(Unit::Ampere), "A");
}

TEST(Unit, EverySymbolStandsForOneUnit) {
    std::set<std::string_view> symbols;
    for (int number = 0; number <= static_cast<int>(Unit::Ampere); ++number) {
        EXPECT_TRUE(symbols.insert(symbol(static_cast<Unit>(number))).second) << number;
    }
    EXPECT_FALSE(symbols.contains("?"));
    EXPECT_EQ(symbol(static_cast<Unit>(200)), "?");
}

TEST(Direction, NamesLeadBack) {
    for (const Direction direction :
         {Direction::HigherIsBetter, Direction::LowerIsBetter, Direction::None}) {
        EXPECT_EQ(direction_from(to_string(direction)), direction);
    }
    EXPECT_EQ(to_string(Direction::HigherIsBetter), "higher");
    EXPECT_EQ(to_string(Direction::LowerIsBetter), "lower");
    EXPECT_EQ(to_string(Direction::None), "none");
}

TEST(Direction, AnyOtherTextIsNone) {
    for (const std::string_view text : {"", "HIGHER", "high", "?", "higher\n"}) {
        EXPECT_FALSE(direction_from(text)) << text;
    }
}

TEST(Scope, NamesLeadBack) {
    for (const Scope scope :
         {Scope::Device, Scope::Node, Scope::DevicePair, Scope::NodePair, Scope::Group}) {
        EXPECT_EQ(scope_from(to_string(scope)), scope);
    }
    EXPECT_EQ(to_string(Scope::DevicePair), "device_pair");
    EXPECT_EQ(to_string(Scope::NodePair), "node_pair");
}

TEST(Scope, AnyOtherTextIsNone) {
    for (const std::string_view text : {"", "Device", "pair", "?", "devices"}) {
        EXPECT_FALSE(scope_from(text)) << text;
    }
}

TEST(Scope, OnlyPairsArePairs) {
    EXPECT_TRUE(is_pair(Scope::DevicePair));
    EXPECT_TRUE(is_pair(Scope::NodePair));
    EXPECT_FALSE(is_pair(Scope::Device));
    EXPECT_FALSE(is_pair(Scope::Node));
    EXPECT_FALSE(is_pair(Scope::Group));
}

}  // namespace
}  // namespace rackproof
