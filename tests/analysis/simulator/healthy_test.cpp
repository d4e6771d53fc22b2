#include "analysis/simulator/healthy.hpp"

#include <gtest/gtest.h>

#include "tests/analysis/simulator/scenarios.hpp"

namespace rackproof::simulator {
namespace {

std::vector<double> drawn(Tail tail) {
    MetricModel model;
    model.tail = tail;
    std::vector<double> numbers;
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        Draws draws{1, Purpose::MetricGoodness, 0, i};
        numbers.push_back(goodness(model, 0, draws));
    }
    return numbers;
}

class EachTail : public ::testing::TestWithParam<Tail> {};

TEST_P(EachTail, HasItsMedianAtTheCentreAndTwoThirdsWithinItsSpread) {
    const std::vector<double> numbers = drawn(GetParam());
    EXPECT_NEAR(test::quantile(numbers, 0.5), 0, 0.02);
    const double width = test::quantile(numbers, 0.841345) - test::quantile(numbers, 0.158655);
    EXPECT_NEAR(width / 2, 1, 0.02);
}

INSTANTIATE_TEST_SUITE_P(Healthy, EachTail,
                         ::testing::Values(Tail::Normal, Tail::Skewed, Tail::StudentT3));

TEST(Goodness, HasTheTailsThatItsNameSays) {
    const auto share_below = [](const std::vector<double>& numbers, double bound) {
        return static_cast<double>(std::ranges::count_if(
                   numbers, [bound](double number) { return number < bound; })) /
               static_cast<double>(numbers.size());
    };
    const std::vector<double> normal = drawn(Tail::Normal);
    const std::vector<double> skewed = drawn(Tail::Skewed);
    const std::vector<double> heavy = drawn(Tail::StudentT3);
    EXPECT_LT(share_below(normal, -5), 2e-5);
    // Student's t3: P(t < -5 x 1.19686) = 0.00467.
    EXPECT_NEAR(share_below(heavy, -5), 0.00467, 0.0008);
    const double worse = -test::quantile(skewed, 0.01);
    const double better = test::quantile(skewed, 0.99);
    EXPECT_NEAR(worse / better, std::exp(0.3 * 2.326), 0.15);
}

TEST(Goodness, SharesWhatTheMetricsOfADeviceHaveInCommon) {
    MetricModel model;
    model.correlation = 0.64;
    std::vector<double> first;
    std::vector<double> second;
    for (std::uint32_t i = 0; i < 50'000; ++i) {
        Draws common{1, Purpose::DeviceGoodness, i};
        Draws one{1, Purpose::MetricGoodness, 0, i};
        Draws other{1, Purpose::MetricGoodness, 1, i};
        const double shared = common.normal();
        first.push_back(goodness(model, shared, one));
        second.push_back(goodness(model, shared, other));
    }
    EXPECT_NEAR(test::correlation(first, second), 0.64, 0.02);
}

TEST(Positive, BendsWhatWouldBeANegativeRate) {
    EXPECT_EQ(positive(1.2), 1.2);
    EXPECT_EQ(positive(0.51), 0.51);
    EXPECT_NEAR(positive(0.4999), 0.4999, 1e-6);
    EXPECT_GT(positive(-3), 0);
    EXPECT_LT(positive(-3), positive(-2));
}

}  // namespace
}  // namespace rackproof::simulator
