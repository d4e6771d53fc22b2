#include "analysis/ordering.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

namespace rackproof {
namespace {

using Maker = std::function<double(std::mt19937_64&)>;

double normal_value(std::mt19937_64& random) {
    return std::normal_distribution<double>{0.0, 0.01}(random);
}
double large_and_alike(std::mt19937_64& random) {
    return 1e12 + std::uniform_real_distribution<double>{0.0, 1.0}(random);
}
double rounded(std::mt19937_64& random) {
    return static_cast<double>(std::uniform_int_distribution<int>{-2, 2}(random));
}
double of_any_size(std::mt19937_64& random) {
    return std::exp(std::uniform_real_distribution<double>{-600.0, 600.0}(random)) *
           (random() % 2 == 0 ? 1 : -1);
}

class Ordering : public ::testing::TestWithParam<Maker> {
  protected:
    std::vector<double> drawn(std::size_t count) {
        std::vector<double> values(count);
        for (double& value : values) value = GetParam()(random_);
        return values;
    }

  private:
    std::mt19937_64 random_{17};
};

TEST_P(Ordering, SortsAsTheStandardLibraryDoes) {
    for (const std::size_t count : {0U, 1U, 100U, 5000U, 30'000U}) {
        std::vector<double> values = drawn(count);
        std::vector<double> expected = values;
        std::ranges::sort(expected);
        sort_values(values);
        EXPECT_EQ(values, expected) << count;
    }
}

TEST_P(Ordering, SortsFewAsTheStandardLibraryDoes) {
    for (std::size_t count = 0; count <= kFew; ++count) {
        for (int round = 0; round < 100; ++round) {
            std::vector<double> values = drawn(count);
            std::vector<double> expected = values;
            std::ranges::sort(expected);
            sort_few(values);
            ASSERT_EQ(values, expected) << count;
        }
    }
}

TEST_P(Ordering, FindsWhatStandsAtARankOfTheSorted) {
    for (const std::size_t count : {1U, 2U, 11U, 101U, 30'000U}) {
        const std::vector<double> values = drawn(count);
        std::vector<double> sorted = values;
        std::ranges::sort(sorted);
        for (const std::size_t rank : {std::size_t{0}, count / 4, count / 2, count - 1}) {
            std::vector<double> disordered = values;
            const Neighbours found = neighbours_at(disordered, rank);
            EXPECT_EQ(found.lower, sorted[rank]) << count << ' ' << rank;
            EXPECT_EQ(found.higher, sorted[std::min(rank + 1, count - 1)]) << count << ' ' << rank;
        }
    }
}

TEST_P(Ordering, SetsTheEndsApart) {
    for (const std::size_t count : {2U, 101U, 5000U, 30'000U}) {
        for (const std::size_t kept : {std::size_t{0}, std::size_t{1}, count / 100, count / 2}) {
            std::vector<double> values = drawn(count);
            std::vector<double> sorted = values;
            std::ranges::sort(sorted);
            set_ends_apart(values, kept);
            for (std::size_t i = 0; i < kept; ++i) {
                ASSERT_EQ(values[i], sorted[i]) << count << ' ' << kept;
                ASSERT_EQ(values[count - 1 - i], sorted[count - 1 - i]) << count << ' ' << kept;
            }
            std::ranges::sort(values);
            EXPECT_EQ(values, sorted);  // and none is lost
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Values, Ordering,
                         ::testing::Values(normal_value, large_and_alike, rounded, of_any_size));

/// A network that sorts every row of zeros and ones sorts every row (Knuth 3, 5.3.4, theorem Z).
TEST(SortFew, SortsEveryRowOfZerosAndOnes) {
    for (std::size_t count = 0; count <= kFew; ++count) {
        for (unsigned row = 0; row < 1U << count; ++row) {
            std::vector<double> values(count);
            for (std::size_t i = 0; i < count; ++i) values[i] = (row >> i) & 1U;
            sort_few(values);
            ASSERT_TRUE(std::ranges::is_sorted(values)) << count << ' ' << row;
            ASSERT_EQ(std::ranges::count(values, 1.0), std::popcount(row)) << count << ' ' << row;
        }
    }
}

TEST(NeighboursAt, AreRightEvenIfASampleOfEveryTenthMisleads) {
    std::vector<double> values;
    for (int i = 0; i < 20'480; ++i) values.push_back(i % 10 == 0 ? 1.0 : 1000.0 - i % 7);
    std::vector<double> sorted = values;
    std::ranges::sort(sorted);
    EXPECT_EQ(neighbours_at(values, 10'000).lower, sorted[10'000]);
}

TEST(SetEndsApart, IsRightEvenIfASampleMisleads) {
    std::vector<double> values(20'480, 5.0);
    for (std::size_t i = 0; i < values.size(); i += 10) values[i] = -100 - static_cast<double>(i);
    set_ends_apart(values, 5000);  // the sample has none of the fives
    EXPECT_EQ(values[2047], -100);
    EXPECT_EQ(values[2048], 5);
    EXPECT_EQ(values.back(), 5);
}

}  // namespace
}  // namespace rackproof
