#include "analysis/cells.hpp"

#include <gmock/gmock.h>

#include "core/amendment.hpp"
#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::add_retest;
using rackproof::test::add_steady_metric;
using rackproof::test::end_row;
using rackproof::test::make_fleet;
using ::testing::DoubleEq;
using ::testing::Eq;
using ::testing::Optional;

std::optional<double> first_value(const rackproof::Run& run) {
    const Survey survey{run};
    return MetricCells{survey, run.metrics[0], 0}.cells().at(0).value;
}

TEST(PlaceOf, FindsTheNodeOfADeviceAndTheEndsOfALink) {
    const rackproof::Run run = make_fleet(2, 4);
    EXPECT_EQ(place_of(run, Scope::Device, {5, -1}), (Place{.node = 1, .device = 5}));
    EXPECT_EQ(place_of(run, Scope::Node, {1, -1}), (Place{.node = 1}));
    EXPECT_EQ(place_of(run, Scope::NodePair, {0, 1}), (Place{.node = 0, .peer_node = 1}));
    EXPECT_EQ(place_of(run, Scope::DevicePair, {3, 4}),
              (Place{.node = 0, .device = 3, .peer_node = 1, .peer_device = 4}));
}

TEST(PlaceOf, KnowsNoPlaceThatTheRunDoesNotList) {
    rackproof::Run run = make_fleet(2, 1);
    run.devices[1].node = 77;
    run.groups = {{0, 9}, {}, {1}};
    EXPECT_EQ(place_of(run, Scope::Device, {1, -1}), std::nullopt);
    EXPECT_EQ(place_of(run, Scope::Device, {-1, -1}), std::nullopt);
    EXPECT_EQ(place_of(run, Scope::Node, {2, -1}), std::nullopt);
    EXPECT_EQ(place_of(run, Scope::NodePair, {0, -1}), std::nullopt);
    EXPECT_EQ(place_of(run, Scope::Group, {0, -1}), std::nullopt);
    EXPECT_EQ(place_of(run, Scope::Group, {1, -1}), std::nullopt);
    EXPECT_EQ(place_of(run, Scope::Group, {3, -1}), std::nullopt);
    EXPECT_EQ(place_of(run, Scope::Group, {2, -1}), (Place{.node = 1, .group = 2}));
}

TEST(MetricCells, AfterARepairOnlyWhatWasMeasuredSinceCounts) {
    rackproof::Run run = make_fleet(1, 2);
    Metric& metric = add_steady_metric(run, {}, 7.0);
    end_row(run, metric, 0, Outcome::WrongAnswer, "before");
    for (const std::int32_t attempt : {1, 2 * kAttemptsPerAmendment, kAttemptsPerAmendment}) {
        add_retest(metric, 0, attempt, Outcome::Completed, static_cast<double>(attempt));
    }
    const Survey survey{run};
    const MetricCells cells{survey, run.metrics[0], 0};
    ASSERT_EQ(cells.cells().size(), 2U);
    EXPECT_EQ(cells.rows(cells.cells()[0]).size(), 1U);
    EXPECT_EQ(cells.first_outcome(cells.cells()[0]), Outcome::Completed);
    EXPECT_THAT(cells.cells()[0].value, Optional(DoubleEq(2.0 * kAttemptsPerAmendment)));
    EXPECT_THAT(cells.cells()[1].value, Optional(DoubleEq(7.0)));
}

TEST(MetricCells, WhatFewerNodesCompletedAfterwardsStandsBesideTheSlowResult) {
    rackproof::Run run = make_fleet(1, 1);
    run.groups = {{0}};
    Metric& metric = add_steady_metric(run, {.scope = Scope::Group, .repetitions = 3}, 2.0);
    run.variants.push_back({R"({"without":["n2"]})", "", "", ""});
    const auto fewer = static_cast<std::int32_t>(run.variants.size()) - 1;
    metric.variant[add_retest(metric, 0, 1, Outcome::Completed, 9.0)] = fewer;
    EXPECT_THAT(first_value(run), Optional(2.0));
    // But what broke counts, and so does what completed after that.
    metric.outcome[1] = Outcome::Lost;
    EXPECT_EQ(first_value(run), std::nullopt);
    metric.outcome[0] = Outcome::Lost;
    metric.outcome[1] = Outcome::Completed;
    EXPECT_THAT(first_value(run), Optional(9.0));
    // A retest by all of them is one, whatever the first attempt was.
    metric.outcome[0] = Outcome::Completed;
    metric.variant[1] = metric.variant[0];
    EXPECT_THAT(first_value(run), Optional(9.0));
}

