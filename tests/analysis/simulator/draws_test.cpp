#include "analysis/simulator/draws.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>

namespace rackproof::simulator {
namespace {

using ::testing::ElementsAre;

// The known answers of Random123 (kat_vectors), the authors' own implementation.
TEST(Philox, GivesTheKnownAnswers) {
    EXPECT_THAT(philox({0, 0, 0, 0}, {0, 0}),
                ElementsAre(0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU, 0x9b00dbd8U));
    constexpr std::uint32_t kAll = 0xffffffffU;
    EXPECT_THAT(philox({kAll, kAll, kAll, kAll}, {kAll, kAll}),
                ElementsAre(0x408f276dU, 0x41c83b0eU, 0xa20bc7c6U, 0x6d5451fdU));
    EXPECT_THAT(
        philox({0x243f6a88U, 0x85a308d3U, 0x13198a2eU, 0x03707344U}, {0xa4093822U, 0x299f31d0U}),
        ElementsAre(0xd16cfe09U, 0x94fdccebU, 0x5001e420U, 0x24126ea1U));
}

TEST(Draws, DependOnSeedPurposeItemAndPart) {
    const auto first = [](std::uint64_t seed, Purpose purpose, std::uint32_t item,
                          std::uint32_t part) {
        Draws draws{seed, purpose, item, part};
        return draws.uniform();
    };
    const double usual = first(7, Purpose::Fault, 1, 2);
    EXPECT_EQ(usual, first(7, Purpose::Fault, 1, 2));
    EXPECT_NE(usual, first(8, Purpose::Fault, 1, 2));
    EXPECT_NE(usual, first(7 + (std::uint64_t{1} << 32U), Purpose::Fault, 1, 2));
    EXPECT_NE(usual, first(7, Purpose::Event, 1, 2));
    EXPECT_NE(usual, first(7, Purpose::Fault, 2, 2));
    EXPECT_NE(usual, first(7, Purpose::Fault, 1, 3));
}

TEST(Draws, NormalNumbersHaveTheNormalShares) {
    constexpr int kCount = 200'000;
    Draws draws{3, Purpose::Repetitions};
    double sum = 0;
    double squares = 0;
    int beyond_two = 0;
    int beyond_four = 0;
    for (int i = 0; i < kCount; ++i) {
        const double z = draws.normal();
        sum += z;
        squares += z * z;
        beyond_two += std::abs(z) > 2 ? 1 : 0;
        beyond_four += std::abs(z) > 4 ? 1 : 0;
    }
    EXPECT_NEAR(sum / kCount, 0, 0.01);
    EXPECT_NEAR(squares / kCount, 1, 0.01);
    EXPECT_NEAR(static_cast<double>(beyond_two) / kCount, 0.0455, 0.002);
    EXPECT_LT(beyond_four, 40);  // 12.7 expected
    EXPECT_GT(beyond_four, 0);
}

TEST(Draws, AreEvenlySpreadAndWithinTheirBounds) {
    Draws draws{11, Purpose::Fault};
    std::map<std::size_t, int> counts;
    for (int i = 0; i < 70'000; ++i) ++counts[draws.below(7)];
    ASSERT_EQ(counts.size(), 7U);
    for (const auto& [item, count] : counts) EXPECT_NEAR(count, 10'000, 500) << item;
    for (int i = 0; i < 1000; ++i) {
        const double drawn = draws.between(2, 3);
        EXPECT_GT(drawn, 2);
        EXPECT_LT(drawn, 3);
        EXPECT_EQ(draws.below(1), 0U);
    }
}

TEST(Chosen, TakesEachItemAsOftenAndInOrder) {
    std::vector<std::int32_t> items(10);
    std::iota(items.begin(), items.end(), 0);
    std::map<std::int32_t, int> counts;
    Draws draws{5, Purpose::Fault};
    for (int i = 0; i < 10'000; ++i) {
        const auto taken = chosen(items, 3, draws);
        ASSERT_EQ(taken.size(), 3U);
        EXPECT_TRUE(std::ranges::is_sorted(taken));
        EXPECT_NE(taken[0], taken[1]);
        EXPECT_NE(taken[1], taken[2]);
        for (const std::int32_t item : taken) ++counts[item];
    }
    for (const auto& [item, count] : counts) EXPECT_NEAR(count, 3000, 250) << item;
    EXPECT_THAT(chosen({4, 5}, 9, draws), ElementsAre(4, 5));
}

}  // namespace
}  // namespace rackproof::simulator
