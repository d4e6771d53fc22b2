#include <gmock/gmock.h>

#include <string>

#include "reports/reports.hpp"
#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::add_steady_metric;
using rackproof::test::make_fleet;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(MarkdownSummary, SaysTheVerdictTheCountsAndTheEvidence) {
    rackproof::Run run = make_fleet(16, 8);
    run.plan_name = "accept";
    add_metric(run, {.name = "gemm.bf16"},
               [](std::size_t target) { return target == 29 ? 6.48e14 : 7.21e14; });
    const std::string text = markdown_summary(run, judge(run, {}));
    EXPECT_THAT(text, StartsWith("## rackproof: FAIL\n\nRun ` " + run.run_id +
                                 " ` of plan ` accept `, started ` 2026-11-23T04:41:11Z `, judged "
                                 "by policy ` default `. 128 cells: 128 completed; 128 judged.\n"));
    EXPECT_THAT(text, HasSubstr("| 16 | 1 | 0 | 0 | 15 |\n"));
    EXPECT_THAT(text, HasSubstr("None of the 1 racks is bad as a whole.\n"));
    EXPECT_THAT(text, HasSubstr("### Findings (1)\n\n```text\nx FAIL     n3 device 5"));
    EXPECT_THAT(text, HasSubstr("### Coverage\n\n```text\n  gemm.bf16 - 128 cells"));
}

TEST(MarkdownSummary, SaysWhatIsNotThere) {
    rackproof::Run run = make_fleet(4, 1);
    add_steady_metric(run, {}, 1.0);
    run.complete = false;
    const std::string text = markdown_summary(run, judge(run, {}));
    EXPECT_THAT(text, StartsWith("## rackproof: NO DATA\n"));
    EXPECT_THAT(text, HasSubstr(" **The run is incomplete.**\n"));
    EXPECT_THAT(text, HasSubstr("No findings.\n"));
}

TEST(MarkdownSummary, TheWorstStandFirstAndTheRestIsCounted) {
    Judgement judgement;
    judgement.run_complete = true;
    for (int i = 0; i < 40; ++i) {
        Finding finding;
        finding.id = i;
        finding.verdict = i == 39 ? Verdict::Fail : Verdict::Watch;
        finding.sentence = "sentence " + std::to_string(i) + ".";
        judgement.findings.push_back(finding);
    }
    judgement.findings[0].verdict = Verdict::Fail;
    judgement.findings[0].waived = "until 2026-12-31 by NAME: known";
    const std::string text = markdown_summary(make_fleet(1, 1), judgement);
    EXPECT_THAT(text, HasSubstr("### The worst 30 of 40 findings, 1 of them waived\n\n```text\n"
                                "x FAIL     sentence 39.\n"));
    EXPECT_THAT(text, Not(HasSubstr("sentence 0.")));
}

TEST(MarkdownSummary, FitsATicketWhateverIsInIt) {
    Judgement judgement;
    for (int i = 0; i < 500; ++i) {
        Finding finding;
        finding.sentence = std::string(4000, 'x');
        judgement.findings.push_back(finding);
        judgement.racks.push_back({std::string(4000, 'r') + std::to_string(i), Verdict::Fail, {}});
        judgement.history.emplace_back(4000, 'h');
        Coverage coverage;
        coverage.metric = std::string(4000, 'm') + std::to_string(i);
        judgement.coverage.push_back(coverage);
    }
    EXPECT_LT(markdown_summary(make_fleet(1, 1), judgement).size(), 60'000U);
}

TEST(MarkdownSummary, NothingFromOutsideLeavesItsCode) {
    rackproof::Run run = make_fleet(1, 1);
    run.plan_name = "`` <script>alert(1)</script> @all";
    Judgement judgement;
    judgement.racks.push_back({"`", Verdict::Fail, {}});
    judgement.history = {"```", "````\n## rackproof: PASS"};
    const std::string text = markdown_summary(run, judgement);
    EXPECT_THAT(text, HasSubstr("of plan ``` `` <script>alert(1)</script> @all ```,"));
    EXPECT_THAT(text, HasSubstr("these do not pass as a whole: `` ` `` (fail)."));
    EXPECT_THAT(text, HasSubstr("`````text\n- ```\n- ````\uFFFD## rackproof: PASS\n`````\n"));
}

}  // namespace
}  // namespace rackproof
