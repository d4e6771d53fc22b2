#include "analysis/baseline.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <iostream>
#include <random>

#include "analysis/robust.hpp"
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

TEST(ContentOfWorst, IsThatOfWilks) {
    EXPECT_LT(content_of_worst(58, 0.95), 0.95);  // 59 values are the published number
    EXPECT_GE(content_of_worst(59, 0.95), 0.95);
    EXPECT_LT(content_of_worst(2994, 0.95), 0.999);
    EXPECT_GE(content_of_worst(2995, 0.95), 0.999);
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
                HasSubstr("accepted.h5: 40 nodes, 320 values of sku h200; with 95 % confidence at "
                          "least 92.78 % of healthy nodes keep it, whatever their distribution, "
                          "and 99.9 % of their values if these are normal"));
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
    EXPECT_TRUE(limits_of(few)[0].limit.provisional);
    EXPECT_THAT(limits_of(few)[0].limit.source, HasSubstr("; fewer than 30 nodes"));
    rackproof::Run enough = make_fleet(30, 1);
    add_metric(enough, {}, two_values);
    EXPECT_FALSE(limits_of(enough)[0].limit.provisional);
    rackproof::Run fewer = make_fleet(3, 8);
    add_metric(fewer, {}, two_values);
    EXPECT_THAT(limits_of(fewer), IsEmpty());
}

TEST(Baseline, OfVeryManyNodesAssumesNoDistribution) {
    rackproof::Run run = make_fleet(3000, 1);
    add_metric(run, {}, two_values);
    EXPECT_THAT(limits_of(run)[0].limit.source,
                ::testing::EndsWith("at least 99.9 % of healthy nodes keep it, whatever their "
                                    "distribution"));
}

TEST(Baseline, LeavesOutNodesAndWhatHasNoDirection) {
    rackproof::Run run = make_fleet(40, 1);
    add_metric(run, {}, two_values);
    add_steady_metric(run, {.name = "clock", .better = Direction::None}, 1e9);
    const auto limits = limits_of(run, {"n3", "n4"});
    ASSERT_EQ(limits.size(), 1U);
    EXPECT_EQ(limits[0].nodes, 38U);
}

