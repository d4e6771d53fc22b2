#include "devices/cpu/freivalds.hpp"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "devices/cpu/affinity.hpp"
#include "devices/cpu/blas.hpp"
#include "devices/cpu/instruction_sets.hpp"

namespace rackproof::cpu {
namespace {

template <class Real>
struct Matrices {
    Matrices(std::int64_t rows, std::int64_t columns, std::int64_t inner, std::uint64_t seed)
        : m{rows},
          n{columns},
          k{inner},
          a(static_cast<std::size_t>(m * k)),
          b(static_cast<std::size_t>(k * n)),
          c(static_cast<std::size_t>(m * n)) {
        if constexpr (sizeof(Real) == sizeof(double)) {
            best_instruction_set().fill_normal_fp64(a.data(), 0, a.size(), seed);
            best_instruction_set().fill_normal_fp64(b.data(), 0, b.size(), ~seed);
        } else {
            best_instruction_set().fill_normal_fp32(a.data(), 0, a.size(), seed);
            best_instruction_set().fill_normal_fp32(b.data(), 0, b.size(), ~seed);
        }
        multiply(a.data(), b.data(), c.data(), static_cast<int>(m), static_cast<int>(n),
                 static_cast<int>(k));
    }
    [[nodiscard]] Product<Real> product() const { return {a.data(), b.data(), c.data(), m, n, k}; }
    std::int64_t m, n, k;
    std::vector<Real> a, b, c;
};

template <class Real>
class FreivaldsTest : public testing::Test {
  protected:
    ProductCheck check(const Matrices<Real>& matrices, std::uint64_t seed = 1) {
        return check_product(matrices.product(), seed, pool_, best_instruction_set());
    }
    /// As freivalds.hpp says it, computed afresh.
    static double bound_of_row(const Matrices<Real>& matrices, std::size_t row) {
        const auto width = static_cast<std::size_t>(matrices.k);
        double a = 0;
        double b = 0;
        for (std::size_t i = row * width; i < (row + 1) * width; ++i) {
            a += static_cast<double>(matrices.a[i]) * static_cast<double>(matrices.a[i]);
        }
        for (const Real x : matrices.b) b += static_cast<double>(x) * static_cast<double>(x);
        return 8 * std::sqrt(static_cast<double>(width)) *
               (std::numeric_limits<Real>::epsilon() / 2) * std::sqrt(a) * std::sqrt(b);
    }
    ThreadPool pool_{{this_thread_cores().front()}};
};

using Precisions = testing::Types<double, float>;
TYPED_TEST_SUITE(FreivaldsTest, Precisions);

TYPED_TEST(FreivaldsTest, AHealthyProductIsNeverAccused) {
    const std::int64_t shapes[][3] = {{1, 1, 1},     {1, 1, 5000},    {1, 300, 1},  {300, 1, 7},
                                      {2, 3, 4},     {17, 19, 23},    {64, 64, 64}, {100, 7, 1000},
                                      {5, 5, 90000}, {128, 256, 333}, {300, 2, 2}};
    double worst = 0;
    for (const auto& [m, n, k] : shapes) {
        for (std::uint64_t seed = 1; seed <= 40; ++seed) {
            const Matrices<TypeParam> matrices{m, n, k, seed};
            const ProductCheck seen = this->check(matrices, seed * 77);
            EXPECT_TRUE(seen.right) << m << " x " << n << " x " << k << ", seed " << seed << ": "
                                    << seen.residual << " > " << seen.bound;
            if (seen.residual > 0) worst = std::max(worst, seen.residual / seen.bound);
        }
    }
    this->RecordProperty("worst_share_of_bound", std::to_string(worst));
    EXPECT_LT(worst, 0.5) << "hardly any room between healthy products and the bound";
    EXPECT_GT(worst, 0) << "a check that sees no rounding at all sees nothing";
}

TYPED_TEST(FreivaldsTest, ManyVectorsAgreeOnAHealthyProduct) {
    const Matrices<TypeParam> matrices{96, 80, 512, 5};
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
        EXPECT_TRUE(this->check(matrices, seed).right) << seed;
    }
}

TYPED_TEST(FreivaldsTest, OneWrongElementIsFoundWhereverItIs) {
    Matrices<TypeParam> matrices{120, 130, 140, 3};
    std::mt19937_64 random{2024};
    for (std::uint64_t trial = 0; trial < 300; ++trial) {
        const std::size_t place = random() % matrices.c.size();
        const TypeParam before = matrices.c[place];
        // The smallest fault that a check promises to find: the bounds of rows differ little.
        const auto row = static_cast<std::size_t>(matrices.n);
        const double fault = 3 * this->bound_of_row(matrices, place / row);
        matrices.c[place] = static_cast<TypeParam>(before + 1.01 * fault);
        const ProductCheck seen = this->check(matrices, trial);
        EXPECT_FALSE(seen.right);
        EXPECT_EQ(seen.row, static_cast<std::int64_t>(place) / matrices.n);
        matrices.c[place] = before;
    }
    EXPECT_TRUE(this->check(matrices).right);
}

TYPED_TEST(FreivaldsTest, FlippedBitsOfWeightAreFound) {
    using Bits = std::conditional_t<sizeof(TypeParam) == 8, std::uint64_t, std::uint32_t>;
    constexpr unsigned kWidth = sizeof(TypeParam) * 8;
    // Sign, exponent and the top of the mantissa; what lies lower is for the digest to find.
    constexpr unsigned kChecked = sizeof(TypeParam) == 8 ? 46 : 15;
    Matrices<TypeParam> matrices{90, 110, 128, 8};
    std::mt19937_64 random{99};
    for (int trial = 0; trial < 500; ++trial) {
        const std::size_t place = random() % matrices.c.size();
        const TypeParam before = matrices.c[place];
        if (std::abs(before) < 4) continue;
        const auto bit = static_cast<unsigned>(kWidth - 1 - random() % kChecked);
        matrices.c[place] = std::bit_cast<TypeParam>(
            static_cast<Bits>(std::bit_cast<Bits>(before) ^ (Bits{1} << bit)));
        EXPECT_FALSE(this->check(matrices, random()).right) << "bit " << bit << " of " << place;
        matrices.c[place] = before;
    }
}

TYPED_TEST(FreivaldsTest, MisplacedPartsAreFound) {
    const Matrices<TypeParam> right{60, 70, 80, 4};
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        Matrices<TypeParam> columns = right;
        for (std::int64_t row = 0; row < columns.m; ++row) {
            std::swap(columns.c[static_cast<std::size_t>(row * columns.n + 3)],
                      columns.c[static_cast<std::size_t>(row * columns.n + 40)]);
        }
        EXPECT_FALSE(this->check(columns, seed).right) << "two columns exchanged";
        Matrices<TypeParam> rows = right;
        std::swap_ranges(rows.c.begin(), rows.c.begin() + rows.n, rows.c.begin() + 5 * rows.n);
        EXPECT_FALSE(this->check(rows, seed).right) << "two rows exchanged";
    }
}

