#include <gmock/gmock.h>

#include "analysis/rules.hpp"
#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_steady_metric;
using rackproof::test::by_rule;
using rackproof::test::end_row;
using rackproof::test::make_fleet;
using rackproof::test::verdict_of;
using rackproof::test::with_optional;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Takes the row of one target out of the metric.
void erase_target(Metric& metric, std::int32_t target) {
    Metric kept = metric;
    kept.values.clear();
    kept.target.clear();
    kept.outcome.clear();
    kept.variant.clear();
    kept.attempt.clear();
    for (std::size_t row = 0; row < metric.rows(); ++row) {
        if (metric.target[row].first == target) continue;
        kept.add_row(metric.target[row], metric.attempt[row], metric.outcome[row]);
        kept.variant.back() = metric.variant[row];
        std::ranges::copy(metric.row(row), kept.values.end() - std::ssize(metric.row(row)));
    }
    metric = kept;
}

TEST(Absences, ADeviceWithoutARowThatItsPeersHaveIsNoData) {
    rackproof::Run run = make_fleet(4, 4);
    add_steady_metric(run, {}, 1e12);
    add_steady_metric(run, {.name = "membw.triad", .suite = "membw", .unit = "B/s"}, 1e12);
    erase_target(run.metrics[1], 6);
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    const Finding& finding = judgement.findings[0];
    EXPECT_EQ(finding.verdict, Verdict::NoData);
    EXPECT_EQ(finding.kind, FindingKind::Missing);
    EXPECT_EQ(finding.node, "n1");
    EXPECT_EQ(finding.device, "2");
    EXPECT_EQ(finding.metric, "membw.triad");
    EXPECT_EQ(judgement.nodes[1].suites.at("membw").verdict, Verdict::NoData);
    EXPECT_EQ(judgement.nodes[1].suites.at("gemm").verdict, Verdict::Pass);
}

TEST(Absences, WhatGpusDoIsNotExpectedOfTheirNodesCpus) {
    rackproof::Run run = make_fleet(4, 3);
    for (Device& device : run.devices) device.kind = device.index == 0 ? "cpu" : "gpu";
    add_steady_metric(run, {}, 1e12);
    for (const std::int32_t cpu : {0, 3, 6, 9}) erase_target(run.metrics[0], cpu);
    EXPECT_THAT(judge(run, {}).findings, IsEmpty());
    erase_target(run.metrics[0], 7);
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].node, "n2");
    EXPECT_EQ(judgement.findings[0].device, "1");
}

TEST(Absences, AMetricThatFewTargetsHaveIsNotExpectedOfTheOthers) {
    rackproof::Run run = make_fleet(4, 1);
    add_steady_metric(run, {}, 1e12);
    add_steady_metric(run, {.name = "extra"}, 1.0);
    erase_target(run.metrics[1], 0);
    erase_target(run.metrics[1], 1);
    erase_target(run.metrics[1], 2);
    EXPECT_THAT(judge(run, {}).findings, IsEmpty());
}

TEST(Absences, HalfOfTheTargetsAreEnoughToExpectIt) {
    rackproof::Run run = make_fleet(2, 1);
    add_steady_metric(run, {}, 1e12);
    add_steady_metric(run, {.name = "extra"}, 1.0);
    erase_target(run.metrics[1], 1);
    EXPECT_EQ(verdict_of(judge(run, {}), "n1"), Verdict::NoData);
}

TEST(Absences, AnotherSkuIsNotExpectedToHaveIt) {
    rackproof::Run run = make_fleet(4, 1);
    run.nodes[3].sku = "cpu-only";
    add_steady_metric(run, {}, 1e12);
    add_steady_metric(run, {.name = "extra"}, 1.0);
    erase_target(run.metrics[1], 3);
    EXPECT_THAT(judge(run, {}).findings, IsEmpty());
}

TEST(Absences, AnOptionalMetricIsNotMissed) {
    rackproof::Run run = make_fleet(4, 1);
    add_steady_metric(run, {}, 1e12);
    add_steady_metric(run, {.name = "extra"}, 1.0);
    erase_target(run.metrics[1], 3);
    EXPECT_THAT(judge(run, with_optional("extra")).findings, IsEmpty());
    run.metrics[1] = Metric{};
    run.metrics[1].name = "extra";
    EXPECT_THAT(judge(run, with_optional("extra")).findings, IsEmpty());
}

TEST(Absences, ANodeWithoutACellIsOneFindingWithItsState) {
    rackproof::Run run = make_fleet(4, 4);
    add_steady_metric(run, {}, 1e12);
    for (const std::int32_t target : {4, 5, 6, 7}) erase_target(run.metrics[0], target);
    run.nodes[1].state = "drained";
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].level, Level::Node);
    EXPECT_EQ(judgement.findings[0].node, "n1");
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("drained"));
    EXPECT_EQ(verdict_of(judgement, "n1"), Verdict::NoData);
    EXPECT_EQ(exit_status(judgement), 3);
}

TEST(Absences, ANodeWhoseCellsAreAllExcusedHasNothingToPassOn) {
    rackproof::Run run = make_fleet(2, 1);
    Metric& metric = add_steady_metric(run, {}, 1e12);
    end_row(run, metric, 1, Outcome::Skipped, "no such unit");
    const Judgement judgement = judge(run, with_optional("*"));
    EXPECT_EQ(verdict_of(judgement, "n0"), Verdict::Pass);
    EXPECT_EQ(verdict_of(judgement, "n1"), Verdict::NoData);
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("not one of its cells has a number"));
}

