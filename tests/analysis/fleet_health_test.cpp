#include "analysis/fleet_health.hpp"

#include <gmock/gmock.h>

namespace rackproof {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr auto kPass = Verdict::Pass;
constexpr auto kWatch = Verdict::Watch;
constexpr auto kNoData = Verdict::NoData;
constexpr auto kFail = Verdict::Fail;
constexpr std::optional<Verdict> kAbsent;

/// A fleet of n0, n1, ... in racks r0, r1, ... of two.
class FleetPastTest : public ::testing::Test {
  protected:
    static std::vector<PlacedNode> nodes(int count) {
        std::vector<PlacedNode> nodes;
        nodes.reserve(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) {
            nodes.push_back({"n" + std::to_string(i), "r" + std::to_string(i / 2), "A"});
        }
        return nodes;
    }

    /// A run in which each node has that verdict, by a finding of that rule unless it passes.
    void add(const std::vector<std::optional<Verdict>>& verdicts,
             const std::string& rule = "cohort") {
        DatedRun run{"2026-01-0" + std::to_string(1 + number_++) + "T00:00:00Z", 0, "nightly", {}};
        Judgement judgement;
        judgement.run_complete = complete_;
        for (std::size_t i = 0; i < verdicts.size(); ++i) {
            if (!verdicts[i]) continue;
            NodeVerdict node;
            node.verdict = *verdicts[i];
            if (*verdicts[i] != kPass) {
                Finding finding;
                finding.verdict = *verdicts[i];
                finding.rule = rule;
                finding.metric = "gemm.bf16";
                node.findings = {static_cast<std::int32_t>(judgement.findings.size())};
                judgement.findings.push_back(finding);
            }
            judgement.nodes.push_back(node);
            run.nodes.push_back(static_cast<std::int32_t>(i));
        }
        past_.add(run, judgement);
    }

    void night(const std::vector<std::optional<Verdict>>& verdicts,
               const std::string& rule = "cohort") {
        past_.begin_night();
        add(verdicts, rule);
    }

    FleetPast past_{nodes(8)};
    bool complete_ = true;