TYPED_TEST(FreivaldsTest, NanAndInfinityNeverPass) {
    const TypeParam bad[] = {std::numeric_limits<TypeParam>::quiet_NaN(),
                             std::numeric_limits<TypeParam>::infinity(),
                             -std::numeric_limits<TypeParam>::infinity()};
    for (const TypeParam value : bad) {
        for (const std::size_t place : {0UL, 777UL, 2499UL}) {
            for (auto member :
                 {&Matrices<TypeParam>::a, &Matrices<TypeParam>::b, &Matrices<TypeParam>::c}) {
                Matrices<TypeParam> matrices{50, 50, 50, 6};
                (matrices.*member)[place] = value;
                EXPECT_FALSE(this->check(matrices).right);
                multiply(matrices.a.data(), matrices.b.data(), matrices.c.data(), 50, 50, 50);
                (matrices.*member)[place] = value;
                EXPECT_FALSE(this->check(matrices).right) << "wrong operands, C made of them";
            }
        }
    }
}

TYPED_TEST(FreivaldsTest, ZerosAreNoProduct) {
    Matrices<TypeParam> matrices{40, 40, 40, 6};
    std::fill(matrices.c.begin(), matrices.c.end(), TypeParam{0});
    EXPECT_FALSE(this->check(matrices).right);
    std::fill(matrices.a.begin(), matrices.a.end(), TypeParam{0});
    EXPECT_TRUE(this->check(matrices).right) << "zero times anything is zero";
}

TYPED_TEST(FreivaldsTest, ThreadsAndInstructionSetsAgree) {
    Matrices<TypeParam> matrices{33, 44, 55, 12};
    matrices.c[44 * 20 + 7] += TypeParam{1};
    ThreadPool five{std::vector<int>(5, this_thread_cores().front())};
    const ProductCheck here = this->check(matrices, 3);
    const ProductCheck there = check_product(matrices.product(), 3, five, scalar_set());
    EXPECT_EQ(here.row, 20);
    EXPECT_EQ(there.row, 20);
    EXPECT_NEAR(there.residual, here.residual, here.bound);
    EXPECT_NEAR(there.bound, here.bound, here.bound * 1e-9);
}

}  // namespace
}  // namespace rackproof::cpu
