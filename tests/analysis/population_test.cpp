#include "analysis/population.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>
#include <random>

#include "analysis/tails.hpp"

namespace rackproof {
namespace {

using ::testing::AllOf;
using ::testing::DoubleNear;
using ::testing::Ge;
using ::testing::Le;

std::vector<double> normal_values(std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random{seed};
    std::normal_distribution<double> normal;
    std::vector<double> values(count);
    for (double& value : values) value = normal(random);
    return values;
}

std::vector<double> heavy_values(std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random{seed};
    std::student_t_distribution<double> heavy{3};
    std::vector<double> values(count);
    for (double& value : values) value = heavy(random);
    return values;
}

TEST(Population, OfTwoValuesIsUnknown) {
    EXPECT_EQ(Population::fitted({1, 2}, {.floor = 0.1}), std::nullopt);
    EXPECT_EQ(Population::fitted({1, 2, INFINITY}, {.floor = 0.1}), std::nullopt);
    EXPECT_EQ(Population::fitted({1, 1, 1}, {}), std::nullopt);
}

TEST(Population, FindsCentreAndSpreadOfNormalValues) {
    const auto population = Population::fitted(normal_values(2000, 1), {.floor = 1e-3});
    EXPECT_THAT(population->centre(), DoubleNear(0, 0.1));
    EXPECT_THAT(population->spread(), DoubleNear(1, 0.1));
    // 0.0228, were it known that they are not skewed.
    EXPECT_THAT(population->tail(2.0), AllOf(Ge(0.02), Le(0.036)));
    EXPECT_EQ(population->size(), 2000U);
}

TEST(Population, HoldsWithAQuarterOfTheValuesBad) {
    for (const std::size_t count : {72U, 640U, 5000U}) {
        std::vector<double> values = normal_values(count, 2);
        for (std::size_t i = 0; i < count / 4; ++i) values[i] += 9;
        const auto population = Population::fitted(values, {.floor = 1e-3});
        EXPECT_THAT(population->centre(), DoubleNear(0, 0.4)) << count;
        EXPECT_THAT(population->spread(), DoubleNear(1, 0.35)) << count;
        EXPECT_LE(population->tail(9), 1e-4) << count;
    }
}

TEST(Population, HoldsHoweverFarManyBadOnesAre) {
    for (const double far : {100.0, 1e4, 1e8}) {
        std::vector<double> values = normal_values(5000, 2);
        for (std::size_t i = 0; i < values.size() / 4; ++i) values[i] = far + values[i];
        const auto population = Population::fitted(values, {.floor = 1e-3});
        EXPECT_THAT(population->spread(), DoubleNear(1, 0.1)) << far;
        EXPECT_GE(population->tail(4), 1e-6) << far;  // a healthy one of 5,000
        EXPECT_LE(population->tail(far), 1e-9) << far;
    }
}

TEST(Population, BadOnesNearTheHealthyAreNotHiddenByOthersFarOut) {
    std::vector<double> values = normal_values(5000, 2);
    values.insert(values.end(), 250, 100);
    values.insert(values.end(), 50, 1e6);
    values.insert(values.end(), 25, 12);
    const auto population = Population::fitted(values, {.floor = 1e-3});
    EXPECT_LE(population->tail(12), 1e-6);
    EXPECT_GE(population->tail(4), 1e-6);
}

TEST(Population, AModelThatTheValuesGiveNoNumbersIsNone) {
    std::vector<double> values(57, -1.14e7);  // what every log-normal ends before
    values.insert(values.end(), 19, 0.001);
    values.insert(values.end(), 20, 3.46e8);
    values.insert(values.end(), 20, 1.5e12);
    const auto population = Population::fitted(values, {.floor = 3.5e-4});
    ASSERT_NE(population, std::nullopt);
    EXPECT_THAT(population->tail(1e9), AllOf(Ge(0), Le(1)));
    EXPECT_THAT(population->spread(), AllOf(Ge(3.5e-4), Le(1e13)));
}

TEST(Population, ValuesInStepsAreAlmostAsSureAsThoseBetween) {
    constexpr double kStep = 2;
    int sure = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        std::vector<double> values = normal_values(160, seed);
        for (double& value : values) value = kStep * std::round(value / kStep);
        const auto population = Population::fitted(values, {.floor = kStep / 2, .step = kStep});
        sure += population->tail(9) <= 1e-5 ? 1 : 0;
    }
    EXPECT_GE(sure, 16);  // without knowing the step: 8
}

/// Devices of which some clock higher; upwards is worse.
std::vector<double> some_faster(std::size_t count, std::uint64_t seed) {
    constexpr std::size_t kEach = 10;
    std::vector<double> values = normal_values(count, seed);
    std::mt19937_64 random{seed + 1};
    std::exponential_distribution<double> exponential{1.0 / 6};
    for (std::size_t i = 0; i < count; i += kEach) values[i] -= exponential(random);
    return values;
}

TEST(Population, ATailOfFastOnesSaysNothingOfSlowOnes) {
    for (const std::size_t count : {160U, 640U, 2560U}) {
        int sure = 0;
        constexpr int kSeeds = 20;
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
            const auto population = Population::fitted(some_faster(count, seed), {.floor = 1e-3});
            const double most = 1e-3 / static_cast<double>(count);
            sure += population->tail(7) <= most ? 1 : 0;
        }
        EXPECT_GE(sure, 15) << count;  // before: at most 1
    }
}

