#include "analysis/baseline.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::add_steady_metric;
using rackproof::test::make_fleet;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Natrella 1963, table A-7: one-sided factors of a normal distribution.
TEST(ToleranceFactor, IsThatOfThePublishedTable) {
    EXPECT_NEAR(tolerance_factor(10, {0.99, 0.95}), 3.981, 0.002);
    EXPECT_NEAR(tolerance_factor(10, {0.90, 0.95}), 2.355, 0.002);
    EXPECT_NEAR(tolerance_factor(30, {0.99, 0.95}), 3.064, 0.002);
    EXPECT_NEAR(tolerance_factor(50, {0.99, 0.95}), 2.863, 0.002);
}

TEST(ToleranceFactor, OfVeryManyIsTheQuantile) {
    EXPECT_NEAR(tolerance_factor(1'000'000, {0.999, 0.95}), 3.0902, 0.01);
}

std::vector<DerivedLimit> limits_of(const rackproof::Run& run,
                                    const std::set<std::string>& left_out = {}) {
    HeldMetrics metrics{run};
    Baseline baseline;
    baseline.add(run, metrics, left_out, "run.h5");
    return baseline.limits({}, "accepted.h5");
}

/// Half of the values 1 % above, half 1 % below.
double two_values(std::size_t target) { return target % 2 == 0 ? 0.99e14 : 1.01e14; }

TEST(Baseline, LimitIsTheToleranceLimitOfItsNodes) {
    rackproof::Run run = make_fleet(40, 8);
    add_metric(run, {}, two_values);
    const auto limits = limits_of(run);
    ASSERT_EQ(limits.size(), 1U);
    EXPECT_EQ(limits[0].nodes, 40U);
    EXPECT_EQ(limits[0].targets, 320U);
    const double deviation = 0.01e14 * std::sqrt(320.0 / 319.0);
    EXPECT_NEAR(*limits[0].limit.min, 1e14 - tolerance_factor(40, {}) * deviation, 1e6);
    EXPECT_FALSE(limits[0].limit.max);
    EXPECT_EQ(limits[0].limit.unit, "FLOP/s");
    EXPECT_THAT(limits[0].limit.source,
                HasSubstr("accepted.h5: 40 nodes, 320 values of sku h200; 99.9 % of healthy ones "
                          "keep it, with 95 % confidence"));
}

TEST(Baseline, OfWhatIsBetterLowIsAMaximum) {
    rackproof::Run run = make_fleet(40, 8);
    add_metric(run, {.better = Direction::LowerIsBetter}, two_values);
    const auto limits = limits_of(run);
    ASSERT_EQ(limits.size(), 1U);
    EXPECT_FALSE(limits[0].limit.min);
    EXPECT_GT(*limits[0].limit.max, 1.03e14);
}

TEST(Baseline, WhatWasAcceptedKeepsItsLimit) {
    rackproof::Run run = make_fleet(400, 1);
    add_metric(run, {},
               [](std::size_t target) { return target == 7 ? 0.8e14 : two_values(target); });
    EXPECT_LE(*limits_of(run)[0].limit.min, 0.8e14);
}

TEST(Baseline, OfFewNodesIsProvisionalAndOfFewerNone) {
    rackproof::Run few = make_fleet(29, 1);
    add_metric(few, {}, two_values);
    EXPECT_THAT(limits_of(few)[0].limit.source, HasSubstr("provisional: under 30 nodes"));
    rackproof::Run fewer = make_fleet(3, 8);
    add_metric(fewer, {}, two_values);
    EXPECT_THAT(limits_of(fewer), IsEmpty());
}

TEST(Baseline, LeavesOutNodesAndWhatHasNoDirection) {
    rackproof::Run run = make_fleet(40, 1);
    add_metric(run, {}, two_values);
    add_steady_metric(run, {.name = "clock", .better = Direction::None}, 1e9);
    const auto limits = limits_of(run, {"n3", "n4"});
    ASSERT_EQ(limits.size(), 1U);
    EXPECT_EQ(limits[0].nodes, 38U);
}

TEST(Baseline, TakesOneValueATargetFromSeveralRuns) {
    rackproof::Run run = make_fleet(40, 1);
    add_metric(run, {}, two_values);
    HeldMetrics metrics{run};
    Baseline baseline;
    baseline.add(run, metrics, {}, "one.h5");
    baseline.add(run, metrics, {}, "two.h5");
    const auto limits = baseline.limits({}, "both");
    EXPECT_EQ(limits[0].targets, 40U);
    EXPECT_EQ(limits[0].limit.min, limits_of(run)[0].limit.min);
}

TEST(Baseline, RefusesAnotherSkuAndAnotherWayOfMeasuring) {
    rackproof::Run run = make_fleet(8, 1);
    add_metric(run, {}, two_values);
    HeldMetrics metrics{run};
    Baseline baseline;
    baseline.add(run, metrics, {}, "one.h5");
    rackproof::Run other = run;
    other.nodes[5].sku = "b200";
    HeldMetrics others{other};
    EXPECT_THAT([&] { baseline.add(other, others, {}, "two.h5"); },
                ::testing::ThrowsMessage<InputError>(
                    HasSubstr("two.h5: node n5 is of sku 'b200'; expected 'h200'")));
    rackproof::Run longer = run;
    longer.metrics[0].parameters = R"({"m":4096})";
    HeldMetrics longer_metrics{longer};
    EXPECT_THAT([&] { baseline.add(longer, longer_metrics, {}, "three.h5"); },
                ::testing::ThrowsMessage<InputError>(HasSubstr("three.h5: measured gemm.fp64")));
}

}  // namespace
}  // namespace rackproof
