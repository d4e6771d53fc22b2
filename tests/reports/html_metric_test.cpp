#include "reports/html_metric.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using test::add_metric;
using test::add_retest;
using test::add_steady_metric;
using test::end_row;
using test::make_fleet;

Json metric_json_of(const Run& run, const Policy& policy = {}) {
    const Survey survey{run};
    return html_metric(survey, run.metrics[0], 0, policy,
                       detail_of(run, judge(run, policy), run.metrics.size()));
}

TEST(HtmlMetric, HasTheCohortInNumbers) {
    rackproof::Run run = make_fleet(11, 1);
    add_metric(run, {}, [](std::size_t target) { return 100.0 + static_cast<double>(target); });
    const Json data = metric_json_of(run);
    ASSERT_EQ(data["cohorts"].size(), 1U);
    const Json& cohort = data["cohorts"][0];
    EXPECT_EQ(cohort["size"], 11);
    EXPECT_EQ(cohort["median"], 105);
    EXPECT_EQ(cohort["sku"], "h200");
    EXPECT_EQ(cohort["way"], "tiled, blas 1.0, memory");
    EXPECT_EQ(cohort["parts"].front(), 100);
    EXPECT_EQ(cohort["parts"].back(), 110);
    std::int64_t counted = cohort["histogram"]["below"].get<std::int64_t>() +
                           cohort["histogram"]["above"].get<std::int64_t>();
    for (const Json& count : cohort["histogram"]["counts"]) counted += count.get<std::int64_t>();
    EXPECT_EQ(counted, 11);
}

TEST(HtmlMetric, ARackThatIsBadAsAWholeStaysInTheHistogram) {
    rackproof::Run run = make_fleet(160, 1);
    add_metric(run, {}, [](std::size_t target) {
        return (target < 16 ? 80.0 : 100.0) + 0.01 * static_cast<double>(target % 10);
    });
    const Json data = metric_json_of(run);
    EXPECT_LE(data["cohorts"][0]["histogram"]["low"], 80.1);
    EXPECT_LE(data["cohorts"][0]["histogram"]["below"], 2) << "the least hundredth";
}

TEST(HtmlMetric, OfANodeTheMedianAndTheWorseEndAreKept) {
    const auto value_of = [](std::size_t target) {
        return target == 0 ? 90.0 : target == 1 ? 130.0 : 100.0 + 0.1 * static_cast<double>(target);
    };
    for (const Direction better : {Direction::HigherIsBetter, Direction::LowerIsBetter}) {
        rackproof::Run run = make_fleet(8, 3);
        add_metric(run, {.better = better}, value_of);
        const Json nodes = metric_json_of(run)["nodes"];
        const Quantiser quantiser{nodes["centre"], nodes["step"]};
        std::vector<std::int32_t> medians;
        std::vector<std::int32_t> worsts;
        for (std::size_t node = 0; node < 8; ++node) {
            std::vector<double> values{value_of(3 * node), value_of(3 * node + 1),
                                       value_of(3 * node + 2)};
            std::ranges::sort(values);
            medians.push_back(quantiser.code(values[1]));
            worsts.push_back(quantiser.code(better == Direction::HigherIsBetter ? values.front()
                                                                                : values.back()));
        }
        EXPECT_EQ(nodes["median"], packed(medians));
        EXPECT_EQ(nodes["worst"], packed(worsts));
    }
}

TEST(HtmlMetric, EveryAttemptIsThereAndWhyItDidNotComplete) {
    rackproof::Run run = make_fleet(6, 1);
    Metric& metric = add_steady_metric(run, {}, 100);
    end_row(run, run.metrics[0], 2, Outcome::Failed, "rank 2 <died>");
    add_retest(metric, 2, 1, Outcome::Completed, 99);
    const Json detail = metric_json_of(run)["detail"];
    EXPECT_EQ(detail["size"], 6);
    EXPECT_EQ(detail["rows"], (Json{{2, 0, 2, nullptr, 1}, {2, 1, 0, 99.0, 0}}));
    EXPECT_EQ(detail["reasons"], Json{"rank 2 <died>"});
    EXPECT_EQ(detail["outcome"], (Json{{"all", 0}, {"size", 6}})) << "the last attempt's";
}

TEST(HtmlMetric, WhereItsCellsAreNotTheDevicesOneByOneItSaysWhichTheyAre) {
    rackproof::Run run = make_fleet(3, 2);
    Metric& metric = add_steady_metric(run, {}, 1);
    EXPECT_FALSE(metric_json_of(run)["detail"].contains("node"));
    metric.target[5] = {9, -1};  // a device that there is not
    const Json detail = metric_json_of(run)["detail"];
    EXPECT_EQ(detail["node"], packed(std::vector<std::int32_t>{0, 0, 1, 1, 2}));
    EXPECT_EQ(detail["device"], packed(std::vector<std::int32_t>{0, 1, 0, 1, 0}));
}

TEST(HtmlMetric, WhatNeverGaveANumberHasNoCohort) {
    rackproof::Run run = make_fleet(3, 1);
    add_steady_metric(run, {}, 1);
    for (std::size_t i = 0; i < 3; ++i) {
        end_row(run, run.metrics[0], i, Outcome::Skipped, "no sensor");
    }
    const Json data = metric_json_of(run);
    EXPECT_TRUE(data["cohorts"].empty());
    EXPECT_EQ(data["nodes"]["worst"], (Json{{"all", 0}, {"size", 3}}));
    EXPECT_EQ(data["detail"]["why"], (Json{{"all", 1}, {"size", 3}}));
}

TEST(HtmlMetric, OnlyLimitsOnItselfAreItsLimits) {
    rackproof::Run run = make_fleet(4, 1);
    add_steady_metric(run, {}, 1);
    Policy policy;
    policy.limits = {{"gemm.*", "FLOP/s", 0.5, {}, "contract"}, {"membw.*", "B/s", 2, {}, ""}};
    const Json data = metric_json_of(run, policy);
    EXPECT_EQ(
        data["limits"],
        (Json{{{"min", 0.5}, {"max", nullptr}, {"source", "contract"}, {"provisional", false}}}));
}

TEST(HtmlDetail, OfALargeFleetOnlyWhatDidNotPassIsInDetail) {
    rackproof::Run run = make_fleet(2'000, 8);
    Judgement judgement;
    judgement.nodes.resize(run.nodes.size());
    judgement.nodes[7].verdict = Verdict::Watch;
    judgement.nodes[9].verdict = Verdict::Fail;
    const HtmlDetail small = detail_of(run, judgement, 10);
    EXPECT_TRUE(small.is_all);
    const HtmlDetail large = detail_of(run, judgement, 100);
    EXPECT_FALSE(large.is_all);
    EXPECT_THAT(large.nodes, testing::ElementsAre(7, 9));
    EXPECT_THAT(large.worst, testing::ElementsAre(9, 7));
    EXPECT_EQ(large.devices.size(), 16U);
    EXPECT_EQ(large.of_device[72], 8);
    EXPECT_EQ(large.left_out, 0U);
    for (NodeVerdict& node : judgement.nodes) node.verdict = Verdict::Fail;
    const HtmlDetail bad = detail_of(run, judgement, 100);
    EXPECT_EQ(bad.nodes.size() + bad.left_out, 2'000U);
    EXPECT_GT(bad.left_out, 0U);
}

}  // namespace
}  // namespace rackproof