TEST(Absences, ADeviceThatMostNodesHaveIsMissedByItsIndex) {
    rackproof::Run run = make_fleet(4, 8);
    run.devices.erase(run.devices.begin() + 8 + 5);
    add_steady_metric(run, {}, 1e12);
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].node, "n1");
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("device 5 is missing"));
    EXPECT_EQ(verdict_of(judgement, "n1"), Verdict::NoData);
}

TEST(Absences, AMetricMeasuredNowhereIsAFindingOnTheFleet) {
    rackproof::Run run = make_fleet(2, 1);
    add_steady_metric(run, {}, 1e12);
    Metric empty;
    empty.name = "membw.triad";
    run.metrics.push_back(empty);
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(by_rule(judgement, "coverage"), SizeIs(1));
    EXPECT_EQ(judgement.findings[0].level, Level::Fleet);
    EXPECT_EQ(exit_status(judgement), 3);
}

TEST(Absences, AnEmptyRunIsNoPass) {
    rackproof::Run run;
    run.complete = true;
    EXPECT_EQ(exit_status(judge(run, {})), 3);
    rackproof::Run without_metrics = make_fleet(3, 2);
    const Judgement judgement = judge(without_metrics, {});
    EXPECT_EQ(exit_status(judgement), 3);
    EXPECT_EQ(verdict_of(judgement, "n2"), Verdict::NoData);
}

TEST(Absences, ValuesForATargetThatIsNotListedAreSaid) {
    rackproof::Run run = make_fleet(2, 1);
    Metric& metric = add_steady_metric(run, {}, 1e12);
    metric.add_row({99, -1}, 0, Outcome::Completed);
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].level, Level::Fleet);
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("1 targets that the run does not list"));
}

TEST(Absences, ANodeOfWhichNothingWasHeldAgainstAnythingPassesOnlyIfThePolicySaysSo) {
    rackproof::Run run = make_fleet(2, 1);
    add_steady_metric(run, {}, 1e12);
    EXPECT_THAT(judge(run, {}).findings, IsEmpty());
    Policy strict;
    strict.unjudged = Verdict::NoData;
    const Judgement judgement = judge(run, strict);
    ASSERT_THAT(judgement.findings, SizeIs(2));
    EXPECT_THAT(judgement.findings[0].sentence,
                HasSubstr("not one of its numbers was held against other nodes or a limit"));
    EXPECT_EQ(verdict_of(judgement, "n0"), Verdict::NoData);
    EXPECT_EQ(exit_status(judgement), 3);

    strict.limits = {test::limit("gemm.*", "FLOP/s", 9e11, std::nullopt)};
    EXPECT_THAT(judge(run, strict).findings, IsEmpty());
    rackproof::Run peers = make_fleet(4, 1);
    add_steady_metric(peers, {}, 1e12);
    strict.limits.clear();
    EXPECT_THAT(judge(peers, strict).findings, IsEmpty());
}

TEST(Absences, WhatANodesOwnPastSaysDoesNotAnswerForItTonight) {
    rackproof::Run run = make_fleet(1, 1);
    add_steady_metric(run, {}, 1e12);
    Policy strict;
    strict.unjudged = Verdict::NoData;
    const Survey survey{run};
    const MetricCells cells{survey, run.metrics[0], 0};
    for (const auto& [rule, told] : {std::pair{"history", 2U}, std::pair{"limit", 1U}}) {
        std::vector<Draft> drafts(1);
        drafts[0].finding.verdict = Verdict::Fail;
        drafts[0].finding.rule = rule;
        drafts[0].place.node = 0;
        judge_unjudged(run, {presence_of(cells, survey, strict)}, strict, drafts);
        EXPECT_THAT(drafts, SizeIs(told)) << rule;
    }
}

TEST(Absences, TheDevicesOfOneNodeDoNotAnswerForIt) {
    rackproof::Run run = make_fleet(1, 8);
    add_steady_metric(run, {}, 1e12);
    Policy strict;
    strict.unjudged = Verdict::NoData;
    EXPECT_GT(judge(run, strict).coverage.at(0).judged, 0) << "they are held against each other";
    EXPECT_EQ(verdict_of(judge(run, strict), "n0"), Verdict::NoData);
}

TEST(Absences, ANodeOfWhichOnlyFactsWereReadIsNotUnjudged) {
    rackproof::Run run = make_fleet(1, 1);
    add_steady_metric(run, {.name = "hwcheck.inventory", .better = Direction::None}, 0);
    Policy strict;
    strict.unjudged = Verdict::NoData;
    EXPECT_THAT(judge(run, strict).findings, IsEmpty());
}

TEST(Absences, AnErrorIsToldThoughItsNodeIsUnjudged) {
    rackproof::Run run = make_fleet(1, 1);
    add_steady_metric(run, {}, 1e12);
    run.events.push_back({1, 0, -1, "error", "rank_died", "rank 0 died"});
    Policy strict;
    strict.unjudged = Verdict::NoData;
    EXPECT_THAT(judge(run, strict).findings, SizeIs(2));
}

TEST(Absences, ANodeThatFailsAlreadyIsNotAlsoToldToBeUnjudged) {
    rackproof::Run run = make_fleet(2, 1);
    add_steady_metric(run, {}, 1e12);
    end_row(run, run.metrics[0], 0, Outcome::WrongAnswer, "row 3 is off");
    Policy strict;
    strict.unjudged = Verdict::NoData;
    const Judgement judgement = judge(run, strict);
    ASSERT_THAT(judgement.findings, SizeIs(2));
    EXPECT_EQ(verdict_of(judgement, "n0"), Verdict::Fail);
    EXPECT_EQ(verdict_of(judgement, "n1"), Verdict::NoData);
}

}  // namespace
}  // namespace rackproof
