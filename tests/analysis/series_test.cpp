#include "analysis/series.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace rackproof {
namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

/// Thirty nights that go up and down by 0.001 in turn, as rounding does.
std::vector<float> steady() {
    std::vector<float> series(30);
    for (std::size_t night = 1; night < series.size(); night += 2) series[night] = 0.001F;
    return series;
}

TEST(NightlyNoise, IsThatOfNeighbours) {
    const std::vector<float> series{0, 2, 0, 2, 0, 2};
    const auto noise = nightly_noise(series);
    ASSERT_TRUE(noise);
    EXPECT_NEAR(*noise, 2 * 1.4826 / std::sqrt(2.0), 1e-4);
}

TEST(NightlyNoise, DoesNotCountAStep) {
    std::vector<float> series = steady();
    const double before = *nightly_noise(series);
    for (std::size_t night = 11; night < 30; ++night) series[night] += 0.04F;
    EXPECT_NEAR(*nightly_noise(series), before, 1e-6);
}

TEST(NightlyNoise, OfLessThanThreeNightsIsUnknown) {
    EXPECT_EQ(nightly_noise(std::vector<float>{1, 2}), std::nullopt);
    EXPECT_EQ(nightly_noise(std::vector<float>{1, kNone, 2, kNone}), std::nullopt);
}

TEST(MayHaveChanged, IsNotMovedByOneNight) {
    std::vector<float> series = steady();
    series[9] = 1;
    EXPECT_FALSE(may_have_changed(series, 0.03));
    series[10] = 1;
    EXPECT_TRUE(may_have_changed(series, 0.03));
}

TEST(HalvesApart, IsInStandardErrorsOfTwoMedians) {
    const std::vector<float> series{0, 0, 0, 1, 1, 1};
    EXPECT_NEAR(*halves_apart(series, 0.5), 1 / (0.5 * std::sqrt(2 * 0.445)), 1e-9);
    EXPECT_EQ(halves_apart(std::vector<float>{0, 0, 0, 1, 1}, 0.5), std::nullopt);
}

TEST(WorstChange, FindsTheNightOfAStep) {
    std::vector<float> series = steady();
    for (std::size_t night = 11; night < 30; ++night) series[night] += 0.04F;
    const auto change = worst_change(series, 0.001);
    ASSERT_TRUE(change);
    EXPECT_EQ(change->shape, ChangeShape::Step);
    EXPECT_EQ(change->begin, 11U);
    EXPECT_NEAR(change->now - change->before, 0.04, 0.0011);
    EXPECT_EQ(change->splits, 25U);
}

TEST(WorstChange, FindsTheNightFromWhichASlopeGoes) {
    std::vector<float> series = steady();
    for (std::size_t night = 7; night < 30; ++night) {
        series[night] += 0.002F * static_cast<float>(night - 6);
    }
    const auto change = worst_change(series, 0.001);
    ASSERT_TRUE(change);
    EXPECT_EQ(change->shape, ChangeShape::Slope);
    EXPECT_NEAR(static_cast<double>(change->begin), 7, 1);
    EXPECT_NEAR(change->per_night, 0.002, 0.0001);
    EXPECT_NEAR(change->now - change->before, 0.046, 0.002);
}

/// Histories of thirty nights in noise, one in three with a night that is far off.
class NightOfAChange : public ::testing::Test {
  protected:
    static constexpr float kNoise = 0.0023F;

    std::vector<float> noisy() {
        std::vector<float> series(30);
        for (float& value : series) value = kNoise * normal_(random_);
        if (random_() % 3 == 0) series[random_() % 30] += 0.1F;
        return series;
    }
    /// The share of 300 histories in which a change of this shape is told to have begun within
    /// `most` nights of night 4, counted from 1.
    template <class Change>
    double told_within(std::size_t most, ChangeShape shape, Change change) {
        constexpr int kHistories = 300;
        constexpr std::size_t kFirst = 3;
        int told = 0;
        for (int i = 0; i < kHistories; ++i) {
            std::vector<float> series = noisy();
            for (std::size_t night = kFirst; night < series.size(); ++night) {
                series[night] += change(static_cast<float>(night - kFirst + 1));
            }
            const auto found = worst_change(series, kNoise);
            if (!found || found->shape != shape) continue;
            const std::size_t apart =
                std::max(found->begin, kFirst) - std::min(found->begin, kFirst);
            told += apart <= most ? 1 : 0;
        }
        return static_cast<double>(told) / kHistories;
    }

  private:
    std::mt19937 random_{1};
    std::normal_distribution<float> normal_;
};

TEST_F(NightOfAChange, OfASlowLossIsToldWithinTwo) {
    EXPECT_GE(told_within(2, ChangeShape::Slope, [](float nights) { return 0.002F * nights; }),
              0.97);
}

TEST_F(NightOfAChange, OfAStepIsTold) {
    EXPECT_GE(told_within(0, ChangeShape::Step, [](float) { return 0.04F; }), 0.97);
}

TEST(WorstChange, IgnoresMissingAndSingleBadNights) {
    std::vector<float> series = steady();
    for (std::size_t night = 11; night < 30; ++night) series[night] += 0.04F;
    series[3] = 0.5F;
    series[20] = kNone;
    series[29] = 0.5F;
    const auto change = worst_change(series, 0.001);
    ASSERT_TRUE(change);
    EXPECT_EQ(change->begin, 11U);
    EXPECT_NEAR(change->now - change->before, 0.04, 0.0011);
}

TEST(WorstChange, OfTheLastTwoNightsIsToldWithItsNightAndOfTheLastAloneIsNone) {
    std::vector<float> series = steady();
    series[29] += 0.04F;
    const auto blip = worst_change(series, 0.001);
    EXPECT_TRUE(!blip || blip->now - blip->before < 0.01);
    series[28] += 0.04F;
    const auto change = worst_change(series, 0.001);
    ASSERT_TRUE(change);
    EXPECT_EQ(change->shape, ChangeShape::Step);
    EXPECT_EQ(change->begin, 28U);
    EXPECT_NEAR(change->now - change->before, 0.04, 0.0011);
}

TEST(WorstChange, OfWhatGotBetterIsNone) {
    std::vector<float> series = steady();
    for (std::size_t night = 11; night < 30; ++night) series[night] -= 0.04F;
    const auto change = worst_change(series, 0.001);
    EXPECT_TRUE(!change || change->now - change->before < 0.002);
}

TEST(WorstChange, NeedsThreeNightsOnEitherSide) {
    EXPECT_EQ(worst_change(std::vector<float>{0, 0, 1, 1, 1}, 0.1), std::nullopt);
    const auto change = worst_change(std::vector<float>{0, 0, 0, 1, 1, 1}, 0.1);
    ASSERT_TRUE(change);
    EXPECT_EQ(change->begin, 3U);
}

TEST(ChanceOf, IsThatOfStudentsTTimesTheSplits) {
    Change change;
    change.deviations = 2.228;  // 0.025 beyond, of 10 degrees of freedom
    change.splits = 4;
    EXPECT_NEAR(chance_of(change, 10), 0.1, 1e-4);
    change.deviations = 0;
    EXPECT_EQ(chance_of(change, 10), 1.0);
}

}  // namespace
}  // namespace rackproof