TEST(Population, WhereNoneCanBeFastATailOfThemIsOneOfTheHealthy) {
    constexpr std::size_t kCount = 640;
    int sure = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto population = Population::fitted(some_faster(kCount, seed),
                                                   {.floor = 1e-3, .fast_ones = FastOnes::None});
        sure += population->tail(7) <= 1e-3 / kCount ? 1 : 0;
    }
    EXPECT_LE(sure, 1);  // where some may be: 15 or more
}

TEST(Population, TailsOnBothSidesAreNotTakenForFastOnes) {
    for (const std::size_t count : {160U, 640U, 2560U}) {
        for (std::uint64_t seed = 0; seed < 10; ++seed) {
            const auto population = Population::fitted(heavy_values(count, seed), {.floor = 1e-3});
            EXPECT_GE(population->tail(10), 1e-6) << count;  // it is 1e-3
        }
    }
}

TEST(Population, ASevenSigmaFaultIsNoChanceAmongManyNormalValues) {
    std::vector<double> values = normal_values(5000, 3);
    values[17] = 7;
    // So that it fails at q = 0.001 in one metric alone.
    EXPECT_LE(Population::fitted(values, {.floor = 1e-3})->tail(7), 2e-7);
}

/// Log-normal, their long end worse; median 0, half of the middle 68.27 % about 1.
std::vector<double> skewed_values(std::size_t count, double sigma, std::uint64_t seed) {
    std::vector<double> values = normal_values(count, seed);
    for (double& value : values) value = std::expm1(sigma * value) / std::sinh(sigma);
    return values;
}

TEST(Population, SaysNoLessThanTheTruthOfSkewedTails) {
    for (const double sigma : {0.05, 0.1, 0.2, 0.3, 0.4}) {
        for (const std::size_t count : {320U, 640U, 5000U}) {
            int too_sure = 0;
            for (std::uint64_t seed = 1; seed <= 20; ++seed) {
                const auto population =
                    Population::fitted(skewed_values(count, sigma, seed), {.floor = 1e-3});
                const double truth =
                    std::erfc(std::log1p(6 * std::sinh(sigma)) / sigma / std::numbers::sqrt2) / 2;
                too_sure += population->tail(6) < truth / 2 ? 1 : 0;
            }
            EXPECT_LE(too_sure, 4) << sigma << " " << count;
        }
    }
}

/// Of one that is as far out as one healthy value in a million, among `count` log-normal ones: the
/// logarithm of its chance, on average.
double mean_log_chance(std::size_t count, double sigma) {
    constexpr double kDeviate = 4.7534;
    constexpr int kSeeds = 20;
    const double value = std::expm1(sigma * kDeviate) / std::sinh(sigma);
    double sum = 0;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        std::vector<double> values = skewed_values(count, sigma, seed);
        values[7] = value;
        sum += std::log10(Population::fitted(std::move(values), {.floor = 1e-3})->tail(value));
    }
    return sum / kSeeds;
}

TEST(Population, IsAsSureOfSkewedValuesAsItMayBe) {
    for (const double sigma : {0.2, 0.3, 0.4}) {
        EXPECT_THAT(mean_log_chance(128, sigma), AllOf(Ge(-6.1), Le(-4.5))) << sigma;
        EXPECT_THAT(mean_log_chance(640, sigma), AllOf(Ge(-6.1), Le(-5.0))) << sigma;
    }
}

TEST(Population, OfSkewedValuesHasTheMedianAsItsCentre) {
    const auto population = Population::fitted(skewed_values(2000, 0.3, 2), {.floor = 1e-3});
    EXPECT_THAT(population->centre(), DoubleNear(0, 0.1));
    EXPECT_THAT(population->spread(), DoubleNear(1.15, 0.1));
}

TEST(Population, InAHeavyTailTheSameIsNothingSpecial) {
    const auto population = Population::fitted(heavy_values(5000, 4), {.floor = 1e-3});
    EXPECT_GE(population->tail(12), 1e-4);  // of t with 3 degrees of freedom: 6e-4
    EXPECT_LE(population->tail(12), 5e-3);
}

