#include "analysis/optional_number.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <optional>

namespace rackproof {
namespace {

TEST(OptionalNumber, IsNoneUntilItIsANumber) {
    OptionalNumber number;
    EXPECT_FALSE(number);
    EXPECT_EQ(number, std::nullopt);
    EXPECT_EQ(number.value_or(7), 7);
    EXPECT_EQ(std::optional<double>{number}, std::nullopt);
    number = 0.0;
    ASSERT_TRUE(number);
    EXPECT_EQ(*number, 0);
    EXPECT_EQ(std::optional<double>{number}, std::optional{0.0});
}

TEST(OptionalNumber, IsWhatTheOptionalIs) {
    EXPECT_FALSE(OptionalNumber{std::optional<double>{}});
    EXPECT_EQ(*OptionalNumber{std::optional{-1.5}}, -1.5);
    EXPECT_TRUE(OptionalNumber{INFINITY});
    EXPECT_FALSE(OptionalNumber{NAN});
}

}  // namespace
}  // namespace rackproof
