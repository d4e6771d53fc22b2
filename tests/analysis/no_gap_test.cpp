#include "analysis/no_gap.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <random>
#include <vector>

namespace rackproof {
namespace {

constexpr TwoModes kModes{.least_share = 0.3, .most_between = 0.05};
constexpr std::size_t kCount = 50'000;

class NoGap : public ::testing::Test {
  protected:
    /// A share `share` of the values is so many spreads worse.
    std::vector<double> two_modes(double share, double apart) {
        std::vector<double> values(kCount);
        for (std::size_t i = 0; i < kCount; ++i) {
            const bool worse = static_cast<double>(i) < share * static_cast<double>(kCount);
            values[i] = 0.01 * (normal_(random_) + (worse ? apart : 0));
        }
        return values;
    }

    std::mt19937_64 random_{23};
    std::normal_distribution<double> normal_;
};

TEST_F(NoGap, OnePopulationHasNone) {
    EXPECT_TRUE(has_no_gap(two_modes(0, 0), kModes));
    std::vector<double> heavy(kCount);
    std::student_t_distribution<double> student{3};
    for (double& value : heavy) value = 0.01 * student(random_);
    EXPECT_TRUE(has_no_gap(heavy, kModes));
    std::vector<double> skewed(kCount);
    for (double& value : skewed) value = 0.01 * std::exp(0.3 * normal_(random_));
    EXPECT_TRUE(has_no_gap(skewed, kModes));
}

TEST_F(NoGap, FaultsAreNoMode) { EXPECT_TRUE(has_no_gap(two_modes(0.03, 10), kModes)); }

TEST_F(NoGap, TwoModesAreNeverTakenForOne) {
    for (const double share : {0.3, 0.35, 0.5, 0.65, 0.7}) {
        for (const double apart : {7.0, 8.0, 12.0, 100.0, 1e6}) {
            EXPECT_FALSE(has_no_gap(two_modes(share, apart), kModes)) << share << ' ' << apart;
        }
    }
}

TEST_F(NoGap, ValuesInCoarseStepsAreLookedAtClosely) {
    std::vector<double> values = two_modes(0, 0);
    for (double& value : values) value = std::round(value / 0.02) * 0.02;
    EXPECT_FALSE(has_no_gap(values, kModes));
    EXPECT_FALSE(has_no_gap(std::vector<double>(kCount, 1.0), kModes));
}

TEST_F(NoGap, TwoValuesAreTwoModes) {
    std::vector<double> values(kCount, 1.0);
    for (std::size_t i = 0; i < kCount; i += 2) values[i] = 2.0;
    EXPECT_FALSE(has_no_gap(values, kModes));
}

TEST_F(NoGap, FewAreLookedAtClosely) {
    EXPECT_FALSE(has_no_gap(std::vector<double>(1000, 1.0), kModes));
}

TEST_F(NoGap, ASampleThatMisleadsProvesNothing) {
    // Of every 25th value the sample is taken (50,000 / 2048 = 24.4): those are one population.
    std::vector<double> values = two_modes(0.4, 12);
    std::vector<double> one = two_modes(0, 0);
    for (std::size_t i = 0; i < 2048; ++i) values[i * kCount / 2048] = one[i];
    EXPECT_FALSE(has_no_gap(values, kModes));
}

}  // namespace
}  // namespace rackproof
