#include <fmt/core.h>
#include <gmock/gmock.h>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::add_steady_metric;
using rackproof::test::by_rule;
using rackproof::test::make_fleet;
using rackproof::test::verdict_of;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// One node a device; each with a variant of its own.
rackproof::Run fleet_with(const std::vector<Variant>& variants) {
    rackproof::Run run = make_fleet(static_cast<int>(variants.size()), 1);
    Metric& metric = add_steady_metric(run, {}, 1e12);
    run.variants = variants;
    for (std::size_t i = 0; i < variants.size(); ++i) {
        metric.variant[i] = static_cast<std::int32_t>(i);
    }
    return run;
}

Variant digest(const char* digest, const char* algorithm = "tiled") {
    return {fmt::format(R"({{"digest":"{}","m":64}})", digest), algorithm, "blas 1.0", ""};
}

TEST(Digests, ThatAllAgreeAreNoFinding) {
    EXPECT_THAT(judge(fleet_with({4, digest("aa")}), {}).findings, IsEmpty());
}

TEST(Digests, TheOneAgainstThreeThatAgreeFails) {
    const Judgement judgement =
        judge(fleet_with({digest("aa"), digest("aa"), digest("bb"), digest("aa")}), {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].kind, FindingKind::WrongAnswer);
    EXPECT_EQ(judgement.findings[0].verdict, Verdict::Fail);
    EXPECT_EQ(judgement.findings[0].node, "n2");
    EXPECT_EQ(judgement.findings[0].cohort, 4);
    EXPECT_EQ(exit_status(judgement), 1);
}

TEST(Digests, OfTwoThatDisagreeBothAreWatched) {
    const Judgement judgement = judge(fleet_with({digest("aa"), digest("bb")}), {});
    EXPECT_THAT(judgement.findings, SizeIs(2));
    EXPECT_THAT(judgement.findings, Each(Field(&Finding::verdict, Verdict::Watch)));
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("one of them computes differently"));
}

TEST(Digests, OneAgainstTwoIsTooFewToFail) {
    const Judgement judgement = judge(fleet_with({digest("aa"), digest("bb"), digest("aa")}), {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].node, "n1");
    EXPECT_EQ(judgement.findings[0].verdict, Verdict::Watch);
}

TEST(Digests, AnEvenSplitBlamesNobodyAndPassesNobody) {
    const Judgement judgement = judge(
        fleet_with({digest("a"), digest("a"), digest("a"), digest("b"), digest("b"), digest("b")}),
        {});
    EXPECT_THAT(judgement.findings, SizeIs(6));
    EXPECT_THAT(judgement.findings, Each(Field(&Finding::verdict, Verdict::Watch)));
}

TEST(Digests, OfAnotherAlgorithmOrSkuAreNotCompared) {
    const Judgement judgement =
        judge(fleet_with({digest("a"), digest("a"), digest("a"), digest("b", "split-k")}), {});
    EXPECT_THAT(by_rule(judgement, "digest"), IsEmpty());
    rackproof::Run two_skus = fleet_with({digest("a"), digest("a"), digest("a"), digest("b")});
    two_skus.nodes[3].sku = "b200";
    EXPECT_THAT(judge(two_skus, {}).findings, IsEmpty());
}

TEST(Digests, ACaseAndItsCompanionTellOfOneFaultOnce) {
    rackproof::Run run = fleet_with({digest("a"), digest("a"), digest("a"), digest("b")});
    run.metrics.push_back(run.metrics[0]);
    run.metrics[1].name = "gemm.fp64.power";
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].metric, "gemm.fp64");
}

TEST(Likeness, TheOneMeasuredInAnotherWayIsWatchedAndSaidHow) {
    const Variant usual{"{}", "ring", "mpi 4", "ib"};
    const Variant other{"{}", "ring", "mpi 4", "tcp"};
    const Judgement judgement = judge(fleet_with({usual, usual, other, usual}), {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    const Finding& finding = judgement.findings[0];
    EXPECT_EQ(finding.verdict, Verdict::Watch);
    EXPECT_EQ(finding.kind, FindingKind::Hardware);
    EXPECT_EQ(finding.rule, "variant");
    EXPECT_EQ(finding.node, "n2");
    EXPECT_THAT(finding.sentence, HasSubstr("transport 'tcp' instead of 'ib'"));
}

TEST(Likeness, WithoutAMajorityAllAreWatched) {
    const Variant one{"{}", "ring", "", ""};
    const Variant other{"{}", "tree", "", ""};
    const Judgement judgement = judge(fleet_with({one, other}), {});
    EXPECT_THAT(judgement.findings, SizeIs(2));
    EXPECT_THAT(judgement.findings, Each(Field(&Finding::verdict, Verdict::Watch)));
}

TEST(Likeness, AWayRecordedForOnlySomeIsSaid) {
    rackproof::Run run = make_fleet(4, 1);
    Metric& metric = add_steady_metric(run, {}, 1e12);
    metric.variant[3] = -1;
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].node, "n3");
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("recorded for only some"));
}

/// Two of eight fell back to TCP and are ten times slower: neither is blamed, none passes, and the
/// run does not either.
TEST(Likeness, ASlowFallBackFailsTheFleetAndPutsItsNodesOnWatch) {
    rackproof::Run run = make_fleet(8, 1);
    run.variants = {{"{}", "ring", "mpi", "ib"}, {"{}", "ring", "mpi", "tcp"}};
    Metric& metric = add_metric(run, {.name = "collectives.all_reduce.1GiB", .unit = "B/s"},
                                [](std::size_t target) { return target < 2 ? 1e9 : 1e10; });
    metric.variant[0] = 1;
    metric.variant[1] = 1;
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(3));
    EXPECT_EQ(judgement.findings[0].level, Level::Fleet);
    EXPECT_EQ(judgement.findings[0].verdict, Verdict::Fail);
    EXPECT_EQ(judgement.findings[0].kind, FindingKind::Slow);
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("90.0 % below"));
    EXPECT_EQ(verdict_of(judgement, "n0"), Verdict::Watch);
    EXPECT_EQ(verdict_of(judgement, "n1"), Verdict::Watch);
    EXPECT_EQ(verdict_of(judgement, "n2"), Verdict::Pass);
    EXPECT_EQ(exit_status(judgement), 1);
}

}  // namespace
}  // namespace rackproof
