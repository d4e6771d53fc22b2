#include "analysis/skewed_tail.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace rackproof {
namespace {

TEST(SkewedTail, OfNoSkewnessIsNormal) {
    // erfc(z / sqrt 2) / 2, which skewness of 0.02 raises a little.
    EXPECT_NEAR(SkewedTail{0}.chance(1), 0.158655, 1e-3);
    EXPECT_NEAR(SkewedTail{0}.chance(3) / 1.349898e-3, 1.06, 0.03);
}

TEST(SkewedTail, OfSkewnessTwoIsExponential) {
    const SkewedTail tail{2};
    for (const double z : {0.0, 0.3, 2.5, 7.77, 19.9, 25.0, 200.0}) {
        EXPECT_NEAR(tail.chance(z) / std::exp(-1 - z), 1, 1e-3) << z;
    }
}

TEST(SkewedTail, BeyondTheTableIsTooHighRatherThanTooLow) {
    // Gamma of shape 4: exp(-x) (1 + x + x^2 / 2 + x^3 / 6) at x = 4 + 2 z.
    const double x = 4 + 2 * 40.0;
    const double truth = std::exp(-x) * (1 + x + x * x / 2 + x * x * x / 6);
    EXPECT_GE(SkewedTail{1}.chance(40), truth);
    EXPECT_LE(SkewedTail{1}.chance(40), 10 * truth);
}

}  // namespace
}  // namespace rackproof
