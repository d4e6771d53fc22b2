#include "analysis/at_fault.hpp"

#include <gmock/gmock.h>

#include "core/event_codes.hpp"
#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_retest;
using rackproof::test::by_rule;
using rackproof::test::end_row;
using rackproof::test::make_fleet;
using rackproof::test::verdict_of;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Four nodes, each in two pairs: a ring.
class PairsOfFour : public ::testing::Test {
  protected:
    PairsOfFour() {
        policy_.min_cohort = 1000;
        Metric metric;
        metric.name = "collectives.all_reduce.1MiB.pairs";
        metric.suite = "collectives";
        metric.scope = Scope::NodePair;
        metric.unit = "B/s";
        metric.repetitions = 3;
        for (const Target pair : {Target{0, 1}, Target{2, 3}, Target{0, 2}, Target{1, 3}}) {
            const std::size_t row = metric.add_row(pair, 0, Outcome::Completed);
            metric.variant[row] = 0;
            for (std::size_t i = 0; i < 3; ++i) metric.values[3 * row + i] = 1e9;
        }
        run_.metrics.push_back(std::move(metric));
    }

    void blame(std::int32_t node) {
        Event event;
        event.node = node;
        event.severity = "error";
        event.code = event_code::kNodeToBlame;
        run_.events.push_back(event);
    }
    void slow_down(std::size_t row) {
        for (std::size_t i = 0; i < 3; ++i) run_.metrics[0].values[3 * row + i] = 1e7;
    }
    void end(std::size_t row, Outcome outcome) {
        end_row(run_, run_.metrics[0], row, outcome, "its end");
    }
    [[nodiscard]] Judgement judged() const { return judge(run_, policy_); }
    [[nodiscard]] std::vector<Verdict> verdicts() const {
        std::vector<Verdict> all;
        for (const NodeVerdict& node : judged().nodes) all.push_back(node.verdict);
        return all;
    }
    void limit_at(double min) {
        policy_.limits.push_back(test::limit("collectives.*", "B/s", min, std::nullopt));
    }

    rackproof::Run run_ = make_fleet(4, 1);
    Policy policy_;
};

TEST_F(PairsOfFour, ThatBreakWithNobodyToBlameCountForBothEnds) {
    end(0, Outcome::Lost);
    EXPECT_THAT(verdicts(),
                ElementsAre(Verdict::NoData, Verdict::NoData, Verdict::Pass, Verdict::Pass));
    EXPECT_EQ(judged().findings.at(0).level, Level::Link);
}

TEST_F(PairsOfFour, ThatBreakCountForTheEndToBlameAlone) {
    end(0, Outcome::Lost);
    add_retest(run_.metrics[0], 0, 1, Outcome::Lost, kNoValue);
    blame(1);
    EXPECT_THAT(verdicts(),
                ElementsAre(Verdict::Pass, Verdict::Fail, Verdict::Pass, Verdict::Pass));
    const Finding finding = judged().findings.at(0);
    EXPECT_EQ(finding.level, Level::Node);
    EXPECT_EQ(finding.node, "n1");
    EXPECT_FALSE(finding.peer);
    EXPECT_THAT(finding.sentence, HasSubstr("n1: with n0, collectives."));
}

TEST_F(PairsOfFour, ThatBreakBetweenTwoToBlameCountForBoth) {
    end(0, Outcome::Lost);
    blame(0);
    blame(1);
    EXPECT_EQ(judged().findings.at(0).level, Level::Link);
}

TEST_F(PairsOfFour, WhoHasNoPairLeftHasNoDataAndNoBlame) {
    end(0, Outcome::Lost);      // n0, n1
    end(1, Outcome::Excluded);  // n2, n3
    end(2, Outcome::Excluded);  // n0, n2
    blame(0);
    blame(3);
    EXPECT_THAT(verdicts(),
                ElementsAre(Verdict::NoData, Verdict::Pass, Verdict::NoData, Verdict::NoData));
    const std::vector<Finding> findings = by_rule(judged(), "outcome");
    ASSERT_FALSE(findings.empty());
    EXPECT_THAT(findings, testing::Contains(testing::Field(
                              &Finding::sentence,
                              AllOf(HasSubstr("n2: "), HasSubstr("each partner (n0, n3)")))));
}

TEST_F(PairsOfFour, AWrongAnswerOfTwoIsNobodysAlone) {
    end(0, Outcome::WrongAnswer);
    blame(1);
    EXPECT_EQ(judged().findings.at(0).level, Level::Link);
}

TEST_F(PairsOfFour, SlowWithEveryoneIsTheNode) {
    slow_down(0);
    slow_down(2);
    limit_at(1e8);
    EXPECT_THAT(verdicts(),
                ElementsAre(Verdict::Fail, Verdict::Pass, Verdict::Pass, Verdict::Pass));
    for (const Finding& finding : judged().findings) {
        EXPECT_EQ(finding.level, Level::Node);
        EXPECT_EQ(finding.node, "n0");
        EXPECT_THAT(finding.sentence, HasSubstr("which does well with others"));
    }
}