TEST(MetricCells, SaysWhyACellIsNotHeldAgainstItsPeers) {
    rackproof::Run run = make_fleet(1, 2);
    add_steady_metric(run, {}, 7.0);
    const Survey survey{run};
    MetricCells cells{survey, run.metrics[0], 0};
    cells.leave_out(cells.cells()[1], "too few");
    EXPECT_EQ(cells.why_not_peers(cells.cells()[0]), "");
    EXPECT_EQ(cells.why_not_peers(cells.cells()[1]), "too few");
}

TEST(MetricCells, TakeTheMedianOfTheLastAttemptsFiniteSamples) {
    rackproof::Run run = make_fleet(1, 1);
    Metric& metric = add_steady_metric(run, {.repetitions = 3}, 7.0);
    end_row(run, metric, 0, Outcome::Lost, "gone");
    const std::size_t retest = add_retest(metric, 0, 1, Outcome::Completed, 5.0);
    metric.values[retest * 3] = kNoValue;
    metric.values[retest * 3 + 1] = INFINITY;
    const Survey survey{run};
    const MetricCells cells{survey, run.metrics[0], 0};
    ASSERT_EQ(cells.cells().size(), 1U);
    EXPECT_THAT(cells.cells()[0].value, Optional(DoubleEq(5.0)));
    EXPECT_EQ(cells.first_outcome(cells.cells()[0]), Outcome::Lost);
    EXPECT_EQ(cells.last_outcome(cells.cells()[0]), Outcome::Completed);
    EXPECT_EQ(cells.reason(0), "gone");
    EXPECT_EQ(cells.reason(1), "");
}

TEST(MetricCells, GiveNoValueToACellThatDidNotComplete) {
    rackproof::Run run = make_fleet(1, 2);
    Metric& metric = add_steady_metric(run, {}, 7.0);
    metric.outcome[0] = Outcome::WrongAnswer;  // its samples are kept, but they are no value
    const Survey survey{run};
    const MetricCells cells{survey, run.metrics[0], 0};
    EXPECT_THAT(cells.cells()[0].value, Eq(std::nullopt));
    EXPECT_THAT(cells.cells()[1].value, Optional(7.0));
}

TEST(MetricCells, ReadColumnsThatAreTooShortAsNothingRecorded) {
    rackproof::Run run = make_fleet(1, 3);
    Metric& metric = add_steady_metric(run, {}, 7.0);
    metric.outcome.resize(1);
    metric.attempt.clear();
    metric.variant.clear();
    metric.values.resize(7);
    const Survey survey{run};
    const MetricCells cells{survey, run.metrics[0], 0};
    EXPECT_THAT(cells.cells()[0].value, Optional(7.0));
    EXPECT_EQ(cells.last_outcome(cells.cells()[1]), Outcome::Lost);
    EXPECT_EQ(cells.cells()[1].value, std::nullopt);
    EXPECT_EQ(survey.variant(cells.cells()[0]), nullptr);
    EXPECT_EQ(survey.way(cells.cells()[0]), -1);
}

TEST(MetricCells, CountTheWorstOfAnAttemptThatIsThereTwice) {
    rackproof::Run run = make_fleet(1, 1);
    Metric& metric = add_steady_metric(run, {}, 7.0);
    add_retest(metric, 0, 0, Outcome::Failed, kNoValue);
    EXPECT_EQ(first_value(run), std::nullopt);
    std::mt19937_64 random{1};
    for (int i = 0; i < 5; ++i) {
        const rackproof::Run other = rackproof::test::shuffled(run, random);
        EXPECT_EQ(first_value(other), std::nullopt);
    }
}

TEST(MetricCells, CountTargetsThatTheRunDoesNotList) {
    rackproof::Run run = make_fleet(1, 1);
    Metric& metric = add_steady_metric(run, {}, 7.0);
    metric.add_row({55, -1}, 0, Outcome::Completed);
    metric.add_row({55, -1}, 1, Outcome::Completed);
    metric.add_row({-3, -1}, 0, Outcome::Completed);
    const Survey survey{run};
    const MetricCells cells{survey, run.metrics[0], 0};
    EXPECT_EQ(cells.cells().size(), 1U);
    EXPECT_EQ(cells.strays(), 2U);
}

TEST(Survey, NumbersWaysByWhatTheyAreNotByWhereTheyStand) {
    rackproof::Run run = make_fleet(1, 2);
    add_steady_metric(run, {}, 7.0);
    run.variants = {{R"({"digest":"a"})", "ring", "", ""}, {R"({"digest":"b"})", "ring", "", ""}};
    run.metrics[0].variant = {0, 1};
    const Survey survey{run};
    const MetricCells cells{survey, run.metrics[0], 0};
    EXPECT_EQ(survey.way(cells.cells()[0]), survey.way(cells.cells()[1]));
    EXPECT_THAT(survey.variant(cells.cells()[1])->digest, Optional(std::string{"b"}));
}

}  // namespace
}  // namespace rackproof
