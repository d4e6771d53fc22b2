#include "analysis/verdicts.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::add_retest;
using rackproof::test::add_steady_metric;
using rackproof::test::end_row;
using rackproof::test::make_fleet;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

NodeVerdict node(const char* rack, Verdict verdict) {
    NodeVerdict result;
    result.rack = rack;
    result.verdict = verdict;
    return result;
}

TEST(RackVerdicts, ABadNodeAmongGoodOnesFailsItselfNotItsRack) {
    const auto racks = rack_verdicts({node("b", Verdict::Fail), node("a", Verdict::Pass),
                                      node("b", Verdict::Pass), node("b", Verdict::NoData)},
                                     {});
    EXPECT_THAT(racks, ElementsAre(Field(&RackVerdict::verdict, Verdict::Pass),
                                   Field(&RackVerdict::verdict, Verdict::Pass)));
    EXPECT_EQ(racks[0].rack, "a");
}

TEST(RackVerdicts, ARackIsNoBetterThanItsBestNode) {
    const auto racks =
        rack_verdicts({node("all-fail", Verdict::Fail), node("all-fail", Verdict::Fail),
                       node("none", Verdict::NoData), node("none", Verdict::Fail),
                       node("watched", Verdict::Watch), node("watched", Verdict::Fail)},
                      {});
    EXPECT_THAT(racks, ElementsAre(Field(&RackVerdict::verdict, Verdict::Fail),
                                   Field(&RackVerdict::verdict, Verdict::NoData),
                                   Field(&RackVerdict::verdict, Verdict::Watch)));
}

TEST(RackVerdicts, AFindingOnTheRackFailsItWhateverItsNodes) {
    Draft draft;
    draft.finding.level = Level::Rack;
    draft.finding.rack = "a";
    draft.finding.verdict = Verdict::Fail;
    draft.finding.id = 7;
    const auto racks =
        rack_verdicts({node("a", Verdict::Watch), node("b", Verdict::Pass)}, {draft});
    EXPECT_EQ(racks[0].verdict, Verdict::Fail);
    EXPECT_THAT(racks[0].findings, ElementsAre(7));
    EXPECT_EQ(racks[1].verdict, Verdict::Pass);
}

TEST(NodeVerdicts, OfANodeThatIsOnlyWatchedIsNoWorseThanWatch) {
    const rackproof::Run run = make_fleet(2, 1);
    Draft draft;
    draft.place.rack = 0;
    draft.watched = {1};
    draft.finding.verdict = Verdict::Fail;
    std::vector<NodeVerdict> nodes = node_verdicts(run);
    add_findings({draft}, {}, nodes);
    EXPECT_EQ(nodes[0].verdict, Verdict::Pass);
    EXPECT_EQ(nodes[1].verdict, Verdict::Watch);
    EXPECT_THAT(nodes[1].findings, ElementsAre(0));
}

TEST(NodeVerdicts, TheWorstFindingWins) {
    rackproof::Run run = make_fleet(1, 4);
    Metric& metric = add_steady_metric(run, {}, 1.0);
    end_row(run, metric, 1, Outcome::Lost, "");
    EXPECT_EQ(judge(run, {}).nodes[0].verdict, Verdict::NoData);
    metric.outcome[2] = Outcome::WrongAnswer;
    const Judgement judgement = judge(run, {});
    EXPECT_EQ(judgement.nodes[0].verdict, Verdict::Fail);
    EXPECT_THAT(judgement.nodes[0].findings, ElementsAre(0, 1));
}

TEST(NodeVerdicts, EachSuiteHasItsOwnVerdictAndCounts) {
    rackproof::Run run = make_fleet(2, 2);
    add_steady_metric(run, {}, 1.0);
    Metric& triad = add_steady_metric(run, {.name = "membw.triad", .suite = "membw"}, 1.0);
    triad.outcome[3] = Outcome::WrongAnswer;
    const Judgement judgement = judge(run, {});
    EXPECT_EQ(judgement.nodes[1].suites.at("gemm"),
              (SuiteVerdict{.verdict = Verdict::Pass, .cells = 2, .completed = 2, .judged = 2}));
    EXPECT_EQ(judgement.nodes[1].suites.at("membw"),
              (SuiteVerdict{.verdict = Verdict::Fail, .cells = 2, .completed = 1, .judged = 0}));
}

TEST(NodeVerdicts, StandInTheRunsOrderWithTheirFacts) {
    rackproof::Run run = make_fleet(3, 1);
    std::swap(run.nodes[0], run.nodes[2]);
    add_steady_metric(run, {}, 1.0);
    const Judgement judgement = judge(run, {});
    EXPECT_EQ(judgement.nodes[0].node, "n2");
    EXPECT_EQ(judgement.nodes[0].slot, "2");
    EXPECT_EQ(judgement.nodes[0].sku, "h200");
}

TEST(CoverageOfAMetric, SumsToItsTargetsAndCountsRetests) {
    rackproof::Run run = make_fleet(4, 4);
    Metric& metric = add_steady_metric(run, {}, 1.0);
    end_row(run, metric, 3, Outcome::Lost, "gone");
    end_row(run, metric, 7, Outcome::Skipped, "not here");
    add_retest(metric, 3, 1, Outcome::Completed, 1.0);
    const Coverage coverage = judge(run, {}).coverage[0];
    std::int64_t sum = 0;
    for (const auto& [outcome, count] : coverage.outcomes) sum += count;
    EXPECT_EQ(sum, 16);
    EXPECT_EQ(coverage.outcomes.at(Outcome::Lost), 1);
    EXPECT_EQ(coverage.attempts, 17);
    EXPECT_EQ(coverage.judged, 15);
    EXPECT_EQ(coverage.suite, "gemm");
    EXPECT_EQ(coverage.not_completed, "skipped: not here (1)");
    EXPECT_THAT(coverage.not_judged, IsEmpty());
}

TEST(CoverageOfAMetric, NamesTheMostFrequentReasonsAndCountsTheRest) {
    rackproof::Run run = make_fleet(10, 1);
    Metric& metric = add_steady_metric(run, {}, 1.0);
    for (std::size_t row = 0; row < 10; ++row) {
        end_row(run, metric, row, Outcome::Failed, row < 4 ? "same" : "r" + std::to_string(row));
    }
    EXPECT_EQ(judge(run, {}).coverage[0].not_completed,
              "failed: same (4); failed: r4 (1); failed: r5 (1) and 4 more reasons");
}

}  // namespace
}  // namespace rackproof
