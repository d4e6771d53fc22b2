#include <gmock/gmock.h>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_retest;
using rackproof::test::add_steady_metric;
using rackproof::test::by_rule;
using rackproof::test::end_row;
using rackproof::test::make_fleet;
using rackproof::test::verdict_of;
using rackproof::test::with_optional;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr double kTriadRate = 1e12;

/// Four nodes of four devices; device 1 of n2 (target 9) is the patient.
class Outcomes : public ::testing::Test {
  protected:
    Outcomes() : run_{make_fleet(4, 4)} { add_steady_metric(run_, {}, kTriadRate); }

    Metric& metric() { return run_.metrics[0]; }
    void end_first(Outcome outcome) { end_row(run_, metric(), kPatient, outcome, "last words"); }
    Finding only_finding(const Policy& policy = {}) {
        const Judgement judgement = judge(run_, policy);
        EXPECT_THAT(judgement.findings, SizeIs(1));
        return judgement.findings.empty() ? Finding{} : judgement.findings[0];
    }

    static constexpr std::size_t kPatient = 9;
    rackproof::Run run_;
};

TEST_F(Outcomes, AllCompletedIsAPassWithoutFindings) {
    const Judgement judgement = judge(run_, {});
    EXPECT_THAT(judgement.findings, IsEmpty());
    EXPECT_EQ(verdict_of(judgement, "n2"), Verdict::Pass);
    EXPECT_EQ(exit_status(judgement), 0);
}

TEST_F(Outcomes, AWrongAnswerFailsTheDevice) {
    metric().outcome[kPatient] = Outcome::WrongAnswer;
    const Finding finding = only_finding();
    EXPECT_EQ(finding.verdict, Verdict::Fail);
    EXPECT_EQ(finding.kind, FindingKind::WrongAnswer);
    EXPECT_EQ(finding.level, Level::Device);
    EXPECT_EQ(finding.node, "n2");
    EXPECT_EQ(finding.device, "1");
    EXPECT_EQ(finding.metric, "gemm.fp64");
    EXPECT_THAT(finding.sentence, HasSubstr("n2 device 1: gemm.fp64 computed a wrong answer"));
    EXPECT_THAT(finding.action, Not(IsEmpty()));
    EXPECT_EQ(exit_status(judge(run_, {})), 1);
}

TEST_F(Outcomes, AWrongAnswerIsNotForgivenWhenTheRetestIsRight) {
    metric().outcome[kPatient] = Outcome::WrongAnswer;
    add_retest(metric(), kPatient, 1, Outcome::Completed, kTriadRate);
    EXPECT_EQ(only_finding().kind, FindingKind::WrongAnswer);
}

class Broken : public Outcomes, public ::testing::WithParamInterface<Outcome> {};

TEST_P(Broken, OnceIsNoDataWithTheReason) {
    end_first(GetParam());
    const Finding finding = only_finding();
    EXPECT_EQ(finding.verdict, Verdict::NoData);
    EXPECT_EQ(finding.kind, FindingKind::Missing);
    EXPECT_THAT(finding.sentence, HasSubstr("last words"));
    EXPECT_EQ(exit_status(judge(run_, {})), 3);
}

TEST_P(Broken, OnceAndThenCompletedIsNoPass) {
    end_first(GetParam());
    add_retest(metric(), kPatient, 1, Outcome::Completed, kTriadRate);
    const Finding finding = only_finding();
    EXPECT_EQ(finding.verdict, Verdict::NoData);
    EXPECT_THAT(finding.sentence, HasSubstr("completed afterwards, alone"));
    EXPECT_EQ(verdict_of(judge(run_, {}), "n2"), Verdict::NoData);
}

TEST_P(Broken, AgainWhenAloneFails) {
    end_first(Outcome::Failed);
    add_retest(metric(), kPatient, 1, GetParam(), kNoValue);
    const Finding finding = only_finding();
    EXPECT_EQ(finding.verdict, Verdict::Fail);
    EXPECT_EQ(finding.kind, FindingKind::Hardware);
    EXPECT_THAT(finding.sentence, HasSubstr("2 attempts broke"));
}

