#include "core/run.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace rackproof {
namespace {

Metric metric_of(std::size_t repetitions) {
    Metric metric;
    metric.repetitions = repetitions;
    return metric;
}

TEST(Metric, ANewRowHasNoValues) {
    Metric metric = metric_of(3);
    EXPECT_EQ(metric.add_row({5, -1}, 1, Outcome::Lost), 0U);
    EXPECT_EQ(metric.rows(), 1U);
    ASSERT_EQ(metric.row(0).size(), 3U);
    for (const double value : metric.row(0)) EXPECT_TRUE(std::isnan(value));
    EXPECT_EQ(metric.target[0], (Target{5, -1}));
    EXPECT_EQ(metric.attempt[0], 1);
    EXPECT_EQ(metric.outcome[0], Outcome::Lost);
    EXPECT_EQ(metric.variant[0], -1) << "a row that was not measured claims a variant";
}

TEST(Metric, RowsAreRowMajorAndKeepTheirValues) {
    Metric metric = metric_of(2);
    metric.add_row({0, -1}, 0, Outcome::Completed);
    metric.values[0] = 1;
    metric.values[1] = 2;
    EXPECT_EQ(metric.add_row({1, -1}, 0, Outcome::Completed), 1U);
    metric.values[2] = 3;
    EXPECT_EQ(metric.row(0)[0], 1);
    EXPECT_EQ(metric.row(0)[1], 2);
    EXPECT_EQ(metric.row(1)[0], 3);
    EXPECT_TRUE(std::isnan(metric.row(1)[1]));
}

TEST(Metric, TimesGrowWithTheRowsWhereThereAreTimes) {
    Metric metric = metric_of(2);
    metric.add_row({0, -1}, 0, Outcome::Completed);
    EXPECT_TRUE(metric.time.empty());
    metric.time = {0.5, 0.75};
    metric.add_row({1, -1}, 0, Outcome::Failed);
    ASSERT_EQ(metric.time.size(), metric.values.size());
    EXPECT_EQ(metric.time[1], 0.75);
    EXPECT_TRUE(std::isnan(metric.time[3]));
}

TEST(Metric, ARowOfNoRepetitionsIsEmpty) {
    Metric metric = metric_of(0);
    metric.add_row({0, -1}, 0, Outcome::Skipped);
    metric.add_row({1, -1}, 0, Outcome::Skipped);
    EXPECT_EQ(metric.rows(), 2U);
    EXPECT_TRUE(metric.row(1).empty());
}

TEST(Variant, DiffersInAnyOfItsParts) {
    const Variant base{"{}", "dgemm", "openblas 0.3.21", "shm"};
    Variant other = base;
    EXPECT_EQ(base, other);
    other.transport = "tcp";
    EXPECT_NE(base, other);
    other = base;
    other.library = "openblas 0.3.22";
    EXPECT_NE(base, other);
}

TEST(NoValue, IsNotANumber) { EXPECT_TRUE(std::isnan(kNoValue)); }

}  // namespace
}  // namespace rackproof
