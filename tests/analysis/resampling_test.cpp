#include "analysis/resampling.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace rackproof {
namespace {

using testing::DoubleNear;

std::vector<std::int32_t> each_its_own(std::size_t count) {
    std::vector<std::int32_t> units(count);
    std::iota(units.begin(), units.end(), 100);
    return units;
}

TEST(Resampling, OfIndependentNormalValuesIsTheStandardErrorOfTheMedian) {
    std::mt19937_64 random{3};
    std::normal_distribution<double> normal{50, 2};
    double sum = 0;
    constexpr int kRuns = 40;
    for (int run = 0; run < kRuns; ++run) {
        std::vector<double> values(101);
        for (double& value : values) value = normal(random);
        sum += resampled(values, each_its_own(101), Statistic::Median).variance;
    }
    // pi / 2 x variance / n; resampling a median overstates it by some per cent at this n.
    EXPECT_THAT(sum / kRuns, DoubleNear(1.5708 * 4 / 101, 0.2 * 1.5708 * 4 / 101));
}

TEST(Resampling, ValuesOfOneUnitCountTogether) {
    std::mt19937_64 random{4};
    std::normal_distribution<double> normal{50, 2};
    std::vector<double> once;
    std::vector<double> often;
    std::vector<std::int32_t> units;
    for (std::int32_t unit = 0; unit < 31; ++unit) {
        once.push_back(normal(random));
        for (int copy = 0; copy < 8; ++copy) {
            often.push_back(once.back());
            units.push_back(unit);
        }
    }
    const Resampled alone = resampled(once, each_its_own(31), Statistic::Median);
    const Resampled copied = resampled(often, units, Statistic::Median);
    EXPECT_EQ(copied.units, 31);
    EXPECT_DOUBLE_EQ(copied.variance, alone.variance);
}

TEST(Resampling, OfTheLogarithmIsRelative) {
    const std::vector<double> values{1, 2, 4, 8, 16, 32, 64};
    std::vector<double> scaled;
    scaled.reserve(values.size());
    for (const double value : values) scaled.push_back(1e12 * value);
    const std::vector<std::int32_t> units = each_its_own(7);
    EXPECT_THAT(resampled(scaled, units, Statistic::LogMedian).variance,
                DoubleNear(resampled(values, units, Statistic::LogMedian).variance, 1e-9));
    EXPECT_GT(resampled(values, units, Statistic::LogMedian).variance, 0.1);
}

TEST(Resampling, OfValuesThatAreAllAlikeHasNoVariance) {
    const std::vector<double> values(20, 7e14);
    const Resampled same = resampled(values, each_its_own(20), Statistic::Median);
    EXPECT_EQ(same.variance, 0);
    EXPECT_EQ(half_width(same, same), 0);
}

TEST(Resampling, TheHalfWidthIsStudentsWithWelchsDegreesOfFreedom) {
    // 10 and 10 units of equal variance: 18 degrees of freedom, t = 2.100922 (tables).
    EXPECT_THAT(half_width({10, 2.0}, {10, 2.0}), DoubleNear(2.100922 * 2, 1e-5));
    // One that does not vary leaves the other's 20 degrees of freedom, t = 2.085963.
    EXPECT_THAT(half_width({21, 4.0}, {5, 0.0}), DoubleNear(2.085963 * 2, 1e-5));
}

}  // namespace
}  // namespace rackproof
