#include "devices/cpu/permutation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/error.hpp"

namespace rackproof::cpu {
namespace {

std::vector<std::uint64_t> places(std::uint64_t count, std::uint64_t seed) {
    const Permutation permutation{count, seed};
    std::vector<std::uint64_t> all;
    for (std::uint64_t i = 0; i < count; ++i) all.push_back(permutation.place(i));
    return all;
}

TEST(PermutationTest, EveryPlaceIsTakenOnce) {
    for (const std::uint64_t count : {1, 2, 3, 4, 5, 15, 16, 17, 99, 100, 1023, 1024, 10007}) {
        for (const std::uint64_t seed : {0UL, 1UL, ~0UL}) {
            std::vector<std::uint64_t> all = places(count, seed);
            std::ranges::sort(all);
            for (std::uint64_t i = 0; i < count; ++i) ASSERT_EQ(all[i], i) << count;
        }
    }
}

TEST(PermutationTest, SeedsGiveOtherOrders) {
    EXPECT_EQ(places(1000, 1), places(1000, 1));
    EXPECT_NE(places(1000, 1), places(1000, 2));
}

TEST(PermutationTest, NeighboursLandFarApart) {
    // Steps of a random order are as often forward as back, and seldom short.
    const std::vector<std::uint64_t> all = places(100000, 3);
    int forward = 0;
    int near = 0;
    for (std::size_t i = 1; i < all.size(); ++i) {
        const auto step = static_cast<std::int64_t>(all[i]) - static_cast<std::int64_t>(all[i - 1]);
        forward += step > 0 ? 1 : 0;
        near += std::abs(step) < 64 ? 1 : 0;
    }
    EXPECT_NEAR(forward, 50000, 5 * 158);
    EXPECT_NEAR(near, 127, 5 * 12) << "2 * 63 of 100000 distances";
}

TEST(PermutationTest, HoldsForHugeCounts) {
    constexpr std::uint64_t kCount = (std::uint64_t{1} << 40U) + 12345;
    const Permutation permutation{kCount, 5};
    std::vector<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < 1000; ++i) {
        seen.push_back(permutation.place(kCount - 1 - i));
        EXPECT_LT(seen.back(), kCount);
    }
    std::ranges::sort(seen);
    EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());
}

TEST(PermutationTest, ImpossibleCountsAreErrors) {
    EXPECT_THROW((Permutation{0, 1}), Error);
    EXPECT_THROW((Permutation{std::uint64_t{1} << 62U, 1}), Error);
}

}  // namespace
}  // namespace rackproof::cpu
