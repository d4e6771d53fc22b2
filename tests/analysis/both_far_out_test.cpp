// Two metrics of one place: how often a healthy one is far out in both.

#include "analysis/both_far_out.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>
#include <random>

namespace rackproof {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Le;

/// Chance that Student's t with 3 degrees of freedom is `t` or more.
double chance_of_t3(double t) {
    const double angle = std::atan(t / std::numbers::sqrt3) + std::numbers::sqrt3 * t / (t * t + 3);
    return 0.5 - angle / std::numbers::pi;
}

double root_of_mean_square(std::mt19937_64& random) {
    std::chi_squared_distribution<double> squares{3};
    return std::sqrt(squares(random) / 3);
}

/// Whether what makes one metric of a place heavy-tailed does so with the other.
enum class Divisor { OfItsOwn, Shared };

/// The smaller surprises of places whose two metrics are t with 3 degrees of freedom, made of
/// normal numbers that correlate.
std::vector<double> smaller_surprises(std::size_t places, double correlation, Divisor divisor,
                                      std::uint64_t seed) {
    std::mt19937_64 random{seed};
    std::normal_distribution<double> normal;
    std::vector<double> smaller(places);
    for (double& each : smaller) {
        const double common = std::sqrt(correlation) * normal(random);
        const double first = common + std::sqrt(1 - correlation) * normal(random);
        const double second = common + std::sqrt(1 - correlation) * normal(random);
        const double root = root_of_mean_square(random);
        const double other = divisor == Divisor::Shared ? root : root_of_mean_square(random);
        each = -std::log(std::max(chance_of_t3(first / root), chance_of_t3(second / other)));
    }
    return smaller;
}

TEST(BothFarOut, OfFewPlacesNothingIsKnown) {
    EXPECT_EQ(BothFarOut::fitted(std::vector<double>(99, 0.5)), std::nullopt);
    EXPECT_EQ(BothFarOut::fitted(std::vector<double>(5000, 5.0)), std::nullopt);
    EXPECT_EQ(BothFarOut::fitted({}), std::nullopt);
}

TEST(BothFarOut, OfEqualPlacesTheTailIsAsOfIndependentOnes) {
    const auto tail = BothFarOut::fitted(std::vector<double>(200, 0.5));
    ASSERT_TRUE(tail);
    EXPECT_LE(tail->chance(6), 1e-3);
}

/// 4 million places, simulated: 3.5e-6, 9.5e-6 and 2.4e-5 for 0, 0.4 and 0.8.
TEST(BothFarOut, TailsThatComeIndependentlyAreSeldomLongTogether) {
    for (const auto& [correlation, truth] :
         {std::pair{0.0, 3.5e-6}, {0.4, 9.5e-6}, {0.8, 2.4e-5}}) {
        double logarithms = 0;
        constexpr int kSeeds = 10;
        for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
            const auto tail =
                BothFarOut::fitted(smaller_surprises(5000, correlation, Divisor::OfItsOwn, seed));
            logarithms += std::log(tail->chance(6.3));
        }
        EXPECT_THAT(std::exp(logarithms / kSeeds), AllOf(Ge(truth), Le(6 * truth))) << correlation;
    }
}

/// Likewise: 4.8e-4 for 0.4, 1e-3 for 0.8. The bulk correlates as much as above.
TEST(BothFarOut, TailsThatComeTogetherAreFoundToDoSo) {
    for (const auto& [correlation, truth] : {std::pair{0.4, 4.8e-4}, {0.8, 1e-3}}) {
        double logarithms = 0;
        constexpr int kSeeds = 10;
        for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
            const auto tail =
                BothFarOut::fitted(smaller_surprises(5000, correlation, Divisor::Shared, seed));
            logarithms += std::log(tail->chance(6.3));
        }
        EXPECT_THAT(std::exp(logarithms / kSeeds), AllOf(Ge(truth / 3), Le(3 * truth)))
            << correlation;
    }
}

TEST(BothFarOut, HoldsWithAQuarterOfThePlacesBad) {
    std::vector<double> smaller = smaller_surprises(2000, 0.4, Divisor::OfItsOwn, 3);
    const auto before = BothFarOut::fitted(smaller);
    for (std::size_t i = 0; i < 500; ++i) smaller[i] = 7 + smaller[i];
    const auto after = BothFarOut::fitted(smaller);
    EXPECT_THAT(after->chance(8) / before->chance(8), AllOf(Ge(0.1), Le(10)));
}

}  // namespace
}  // namespace rackproof
