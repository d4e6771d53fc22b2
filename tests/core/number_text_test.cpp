#include "core/number_text.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

namespace rackproof {
namespace {

TEST(NumberText, IsTheShortestThatReadsBack) {
    EXPECT_EQ(number_text(0.1), "0.1");
    EXPECT_EQ(number_text(1e-9), "1e-09");
    EXPECT_EQ(number_text(3), "3");
    EXPECT_EQ(number_text(-2.5e300), "-2.5e+300");
    for (const double number : {1.0 / 3, 6.02e23, std::numeric_limits<double>::denorm_min()}) {
        EXPECT_EQ(std::strtod(number_text(number).c_str(), nullptr), number);
    }
}

TEST(NumberText, NamesWhatIsNotFinite) {
    EXPECT_EQ(number_text(std::numeric_limits<double>::quiet_NaN()), "nan");
    EXPECT_EQ(number_text(-std::numeric_limits<double>::infinity()), "-inf");
}

}  // namespace
}  // namespace rackproof