TEST_F(PairsOfFour, SlowWithOneOnlyIsTheLink) {
    slow_down(0);
    limit_at(1e8);
    EXPECT_EQ(judged().findings.at(0).level, Level::Link);
}

TEST_F(PairsOfFour, SlowWithTheGuiltyAloneSaysNothingOfThePartner) {
    slow_down(0);               // n0, n1
    slow_down(2);               // n0, n2
    end(3, Outcome::Excluded);  // n1, n3
    blame(3);
    limit_at(1e8);
    EXPECT_THAT(verdicts(),
                ElementsAre(Verdict::Fail, Verdict::NoData, Verdict::Pass, Verdict::NoData));
    for (const Finding& finding : by_rule(judged(), "limit")) {
        EXPECT_EQ(finding.level, Level::Node);
        EXPECT_THAT(finding.sentence,
                    testing::AnyOf(HasSubstr("with n2, which does well with others"),
                                   HasSubstr("with n1 as with others"),
                                   HasSubstr("was measured only with n0, which is at fault")));
    }
    EXPECT_THAT(by_rule(judged(), "limit"), SizeIs(3));
}

TEST_F(PairsOfFour, OfAnOptionalMetricNobodyNeedsANumber) {
    slow_down(0);  // n0, n1
    slow_down(2);  // n0, n2
    end(3, Outcome::Skipped);
    limit_at(1e8);
    policy_.optional = {"collectives.*"};
    EXPECT_THAT(verdicts(),
                ElementsAre(Verdict::Fail, Verdict::Pass, Verdict::Pass, Verdict::Pass));
}

TEST_F(PairsOfFour, AllSlowIsNoNodesFault) {
    for (std::size_t row = 0; row < 4; ++row) slow_down(row);
    limit_at(1e8);
    EXPECT_THAT(judged().findings, SizeIs(4));
    for (const Finding& finding : judged().findings) EXPECT_EQ(finding.level, Level::Link);
}

/// A group of three.
class GroupOfThree : public ::testing::Test {
  protected:
    GroupOfThree() {
        policy_.min_cohort = 1000;
        run_.groups.push_back({0, 1, 2});
        Metric metric;
        metric.name = "collectives.all_reduce.8B.group";
        metric.suite = "collectives";
        metric.scope = Scope::Group;
        metric.unit = "B/s";
        metric.repetitions = 1;
        for (std::int32_t attempt = 0; attempt < 3; ++attempt) {
            metric.variant[metric.add_row({0, -1}, attempt, Outcome::Lost)] = 0;
        }
        run_.metrics.push_back(std::move(metric));
        for (const std::int32_t node : {0, 2}) {
            Event event;
            event.node = node;
            event.severity = "error";
            event.code = event_code::kNodeToBlame;
            run_.events.push_back(event);
        }
    }
    rackproof::Run run_ = make_fleet(3, 1);
    Policy policy_;
};

TEST_F(GroupOfThree, CompletedWithoutThoseToBlameIsTheirsAlone) {
    Metric& metric = run_.metrics[0];
    metric.outcome[2] = Outcome::Completed;
    metric.values[2] = 1e9;
    const Judgement judgement = judge(run_, policy_);
    EXPECT_EQ(verdict_of(judgement, "n0"), Verdict::NoData);
    EXPECT_EQ(verdict_of(judgement, "n1"), Verdict::Pass);
    EXPECT_EQ(verdict_of(judgement, "n2"), Verdict::NoData);
    EXPECT_THAT(judgement.findings.at(0).sentence, HasSubstr("was completed without it"));
}

TEST_F(GroupOfThree, NeverCompletedHasNoNumberAsAWhole) {
    const Judgement judgement = judge(run_, policy_);
    const std::vector<Finding> findings = by_rule(judgement, "outcome");
    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].level, Level::Fleet);
    EXPECT_NE(exit_status(judgement), 0);
}

TEST(NodesToBlame, AreThoseThatEventsSay) {
    rackproof::Run run = make_fleet(5, 1);
    const auto add = [&](std::int32_t node, std::string_view code) {
        Event event;
        event.node = node;
        event.code = code;
        run.events.push_back(event);
    };
    add(-1, event_code::kNodeToBlame);
    add(0, "probe");
    add(1, event_code::kNodeExcluded);
    add(2, event_code::kNodeUnreached);
    add(3, event_code::kNodeOut);
    add(4, event_code::kNodeToBlame);
    EXPECT_THAT(nodes_to_blame(run), ElementsAre(1, 2, 3, 4));
}

}  // namespace
}  // namespace rackproof
