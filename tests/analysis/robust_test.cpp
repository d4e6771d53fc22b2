#include "analysis/robust.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <span>

namespace rackproof {
namespace {

using ::testing::DoubleNear;
using ::testing::Optional;

TEST(Median, IsTheMiddleValueWhateverTheOrder) {
    EXPECT_THAT(median({3.0, 1.0, 2.0}), Optional(2.0));
    EXPECT_THAT(median({4.0, 1.0, 3.0, 2.0}), Optional(2.5));
    EXPECT_THAT(median({7.0}), Optional(7.0));
}

TEST(Median, OfNothingIsNoValueRatherThanZero) { EXPECT_EQ(median({}), std::nullopt); }

TEST(Median, OfHugeValuesDoesNotOverflow) {
    const double huge = 1.7e308;
    EXPECT_THAT(median({huge, huge}), Optional(huge));
}

TEST(Quantile, InterpolatesBetweenOrderStatistics) {
    const std::vector<double> values{10.0, 30.0, 20.0, 40.0};
    EXPECT_THAT(quantile(values, 0.0), Optional(10.0));
    EXPECT_THAT(quantile(values, 1.0), Optional(40.0));
    EXPECT_THAT(quantile(values, 0.5), Optional(25.0));
    EXPECT_THAT(quantile(values, 0.25), Optional(DoubleNear(17.5, 1e-12)));
    EXPECT_EQ(quantile({}, 0.5), std::nullopt);
}

TEST(RobustSpread, OfOneSampleIsUnknownNotZero) {
    EXPECT_EQ(robust_spread({5.0}), std::nullopt);
    EXPECT_EQ(robust_spread({}), std::nullopt);
}

TEST(RobustSpread, OfEqualValuesIsZero) { EXPECT_THAT(robust_spread({5, 5, 5}), Optional(0.0)); }

class RobustSpreadOf : public ::testing::TestWithParam<int> {};

TEST_P(RobustSpreadOf, NormalValuesIsOneOnAverage) {
    const int n = GetParam();
    std::mt19937_64 random{static_cast<std::uint64_t>(n)};
    std::normal_distribution<double> normal;
    constexpr int kTrials = 20'000;
    double sum = 0;
    for (int trial = 0; trial < kTrials; ++trial) {
        std::vector<double> values(static_cast<std::size_t>(n));
        for (double& value : values) value = normal(random);
        sum += *robust_spread(values);
    }
    EXPECT_NEAR(sum / kTrials, 1.0, 0.02);
}

INSTANTIATE_TEST_SUITE_P(Sizes, RobustSpreadOf, ::testing::Values(2, 3, 4, 5, 6, 7, 8, 9, 10, 25));

TEST(RobustSpread, HoldsWithAQuarterOfTheValuesFarOff) {
    std::mt19937_64 random{11};
    std::normal_distribution<double> normal;
    std::vector<double> values(1000);
    for (double& value : values) value = normal(random);
    std::fill_n(values.begin(), 250, -1e9);
    EXPECT_NEAR(*median(values), 0.0, 0.6);
    EXPECT_LT(*robust_spread(values), 2.0);
}

TEST(MedianError, CoversTheScatterOfMediansOfRepetitions) {
    std::mt19937_64 random{12};
    std::normal_distribution<double> normal;
    for (const std::size_t repetitions : {2U, 3U, 5U, 10U, 30U}) {
        std::vector<double> medians;
        std::vector<double> errors;
        for (int trial = 0; trial < 4000; ++trial) {
            std::vector<double> samples(repetitions);
            for (double& sample : samples) sample = normal(random);
            medians.push_back(*median(samples));
            errors.push_back(*median_error(samples));
        }
        double squares = 0;
        double mean_error = 0;
        for (const double value : medians) squares += value * value / 4000;
        for (const double error : errors) mean_error += error / 4000;
        EXPECT_GE(mean_error, 0.97 * std::sqrt(squares)) << repetitions;
        EXPECT_LE(mean_error, 1.35 * std::sqrt(squares)) << repetitions;
    }
}

TEST(MedianError, OfOneRepetitionIsUnknown) { EXPECT_EQ(median_error({5.0}), std::nullopt); }

TEST(SteadyScatter, NeedsFourRepetitions) { EXPECT_EQ(steady_scatter({1, 2, 3}), std::nullopt); }

TEST(SteadyScatter, OneHiccupIsNone) {
    EXPECT_THAT(steady_scatter({5, 5, 1, 5, 5}), Optional(0.0));
    EXPECT_THAT(steady_scatter({5, 5, 1, 1, 5}), Optional(::testing::Gt(1.5)));
}

TEST(SteadyScatter, OfNormalRepetitionsIsAboutTheirStandardDeviation) {
    std::mt19937_64 random{13};
    std::normal_distribution<double> normal;
    for (const std::size_t repetitions : {4U, 5U, 8U, 20U, 100U}) {
        double squares = 0;
        constexpr int kTrials = 5000;
        for (int trial = 0; trial < kTrials; ++trial) {
            std::vector<double> samples(repetitions);
            for (double& sample : samples) sample = normal(random);
            squares += std::pow(*steady_scatter(samples), 2) / kTrials;
        }
        EXPECT_NEAR(std::sqrt(squares), 1.0, 0.06) << repetitions;
    }
}

}  // namespace
}  // namespace rackproof