  private:
    int number_ = 0;
};

TEST_F(FleetPastTest, CountsEachNightOverAllNodesEverSeen) {
    night({kPass, kPass, kFail});
    night({kPass, kWatch, kAbsent, kNoData});
    const FleetHealth health = past_.health();
    EXPECT_EQ(health.nodes, 4);
    ASSERT_THAT(health.nights, SizeIs(2));
    const VerdictCounts& first = health.nights[0].nodes;
    EXPECT_EQ(first.of(kPass), 2);
    EXPECT_EQ(first.of(kFail), 1);
    EXPECT_EQ(first.absent, 1);
    EXPECT_EQ(first.all(), 4);
    const VerdictCounts& last = health.nights[1].nodes;
    EXPECT_EQ(last.of(kPass), 1);
    EXPECT_EQ(last.of(kWatch), 1);
    EXPECT_EQ(last.of(kNoData), 1);
    EXPECT_EQ(last.absent, 1);
    EXPECT_EQ(health.nights[0].started, "2026-01-01T00:00:00Z");
    EXPECT_THAT(health.nights[0].plans, ElementsAre("nightly"));
}

TEST_F(FleetPastTest, WhatANodesOwnPastSaysCountsInNoNight) {
    night({kPass, kPass});
    past_.begin_night();
    Judgement judgement;
    judgement.run_complete = true;
    for (const auto& [rule, verdict] :
         {std::pair{"history", kFail}, std::pair{"scatter", kWatch}}) {
        Finding finding;
        finding.node = "n0";
        finding.rule = rule;
        finding.verdict = verdict;
        judgement.findings.push_back(finding);
    }
    NodeVerdict drifting;
    drifting.verdict = kFail;
    drifting.findings = {0};
    NodeVerdict both = drifting;
    both.findings = {0, 1};
    judgement.nodes = {drifting, both};
    past_.add({"2026-01-02T00:00:00Z", 0, "nightly", {0, 1}}, judgement);
    const FleetHealth health = past_.health();
    EXPECT_EQ(health.nights[1].nodes.of(kPass), 1);
    EXPECT_EQ(health.nights[1].nodes.of(kWatch), 1);
    EXPECT_EQ(health.nights[1].overall, kWatch);
    EXPECT_THAT(health.transitions, ElementsAre(Pair(Transition::NewlyWatched, ElementsAre("n1"))));
}

TEST_F(FleetPastTest, SaysHowEachNodeChanged) {
    night({kPass, kPass, kPass, kPass, kPass, kPass, kPass});
    night({kPass, kFail, kPass, kFail, kAbsent, kWatch, kPass});
    night({kFail, kFail, kAbsent, kNoData, kPass, kPass, kWatch, kPass});
    EXPECT_THAT(past_.health().transitions,
                ElementsAre(Pair(Transition::NewlyFailed, ElementsAre("n0")),
                            Pair(Transition::NewlyNoData, ElementsAre("n3")),
                            Pair(Transition::NewlyAbsent, ElementsAre("n2")),
                            Pair(Transition::NewlyWatched, ElementsAre("n6")),
                            Pair(Transition::StillFails, ElementsAre("n1")),
                            Pair(Transition::WatchLifted, ElementsAre("n5")),
                            Pair(Transition::Returned, ElementsAre("n4")),
                            Pair(Transition::FirstSeen, ElementsAre("n7"))));
}

TEST_F(FleetPastTest, OnlyAPassIsARecovery) {
    night({kPass, kPass, kPass, kPass});
    night({kFail, kNoData, kAbsent, kNoData});
    night({kWatch, kPass, kAbsent, kNoData});
    EXPECT_THAT(past_.health().transitions,
                ElementsAre(Pair(Transition::NewlyWatched, ElementsAre("n0")),
                            Pair(Transition::StillNoData, ElementsAre("n3")),
                            Pair(Transition::StillAbsent, ElementsAre("n2")),
                            Pair(Transition::Recovered, ElementsAre("n1"))));
}

TEST_F(FleetPastTest, OneNightHasNoTransition) {
    night({kFail, kPass});
    EXPECT_THAT(past_.health().transitions, IsEmpty());
}

TEST_F(FleetPastTest, RanksOffendersByNights) {
    night({kPass, kFail, kNoData, kFail, kWatch, kFail});
    night({kPass, kFail, kNoData, kPass, kWatch, kAbsent});
    night({kPass, kPass, kNoData, kFail, kPass, kAbsent});
    night({kPass, kFail, kPass, kNoData, kPass, kAbsent}, "limit");
    const std::vector<Offender> offenders = past_.health().offenders;
    std::vector<std::string> names;
    names.reserve(offenders.size());
    for (const Offender& offender : offenders) names.push_back(offender.node.name);
    EXPECT_THAT(names, ElementsAre("n1", "n3", "n2", "n4"));
    EXPECT_THAT(offenders[0].nights, ElementsAre(kFail, kFail, kPass, kFail));
    EXPECT_THAT(offenders[0].blamed, ElementsAre(Pair(RuleAndMetric{"cohort", "gemm.bf16"}, 2),
                                                 Pair(RuleAndMetric{"limit", "gemm.bf16"}, 1)));
    EXPECT_EQ(offenders[2].counts.of(kNoData), 3);
}

TEST_F(FleetPastTest, ASharedNightIsAsBadAsItsWorstRun) {
    night({kFail, kPass, kAbsent});
    add({kPass, kAbsent, kPass});
    const FleetHealth health = past_.health();
    EXPECT_EQ(health.nights[0].runs, 2);
    EXPECT_EQ(health.nights[0].nodes.of(kFail), 1);
    EXPECT_EQ(health.nights[0].nodes.of(kPass), 2);
    EXPECT_EQ(health.nights[0].nodes.absent, 0);
}

TEST_F(FleetPastTest, WorstRacksStandFirst) {
    night({kPass, kPass, kNoData, kAbsent, kFail, kPass, kNoData, kNoData});
    night({kPass, kPass, kPass, kPass, kFail, kPass, kAbsent, kNoData});
    const FleetHealth health = past_.health();
    std::vector<std::string> racks;
    racks.reserve(health.racks.size());
    for (const PlaceHealth& rack : health.racks) racks.push_back(rack.rack);
    EXPECT_THAT(racks, ElementsAre("r2", "r3", "r1", "r0"));
    const PlaceHealth& worst = health.racks[0];
    EXPECT_EQ(worst.nodes, 2);
    EXPECT_EQ(worst.ever_failed, 1);
    EXPECT_EQ(worst.period.fail_share(), 0.5);
    EXPECT_EQ(worst.last.of(kFail), 1);
    EXPECT_EQ(health.racks[1].period.fail_share(), std::nullopt);
    EXPECT_EQ(health.racks[1].period.unjudged_share(), 1);
    EXPECT_EQ(health.racks[2].period.fail_share(), 0);  // of the nights that were judged
    ASSERT_THAT(health.rows, SizeIs(1));
    EXPECT_EQ(health.rows[0].nodes, 8);
    EXPECT_EQ(health.rows[0].period.all(), 16);
}

TEST_F(FleetPastTest, ExitsByTheLastNight) {
    night({kFail, kPass});
    night({kPass, kPass});
    EXPECT_EQ(exit_status(past_.health()), 0);
    night({kPass, kAbsent});
    EXPECT_EQ(exit_status(past_.health()), 3);
    night({kPass, kNoData});
    EXPECT_EQ(exit_status(past_.health()), 3);
    night({kPass, kFail});
    EXPECT_EQ(exit_status(past_.health()), 1);
    night({kPass, kWatch});
    EXPECT_EQ(exit_status(past_.health()), 0);
    EXPECT_EQ(overall_verdict(past_.health()), kWatch);
    complete_ = false;
    night({kPass, kPass});
    EXPECT_EQ(exit_status(past_.health()), 3);
}

TEST_F(FleetPastTest, WhatDriftedCountsUnlessItIsWaived) {
    night({kPass, kPass});
    FleetHealth health = past_.health();
    Finding finding;
    finding.verdict = kFail;
    health.drift = {finding};
    EXPECT_EQ(exit_status(health), 1);
    health.drift[0].waived = "until 2026-12-31 by NAME: REASON";
    EXPECT_EQ(overall_verdict(health), kWatch);
}

}  // namespace
}  // namespace rackproof