TEST_P(Broken, TwiceFailsEvenIfAThirdAttemptCompletes) {
    end_first(GetParam());
    add_retest(metric(), kPatient, 1, GetParam(), kNoValue);
    add_retest(metric(), kPatient, 2, Outcome::Completed, kTriadRate);
    EXPECT_EQ(only_finding().verdict, Verdict::Fail);
}

TEST_P(Broken, TwiceInTheSameAttemptIsOnce) {
    end_first(GetParam());
    add_retest(metric(), kPatient, 0, GetParam(), kNoValue);
    EXPECT_EQ(only_finding().verdict, Verdict::NoData);
}

TEST_P(Broken, AnOptionalCaseIsNotExcused) {
    end_first(GetParam());
    EXPECT_EQ(only_finding(with_optional("*")).verdict, Verdict::NoData);
}

INSTANTIATE_TEST_SUITE_P(Ways, Broken,
                         ::testing::Values(Outcome::Failed, Outcome::TimedOut, Outcome::Lost));

TEST_F(Outcomes, BrokenAndThenExcludedSaysBoth) {
    end_first(Outcome::Lost);
    add_retest(metric(), kPatient, 1, Outcome::Excluded, kNoValue);
    const Finding finding = only_finding();
    EXPECT_EQ(finding.verdict, Verdict::NoData);
    EXPECT_THAT(finding.sentence, AllOf(HasSubstr("lost its process"), HasSubstr("was excluded")));
}

TEST_F(Outcomes, ARequiredSkipIsNoDataAndAnOptionalOneOnlyCoverage) {
    end_first(Outcome::Skipped);
    EXPECT_EQ(only_finding().verdict, Verdict::NoData);
    const Judgement forgiven = judge(run_, with_optional("gemm.*"));
    EXPECT_THAT(forgiven.findings, IsEmpty());
    EXPECT_EQ(forgiven.coverage[0].outcomes.at(Outcome::Skipped), 1);
    EXPECT_THAT(forgiven.coverage[0].not_completed, HasSubstr("skipped: last words (1)"));
    EXPECT_FALSE(forgiven.coverage[0].required);
}

TEST_F(Outcomes, AnExclusionIsNoDataEvenIfOptional) {
    end_first(Outcome::Excluded);
    EXPECT_EQ(only_finding(with_optional("gemm.*")).verdict, Verdict::NoData);
}

TEST_F(Outcomes, CompletedWithoutAFiniteNumberIsNoData) {
    for (std::size_t i = 0; i < metric().repetitions; ++i) {
        metric().values[kPatient * metric().repetitions + i] = i % 2 == 0 ? kNoValue : INFINITY;
    }
    const Finding finding = only_finding();
    EXPECT_EQ(finding.verdict, Verdict::NoData);
    EXPECT_THAT(finding.sentence, HasSubstr("without a single finite number"));
}

TEST_F(Outcomes, AReasonOfManyLinesStaysOneShortLine) {
    end_row(run_, metric(), kPatient, Outcome::Failed,
            "segfault\nrackproof: n2 passed\x1b[31m" + std::string(100'000, 'x'));
    const Finding finding = only_finding();
    EXPECT_THAT(finding.sentence, Not(HasSubstr("\n")));
    EXPECT_THAT(finding.sentence, Not(HasSubstr("\x1b")));
    EXPECT_LT(finding.sentence.size(), 400U);
}

TEST_F(Outcomes, EveryDeviceOfANodeLostIsOneFindingOnTheNode) {
    for (std::size_t target = 8; target < 12; ++target) {
        end_row(run_, metric(), target, Outcome::Lost, "node down");
    }
    const Finding finding = only_finding();
    EXPECT_EQ(finding.level, Level::Node);
    EXPECT_EQ(finding.device, std::nullopt);
    EXPECT_THAT(finding.sentence, HasSubstr("all 4 devices of n2 (worst: device 0)"));
}

TEST_F(Outcomes, TwoEndingsInOneNodeStayTwoFindings) {
    end_row(run_, metric(), 8, Outcome::Lost, "gone");
    end_row(run_, metric(), 9, Outcome::Lost, "gone");
    metric().outcome[10] = Outcome::WrongAnswer;
    EXPECT_THAT(by_rule(judge(run_, {}), "outcome"), SizeIs(3));
}

}  // namespace
}  // namespace rackproof