TEST(Population, DoesNotDependOnTheOrderOfTheValues) {
    for (const std::size_t count : {700U, 900U, 60'000U}) {
        for (const double bad : {4.0, 1e6}) {
            std::vector<double> values = heavy_values(count, 5);
            for (std::size_t i = 0; i < count / 3; ++i) values[i] += bad;
            const auto one = Population::fitted(values, {.floor = 1e-3});
            std::ranges::shuffle(values, std::mt19937_64{6});
            const auto other = Population::fitted(values, {.floor = 1e-3});
            EXPECT_EQ(one->centre(), other->centre()) << count << ' ' << bad;
            EXPECT_EQ(one->tail(4.5), other->tail(4.5)) << count << ' ' << bad;
        }
    }
}

TEST(Population, TailsFallAndAreNeverZero) {
    const auto population = Population::fitted(normal_values(500, 6), {.floor = 1e-3});
    double before = 1;
    for (int quarters = 0; quarters < 160; ++quarters) {
        const double value = quarters / 4.0;
        const double tail = population->tail(value);
        EXPECT_LE(tail, before);
        EXPECT_GT(tail, 0);
        EXPECT_GE(population->cautious_tail(value), tail * 0.999);
        before = tail;
    }
    EXPECT_GT(population->tail(INFINITY), 0);
}

TEST(Population, OfEqualValuesHasTheFloorAsItsSpread) {
    const auto population = Population::fitted(std::vector<double>(16, 3.0), {.floor = 0.01});
    EXPECT_THAT(population->centre(), DoubleNear(3.0, 1e-9));
    EXPECT_THAT(population->spread(), DoubleNear(0.01, 1e-9));
    EXPECT_LE(population->tail(3.5), 1e-6);
}

TEST(Population, APriorScaleHelpsWhereThereAreFewValues) {
    const std::vector<double> values{0.0, 0.1, -0.1, 5.0};
    const auto alone = Population::fitted(values, {.floor = 1e-3});
    const auto known = Population::fitted(values, {.scale = 0.1, .weight = 10, .floor = 1e-3});
    EXPECT_LT(known->tail(5.0), 1e-6);
    EXPECT_GT(alone->tail(5.0), 1e-5);
}

TEST(Population, WhatIsAssumedOfTailsWeighsItsModels) {
    auto population = Population::fitted(normal_values(40, 7), {.floor = 1e-3});
    Population::Tails heavy{};
    heavy.fill(1e-9);
    heavy.back() = 1;
    const double before = population->tail(8);
    const double cautious = population->cautious_tail(8);
    population->assume({heavy, heavy});
    EXPECT_GT(population->tail(8), 10 * before);
    population->assume(population->usual());
    EXPECT_THAT(population->tail(8), DoubleNear(before, 1e-12));
    EXPECT_THAT(population->cautious_tail(8), DoubleNear(cautious, 1e-12));
}

TEST(Population, TheCautiousLearnFromTheOthersThatTailsAreLight) {
    std::vector<Population> populations;
    std::vector<Population*> all;
    for (unsigned seed = 1; seed <= 8; ++seed) {
        populations.push_back(*Population::fitted(normal_values(200, seed), {.floor = 1e-3}));
    }
    for (Population& each : populations) all.push_back(&each);
    const double before = populations[0].cautious_tail(8);
    share_tails(all);
    EXPECT_LT(populations[0].cautious_tail(8), before / 3);
}

/// Healthy populations of many shapes: how often the worst of n is so far out that the false
/// discovery rate of a failure lets it pass as one.
struct Shape {
    const char* name;
    double (*draw)(std::mt19937_64&);
    double most;  ///< share of clean cohorts with a false failure that is stood by
};

double skewed(std::mt19937_64& random) {
    std::gamma_distribution<double> gamma{4, 1};
    return gamma(random);
}
double exponential(std::mt19937_64& random) {
    std::exponential_distribution<double> exponential;
    return exponential(random);
}
double heavy(std::mt19937_64& random) {
    std::student_t_distribution<double> t{3};
    return t(random);
}
double normal(std::mt19937_64& random) {
    std::normal_distribution<double> normal;
    return normal(random);
}
double uniform(std::mt19937_64& random) {
    return std::uniform_real_distribution<double>{0, 1}(random);
}

class Healthy : public ::testing::TestWithParam<std::tuple<Shape, std::size_t>> {};

TEST_P(Healthy, ValuesSeldomLookFaulty) {
    const auto& [shape, count] = GetParam();
    std::mt19937_64 random{count};
    const int trials = count > 1000 ? 40 : 300;
    int false_ones = 0;
    for (int trial = 0; trial < trials; ++trial) {
        std::vector<double> values(count);
        for (double& value : values) value = shape.draw(random);
        const double worst = std::ranges::max(values);
        const auto population = Population::fitted(std::move(values), {.floor = 1e-3});
        if (static_cast<double>(count) * population->tail(worst) <= 0.001) ++false_ones;
    }
    EXPECT_LE(false_ones, std::ceil(shape.most * trials));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, Healthy,
    ::testing::Combine(::testing::Values(Shape{"normal", normal, 0.01},
                                         Shape{"uniform", uniform, 0.005},
                                         Shape{"gamma", skewed, 0.03},
                                         Shape{"exponential", exponential, 0.06},
                                         Shape{"t3", heavy, 0.08}),
                       ::testing::Values(4U, 16U, 72U, 640U, 5120U)),
    [](const auto& test) {
        return std::string{std::get<0>(test.param).name} + std::to_string(std::get<1>(test.param));
    });

}  // namespace
}  // namespace rackproof