TEST(Baseline, OfANodeThatWasNeverSeenNobodyAsksTheSku) {
    rackproof::Run run = make_fleet(40, 1);
    add_metric(run, {}, two_values);
    const auto limits = limits_of(run, {"n0"});
    run.nodes[0].sku = "unknown";
    run.nodes[0].state = "absent";
    EXPECT_EQ(limits_of(run, {"n0"})[0].limit.min, limits[0].limit.min);
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

TEST(Baseline, RefusesANameThatWouldBeAPattern) {
    rackproof::Run run = make_fleet(8, 1);
    add_metric(run, {.name = "gemm*"}, two_values);
    HeldMetrics metrics{run};
    Baseline baseline;
    EXPECT_THAT([&] { baseline.add(run, metrics, {}, "one.h5"); },
                ::testing::ThrowsMessage<InputError>(HasSubstr("one.h5: has a metric gemm*")));
}

/// Devices whose values are known to the last of them: a function of a standard normal number, a
/// share of whose variance all devices of a node have in common.
struct Healthy {
    const char* name = "";
    double common = 0;
    double (*value)(double normal) = nullptr;
    double (*normal)(double value) = nullptr;
};

constexpr double kSkew = 0.3;

double as_it_is(double x) { return x; }
/// Log-normal, with the long tail below: the simulator's skewed devices.
double skewed(double normal) { return -std::expm1(-kSkew * normal) / kSkew; }
double unskewed(double value) { return -std::log1p(-kSkew * value) / kSkew; }
double student(double normal) {
    const double below = boost::math::cdf(boost::math::normal{}, normal);
    return boost::math::quantile(boost::math::students_t{3}, below);
}
double unstudent(double value) {
    const double below = boost::math::cdf(boost::math::students_t{3}, value);
    return boost::math::quantile(boost::math::normal{}, below);
}

/// The shares that truly keep a limit.
struct Content {
    double values = 0;
    double nodes = 0;  ///< with all of their devices
};

Content content_of(const Healthy& healthy, std::size_t devices, double limit) {
    const boost::math::normal normal;
    const double bound = healthy.normal(limit);
    Content content;
    content.values = boost::math::cdf(boost::math::complement(normal, bound));
    constexpr double kStep = 0.05;
    constexpr int kSteps = 120;  // to 6 standard deviations on either side
    for (int i = -kSteps; i <= kSteps; ++i) {
        const double node = i * kStep;
        const double rest =
            (bound - std::sqrt(healthy.common) * node) / std::sqrt(1 - healthy.common);
        const double one = boost::math::cdf(boost::math::complement(normal, rest));
        content.nodes +=
            kStep * boost::math::pdf(normal, node) * std::pow(one, static_cast<double>(devices));
    }
    return content;
}

/// How often the two claims of a limit were true.
struct Held {
    double values = 0;
    double nodes = 0;
};

/// Accepts so many racks of `nodes` nodes with `devices` devices each, and looks what their limits
/// are worth.
Held held_by(const Healthy& healthy, std::size_t nodes, std::size_t devices) {
    constexpr int kRacks = 500;
    const double factor = tolerance_factor(nodes, {});
    std::mt19937_64 random{nodes};
    std::normal_distribution<double> normal;
    Held held;
    std::vector<double> contents;
    for (int rack = 0; rack < kRacks; ++rack) {
        std::vector<double> values;
        for (std::size_t node = 0; node < nodes; ++node) {
            const double common = std::sqrt(healthy.common) * normal(random);
            for (std::size_t device = 0; device < devices; ++device) {
                const double own = std::sqrt(1 - healthy.common) * normal(random);
                values.push_back(healthy.value(common + own));
            }
        }
        const double limit = tolerance_limit(values, Direction::HigherIsBetter, factor);
        const Content content = content_of(healthy, devices, limit);
        contents.push_back(content.values);
        held.values += (content.values >= ToleranceRule{}.content ? 1.0 : 0.0) / kRacks;
        held.nodes +=
            (content.nodes >= content_of_worst(nodes, ToleranceRule{}.confidence) ? 1.0 : 0.0) /
            kRacks;
    }
    std::cout << fmt::format(
        "{}, {} nodes of {}: 99.9 % of the values in {:.1f} % of racks, the median {:.3f} %; the "
        "nodes' share in {:.1f} %\n",
        healthy.name, nodes, devices, 100 * held.values, 100 * *quantile(contents, 0.5),
        100 * held.nodes);
    return held;
}

class Claims : public ::testing::TestWithParam<std::size_t> {};

/// Of 500 racks, each of which keeps a claim 19 times in 20, fewer than 460 do once in 650 trials.
constexpr double kHeld = 0.92;

TEST_P(Claims, OfNormalValuesHold) {
    const Healthy normal{"normal", 0, as_it_is, as_it_is};
    const Healthy alike{"normal, half of the variance the node's", 0.5, as_it_is, as_it_is};
    for (const Held& held : {held_by(normal, GetParam(), 1), held_by(normal, GetParam(), 8),
                             held_by(alike, GetParam(), 8)}) {
        EXPECT_GE(held.values, kHeld);
        EXPECT_GE(held.nodes, kHeld);
    }
}

TEST_P(Claims, OfOthersHoldForTheNodesAlone) {
    const Healthy skew{"skewed", 0, skewed, unskewed};
    const Healthy heavy{"t3", 0, student, unstudent};
    for (const Held& held : {held_by(skew, GetParam(), 1), held_by(heavy, GetParam(), 1)}) {
        EXPECT_GE(held.nodes, kHeld);
        EXPECT_LT(held.values, 0.9);  // hence "if these are normal"
    }
    const Healthy alike{"skewed, half of the variance the node's", 0.5, skewed, unskewed};
    EXPECT_GE(held_by(alike, GetParam(), 8).nodes, kHeld);
}

INSTANTIATE_TEST_SUITE_P(Nodes, Claims, ::testing::Values(8, 40, 160, 640));

}  // namespace
}  // namespace rackproof
