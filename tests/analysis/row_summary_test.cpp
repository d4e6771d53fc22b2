#include "analysis/row_summary.hpp"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace rackproof {
namespace {

using ::testing::Optional;

std::uint64_t bits_of(const std::optional<double>& number) {
    return number ? std::bit_cast<std::uint64_t>(*number) : 0;
}

void expect_the_same(RowSummaries& rows, const std::vector<double>& values, std::size_t columns) {
    for (std::size_t row = 0; row < values.size() / columns; ++row) {
        const RowSummary one = summarised(std::span{values}.subspan(row * columns, columns));
        const RowSummary found = rows.of(row);
        EXPECT_EQ(bits_of(found.value), bits_of(one.value)) << row << " of " << columns;
        EXPECT_EQ(bits_of(found.error), bits_of(one.error)) << row << " of " << columns;
        EXPECT_EQ(bits_of(found.scatter), bits_of(one.scatter)) << row << " of " << columns;
        EXPECT_EQ(found.error.has_value(), one.error.has_value());
        EXPECT_EQ(found.scatter.has_value(), one.scatter.has_value());
    }
}

TEST(Summarised, LeavesOutWhatIsNoNumber) {
    const std::vector<double> samples{3, NAN, 1, INFINITY, 2, 2};
    const RowSummary summary = summarised(samples);
    EXPECT_THAT(summary.value, Optional(2.0));
    EXPECT_THAT(summary.scatter, Optional(::testing::Gt(0.0)));
    EXPECT_EQ(summarised({}).value, std::nullopt);
    EXPECT_EQ(summarised(std::span{samples}.first(1)).error, std::nullopt);
}

TEST(RowSummaries, AreThoseOfEachRowByItselfToTheLastBit) {
    std::mt19937_64 random{3};
    std::normal_distribution<double> normal{1e12, 1e10};
    for (std::size_t columns = 1; columns <= 16; ++columns) {
        std::vector<double> values(columns * 201);  // the last row has none beside it
        for (double& value : values) value = std::round(normal(random) / 1e8) * 1e8;
        RowSummaries rows{values, columns};
        expect_the_same(rows, values, columns);
    }
}

TEST(RowSummaries, LeaveOutWhatIsNoNumberAndBearAnySize) {
    constexpr double kMost = std::numeric_limits<double>::max();
    const std::vector<double> values{1, 2, 3, 4,   5,     NAN,      2,     3,     4, 5,      //
                                     9, 9, 9, 9,   9,     1,        1,     1,     1, 2,      //
                                     1, 2, 3, 4,   kMost, -kMost,   kMost, kMost, 1, kMost,  //
                                     1, 2, 3, NAN, 5,     INFINITY, NAN,   NAN,   1, 2};
    RowSummaries rows{values, 5};
    expect_the_same(rows, values, 5);
}

TEST(RowSummaries, MayBeAskedInAnyOrder) {
    std::vector<double> values(40);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
    RowSummaries rows{values, 4};
    for (const unsigned row : {9U, 0U, 5U, 4U, 0U, 8U}) {
        EXPECT_THAT(rows.of(row).value, Optional(4.0 * row + 1.5)) << row;
    }
}

TEST(RowSummaries, OfRowsThatAreNotThereAreEmpty) {
    const std::vector<double> values{1, 2, 3, 4, 5};
    RowSummaries rows{values, 2};
    EXPECT_THAT(rows.of(1).value, Optional(3.5));
    EXPECT_EQ(rows.of(2).value, std::nullopt);  // one value is no row
    EXPECT_EQ((RowSummaries{values, 0}.of(0).value), std::nullopt);
}

}  // namespace
}  // namespace rackproof
