#include "analysis/binned.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace rackproof {
namespace {

constexpr double kFloor = 1e-3;

std::vector<double> normal_values(std::size_t count, double spread) {
    std::mt19937_64 random{11};
    std::normal_distribution<double> normal{0, spread};
    std::vector<double> values(count);
    for (double& value : values) value = normal(random);
    return values;
}

double count_of(const std::vector<CountedValue>& points) {
    return std::accumulate(points.begin(), points.end(), 0.0,
                           [](double sum, const CountedValue& point) { return sum + point.count; });
}

double sum_of(const std::vector<CountedValue>& points) {
    return std::accumulate(
        points.begin(), points.end(), 0.0,
        [](double sum, const CountedValue& point) { return sum + point.value * point.count; });
}

TEST(Binned, OfFewEachIsItsOwnPoint) {
    std::vector<double> values{3, 1, 2};
    const std::vector<CountedValue> points = binned(values, kFloor);
    ASSERT_EQ(points.size(), 3U);
    EXPECT_EQ(points.front().value, 1);
    EXPECT_EQ(points.back().value, 3);
    EXPECT_EQ(median_of(points), 2);
    EXPECT_EQ(median_distance_of(points, 2), 1);
}

TEST(Binned, OfManyHoldsThemAllAndTheirSum) {
    for (const std::size_t count : {801U, 5000U, 100'000U}) {
        std::vector<double> values = normal_values(count, 0.01);
        const double sum = std::accumulate(values.begin(), values.end(), 0.0);
        std::vector<double> sorted = values;
        std::ranges::sort(sorted);
        const std::vector<CountedValue> points = binned(values, kFloor);
        EXPECT_LE(points.size(), 1000U);
        EXPECT_EQ(count_of(points), static_cast<double>(count));
        EXPECT_NEAR(sum_of(points), sum, 1e-9);
        EXPECT_TRUE(std::ranges::is_sorted(points, {}, &CountedValue::value));
        for (std::size_t i = 0; i < 200; ++i) {  // the ends are kept as they are
            EXPECT_EQ(points[i].value, sorted[i]);
            EXPECT_EQ(points[points.size() - 1 - i].value, sorted[count - 1 - i]);
        }
        EXPECT_NEAR(median_of(points), sorted[count / 2], 0.001);
        EXPECT_NEAR(median_distance_of(points, 0), 0.00674, 0.0006);
    }
}

TEST(Binned, TheBulkIsToldApartHoweverFarTheOthersAre) {
    for (const double far : {1.0, 1e3, 1e9}) {
        std::vector<double> values = normal_values(4000, 0.01);
        for (int i = 0; i < 1300; ++i) values.push_back(far * (1 + 0.01 * (i % 30)));
        const std::vector<CountedValue> points = binned(values, kFloor);
        EXPECT_EQ(count_of(points), 5300);
        EXPECT_GT(
            std::ranges::count_if(
                points, [](const CountedValue& point) { return std::abs(point.value) < 0.02; }),
            30)
            << far;
    }
}

TEST(Binned, ValuesThatAreAllButOneTheSameAreNoDivisionByZero) {
    std::vector<double> values(2000, 7.0);
    EXPECT_EQ(count_of(binned(values, kFloor)), 2000);
    values[3] = 8;
    const std::vector<CountedValue> points = binned(values, kFloor);
    EXPECT_EQ(count_of(points), 2000);
    EXPECT_EQ(points.back().value, 8);
    EXPECT_EQ(median_of(points), 7);
}

TEST(MedianOf, LiesBetweenTwoThatHoldHalfEach) {
    const std::vector<CountedValue> points{{1, 2}, {3, 1}, {5, 1}};
    EXPECT_EQ(median_of(points), 2);
    EXPECT_EQ(median_of(std::vector<CountedValue>{{4, 1}}), 4);
}

}  // namespace
}  // namespace rackproof
