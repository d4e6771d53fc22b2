#include "devices/cpu/instruction_set.hpp"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "devices/cpu/instruction_sets.hpp"

namespace rackproof::cpu {
namespace {

/// Each of this build's sets against the scalar one; those that this machine cannot run are
/// skipped aloud.
class InstructionSetTest : public testing::TestWithParam<std::size_t> {
  protected:
    void SetUp() override {
        const BuiltSet built = built_instruction_sets().at(GetParam());
        if (!built.runs_here) GTEST_SKIP() << built.set->name << " does not run on this machine";
        set_ = built.set;
    }
    const InstructionSet* set_ = nullptr;
    const InstructionSet& scalar_ = scalar_set();
};

constexpr std::size_t kCounts[] = {0, 1, 2, 3, 7, 8, 15, 16, 31, 33, 63, 64, 65, 127, 1000, 4099};
constexpr std::size_t kOffsets[] = {0, 1, 2, 3, 5, 7};
constexpr std::size_t kRoom = 5000;

struct Arrays {
    std::vector<double> out = std::vector<double>(kRoom, -1.0);
    std::vector<double> x = std::vector<double>(kRoom);
    std::vector<double> y = std::vector<double>(kRoom);
};

void compare_loops(StreamLoop loop, StreamLoop reference, const InstructionSet& set) {
    if (loop == nullptr) return;
    Arrays arrays;
    set.fill_pattern(arrays.x.data(), 0, kRoom, 0);
    set.fill_pattern(arrays.y.data(), 0, kRoom, 1);
    for (const std::size_t count : kCounts) {
        for (const std::size_t offset : kOffsets) {
            std::vector<double> expected(kRoom, -1.0);
            arrays.out.assign(kRoom, -1.0);
            // Each array at another alignment, so that no loop lives on the luck of one.
            const double* x = arrays.x.data() + offset;
            const double* y = arrays.y.data() + (offset * 3) % 8;
            loop(arrays.out.data() + offset, x, y, count);
            reference(expected.data() + offset, x, y, count);
            ASSERT_EQ(arrays.out, expected) << count << " elements at offset " << offset;
        }
    }
}

TEST_P(InstructionSetTest, StreamLoopsDoAsTheScalarOnes) {
    for (const StreamLoops& loops : {set_->temporal, set_->non_temporal}) {
        compare_loops(loops.copy, scalar_.temporal.copy, *set_);
        compare_loops(loops.scale, scalar_.temporal.scale, *set_);
        compare_loops(loops.add, scalar_.temporal.add, *set_);
        compare_loops(loops.triad, scalar_.temporal.triad, *set_);
    }
}

TEST_P(InstructionSetTest, SumIsExactOnThePattern) {
    std::vector<double> x(kRoom);
    for (const std::size_t count : kCounts) {
        for (const std::size_t offset : kOffsets) {
            set_->fill_pattern(x.data() + offset, 77, count, 0);
            EXPECT_EQ(set_->sum(x.data() + offset, count), scalar_.pattern_sum(77, count, 0));
            EXPECT_EQ(set_->pattern_sum(77, count, 0), scalar_.pattern_sum(77, count, 0));
        }
    }
}

TEST_P(InstructionSetTest, PatternIsTheScalarOne) {
    std::vector<double> seen(kRoom);
    std::vector<double> expected(kRoom);
    for (const std::uint64_t first : {0UL, 1UL, 12345UL, (1UL << 32U) - 100, 1UL << 40U}) {
        for (const std::uint32_t array : {0U, 1U}) {
            set_->fill_pattern(seen.data(), first, kRoom, array);
            scalar_.fill_pattern(expected.data(), first, kRoom, array);
            ASSERT_EQ(seen, expected) << first;
        }
    }
}

struct CheckedLoop {
    StreamLoop loop;
    PatternCheck check;
};

TEST_P(InstructionSetTest, ChecksAcceptWhatTheLoopsMakeAndSpoilIt) {
    const CheckedLoop all[] = {{scalar_.temporal.copy, set_->check_copy},
                               {scalar_.temporal.scale, set_->check_scale},
                               {scalar_.temporal.add, set_->check_add},
                               {scalar_.temporal.triad, set_->check_triad}};
    for (const CheckedLoop& one : all) {
        for (const std::size_t count : kCounts) {
            Arrays arrays;
            scalar_.fill_pattern(arrays.x.data(), 555, count, 0);
            scalar_.fill_pattern(arrays.y.data(), 555, count, 1);
            one.loop(arrays.out.data(), arrays.x.data(), arrays.y.data(), count);
            EXPECT_EQ(one.check(arrays.out.data(), 555, count), count);
            if (count > 0) {
                EXPECT_EQ(one.check(arrays.out.data(), 555, count), 0U) << "an old answer passed";
            }
        }
    }
}

TEST_P(InstructionSetTest, ChecksFindEveryKindOfFault) {
    constexpr std::size_t kCount = 3000;
    for (const std::size_t place : {0UL, 1UL, 1023UL, 1024UL, 2998UL, 2999UL}) {
        for (const double fault : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
            Arrays arrays;
            scalar_.fill_pattern(arrays.x.data(), 0, kCount, 0);
            scalar_.fill_pattern(arrays.y.data(), 0, kCount, 1);
            scalar_.temporal.triad(arrays.out.data(), arrays.x.data(), arrays.y.data(), kCount);
            arrays.out[place] = fault;
            EXPECT_EQ(set_->check_triad(arrays.out.data(), 0, kCount), place);
        }
    }
}

TEST_P(InstructionSetTest, NormalNumbersHaveTheScalarBits) {
    std::vector<double> seen(kRoom);
    std::vector<double> expected(kRoom);
    std::vector<float> seen32(kRoom);
    std::vector<float> expected32(kRoom);
    for (const std::size_t count : kCounts) {
        for (const std::uint64_t first : {0UL, 2UL, 128UL, 1UL << 40U}) {
            set_->fill_normal_fp64(seen.data(), first, count, 42);
            scalar_.fill_normal_fp64(expected.data(), first, count, 42);
            ASSERT_EQ(std::memcmp(seen.data(), expected.data(), count * sizeof(double)), 0);
            set_->fill_normal_fp32(seen32.data(), first, count, 42);
            scalar_.fill_normal_fp32(expected32.data(), first, count, 42);
            ASSERT_EQ(std::memcmp(seen32.data(), expected32.data(), count * sizeof(float)), 0);
        }
    }
}

TEST_P(InstructionSetTest, RowProductKeepsTwiceThePrecision) {
    // Cancels to 2^-60 of its terms: a plain sum would keep nothing.
    std::vector<double> row;
    std::vector<double> x;
    for (int i = 0; i < 101; ++i) {
        row.insert(row.end(), {1.0 + 0x1p-40, 1.0 + 0x1p-40, -1.0});
        x.insert(x.end(), {1.0 - 0x1p-40, 0x1p-62, 1.0});
    }
    const std::vector<double> low(row.size(), 0.0);
    const RowSum sum = set_->row_product_fp64(row.data(), x.data(), low.data(), row.size());
    // (1 + e)(1 - e) - 1 + (1 + e) 2^-62 with e = 2^-40, 101 times.
    const double expected = 101 * (-0x1p-80 + 0x1p-62 + 0x1p-102);
    EXPECT_NEAR(sum.value + sum.error, expected, std::abs(expected) * 1e-12);
}

TEST_P(InstructionSetTest, RowProductTakesTheLowPartAndTheSquares) {
    for (const std::size_t count : {1UL, 5UL, 8UL, 17UL, 64UL, 129UL}) {
        std::vector<double> row(count);
        std::vector<float> row32(count);
        std::vector<double> x(count, 0.5);
        std::vector<double> low(count, 0x1p-70);
        double total = 0;
        double squares = 0;
        for (std::size_t i = 0; i < count; ++i) {
            row[i] = static_cast<double>(i % 13) - 4;
            row32[i] = static_cast<float>(row[i]);
            total += row[i];
            squares += row[i] * row[i];
        }
        const RowSum sum = set_->row_product_fp64(row.data(), x.data(), low.data(), count);
        EXPECT_EQ(sum.value, total * 0.5);
        EXPECT_EQ(sum.error, total * 0x1p-70);
        EXPECT_EQ(sum.squares, squares);
        const RowSum sum32 = set_->row_product_fp32(row32.data(), x.data(), low.data(), count);
        EXPECT_EQ(sum32.value, total * 0.5);
        EXPECT_EQ(sum32.squares, squares);
    }
}

INSTANTIATE_TEST_SUITE_P(Built, InstructionSetTest,
                         testing::Range(std::size_t{0}, built_instruction_sets().size()),
                         [](const auto& place) {
                             return std::string{built_instruction_sets()[place.param].set->name};
                         });

TEST(NormalNumbersTest, HaveTheMomentsAndTailsOfANormalDistribution) {
    constexpr std::size_t kCount = 1 << 20U;
    std::vector<double> x(kCount);
    scalar_set().fill_normal_fp64(x.data(), 0, kCount, 1);
    double sum = 0, square = 0, cube = 0, fourth = 0, neighbours = 0;
    std::size_t beyond_1 = 0, beyond_3 = 0;
    for (std::size_t i = 0; i < kCount; ++i) {
        sum += x[i];
        square += x[i] * x[i];
        cube += x[i] * x[i] * x[i];
        fourth += x[i] * x[i] * x[i] * x[i];
        neighbours += x[i] * x[(i + 1) % kCount];
        beyond_1 += std::abs(x[i]) > 1 ? 1 : 0;
        beyond_3 += std::abs(x[i]) > 3 ? 1 : 0;
    }
    // Five standard errors of each, at n = 2^20.
    constexpr double kN = kCount;
    EXPECT_NEAR(sum / kN, 0, 5 / 1024.0);
    EXPECT_NEAR(square / kN, 1, 5 * std::sqrt(2.0) / 1024);
    EXPECT_NEAR(cube / kN, 0, 5 * std::sqrt(15.0) / 1024);
    EXPECT_NEAR(fourth / kN, 3, 5 * std::sqrt(96.0) / 1024);
    EXPECT_NEAR(neighbours / kN, 0, 5 / 1024.0);
    EXPECT_NEAR(static_cast<double>(beyond_1) / kN, std::erfc(std::sqrt(0.5)), 5 * 0.47 / 1024);
    EXPECT_NEAR(static_cast<double>(beyond_3) / kN, std::erfc(3 * std::sqrt(0.5)),
                5 * 0.052 / 1024);
}

TEST(NormalNumbersTest, AreBoxAndMullersToTenDigits) {
    // The same hash through libm's functions.
    const auto hash = [](std::uint64_t index, std::uint64_t key) {
        std::uint64_t z = key + index * 0x9E3779B97F4A7C15U;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    };
    std::vector<double> x(2000);
    scalar_set().fill_normal_fp64(x.data(), 0, x.size(), 9);
    for (std::uint64_t pair = 0; pair < x.size() / 2; ++pair) {
        const double u = (static_cast<double>(hash(pair, 9) >> 32U) + 0.5) * 0x1p-32;
        const double radius = std::hypot(x[2 * pair], x[2 * pair + 1]);
        EXPECT_NEAR(radius, std::sqrt(-2 * std::log(u)), 1e-8);
    }
}

TEST(NormalNumbersTest, AreTheSameOnEveryArchitecture) {
    // FNV-1a over the bits; the number was made on x86-64 and met on aarch64.
    std::vector<double> x(10001);
    best_instruction_set().fill_normal_fp64(x.data(), 0, x.size(), 2026);
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const double value : x)
        hash = (hash ^ std::bit_cast<std::uint64_t>(value)) * 0x100000001B3U;
    EXPECT_EQ(hash, 16752592924929311886U);
}

TEST(NormalNumbersTest, DifferWithTheKey) {
    std::vector<double> first(64);
    std::vector<double> second(64);
    scalar_set().fill_normal_fp64(first.data(), 0, 64, 1);
    scalar_set().fill_normal_fp64(second.data(), 0, 64, 2);
    for (std::size_t i = 0; i < 64; ++i) EXPECT_NE(first[i], second[i]);
}

TEST(BestInstructionSetTest, RunsHereAndComesFirst) {
    for (const BuiltSet& built : built_instruction_sets()) {
        if (!built.runs_here) continue;
        EXPECT_EQ(&best_instruction_set(), built.set);
        break;
    }
    EXPECT_EQ(built_instruction_sets().back().set->name, "scalar");
}

}  // namespace
}  // namespace rackproof::cpu
