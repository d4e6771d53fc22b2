#include <gmock/gmock.h>

#include <string>

#include "reports/reports.hpp"
#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::add_steady_metric;
using rackproof::test::end_row;
using rackproof::test::make_fleet;
using testing::HasSubstr;
using testing::Not;

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

rackproof::Run one_slow_device() {
    rackproof::Run run = make_fleet(16, 8);
    add_metric(run, {.name = "gemm.bf16"},
               [](std::size_t target) { return target == 29 ? 6.48e14 : 7.21e14; });
    return run;
}

TEST(JunitXml, ANodeIsATestCaseOfEachSuiteThatItHas) {
    rackproof::Run run = one_slow_device();
    add_steady_metric(run, {.name = "membw.triad", .suite = "membw"}, 3e12);
    const std::string xml = junit_xml(judge(run, {}));
    EXPECT_EQ(count(xml, "<testcase classname=\"rackproof.gemm\""), 16U);
    EXPECT_EQ(count(xml, "<testcase classname=\"rackproof.membw\""), 16U);
    EXPECT_THAT(xml, HasSubstr("<testsuite name=\"gemm\" tests=\"16\" failures=\"1\" errors=\"0\" "
                               "skipped=\"0\">"));
    EXPECT_THAT(xml, HasSubstr("name=\"n3\"><failure type=\"slow\" message=\"n3 device 5"));
    EXPECT_THAT(xml, HasSubstr("<testcase classname=\"rackproof.membw\" name=\"n3\"/>"));
    EXPECT_THAT(xml, HasSubstr("next: "));
    // 16 nodes in gemm, membw and node; a rack; the run.
    EXPECT_THAT(xml, HasSubstr("tests=\"50\" failures=\"1\" errors=\"0\" skipped=\"0\">"));
}

TEST(JunitXml, WhatIsHeldAgainstNothingIsSkippedAndWhatHasNoNumberIsAnError) {
    rackproof::Run run = make_fleet(2, 1);
    Metric& metric = add_steady_metric(run, {}, 1.0);
    EXPECT_THAT(junit_xml(judge(run, {})),
                HasSubstr("<skipped message=\"measured, and held against nothing\"/>"));
    end_row(run, metric, 1, Outcome::TimedOut, "slow disk");
    const std::string xml = junit_xml(judge(run, {}));
    EXPECT_THAT(xml, HasSubstr("name=\"n1\"><error type=\"missing\""));
    Policy optional;
    optional.optional = {"*"};
    run.metrics[0].outcome[1] = Outcome::Skipped;
    EXPECT_THAT(junit_xml(judge(run, optional)), HasSubstr("<skipped message=\"not measured\"/>"));
}

TEST(JunitXml, AnIncompleteRunIsAnError) {
    rackproof::Run run = one_slow_device();
    EXPECT_THAT(junit_xml(judge(run, {})), HasSubstr("name=\"complete\"/>"));
    run.complete = false;
    EXPECT_THAT(junit_xml(judge(run, {})), HasSubstr("name=\"complete\"><error "));
}

TEST(JunitXml, AStageThatWasLeftOutIsASkippedTestCaseOfTheRun) {
    Judgement judgement;
    judgement.run_complete = true;
    judgement.left_out = {"stage pairs was not run: no <two> nodes", "stage rack was not run"};
    const std::string xml = junit_xml(judgement);
    EXPECT_THAT(xml, HasSubstr("<testcase classname=\"rackproof.run\" name=\"stage pairs was not "
                               "run\"><skipped message=\"stage pairs was not run: no &lt;two&gt; "
                               "nodes\"/></testcase>"));
    EXPECT_THAT(xml, HasSubstr("name=\"stage rack was not run\"><skipped "));
    EXPECT_THAT(xml, HasSubstr("tests=\"3\" failures=\"0\" errors=\"0\" skipped=\"2\">"));
}

/// A judgement of n0 with one finding.
Judgement with(const Finding& finding, Verdict node_verdict) {
    Judgement judgement;
    judgement.run_complete = true;
    NodeVerdict node;
    node.node = "n0";
    node.verdict = node_verdict;
    node.findings = {0};
    judgement.nodes = {node};
    judgement.findings = {finding};
    return judgement;
}

Finding broken(const std::string& node, Level level) {
    Finding finding;
    finding.verdict = Verdict::Fail;
    finding.level = level;
    finding.node = node;
    finding.kind = FindingKind::Hardware;
    finding.sentence = "it is broken";
    return finding;
}

TEST(JunitXml, AFailureIsThereIfAndOnlyIfTheRunFails) {
    Judgement judgement = with(broken("n0", Level::Node), Verdict::Fail);
    EXPECT_EQ(count(junit_xml(judgement), "<failure "), 1U);
    judgement.findings[0].waived = "until 2026-12-31 by NAME: known";
    judgement.nodes[0].verdict = Verdict::Watch;
    const std::string waived = junit_xml(judgement);
    EXPECT_THAT(waived, Not(HasSubstr("<failure ")));
    EXPECT_THAT(waived, HasSubstr("it is broken WAIVED until 2026-12-31 by NAME: known"));
}

TEST(JunitXml, AFindingThatNoNodeAnswersForIsOfTheFleet) {
    Judgement judgement = with(broken("", Level::Fleet), Verdict::Watch);
    const std::string xml = junit_xml(judgement);
    EXPECT_THAT(xml, HasSubstr("<testcase classname=\"rackproof.node\" name=\"n0\"><system-out>"));
    EXPECT_THAT(xml, HasSubstr("<testcase classname=\"rackproof.fleet\" name=\"finding 0\">"
                               "<failure type=\"hardware\" message=\"it is broken\">"));
    EXPECT_EQ(count(xml, "<failure "), 1U);
}

TEST(JunitXml, ANodeIsNoBetterThanItsVerdict) {
    Judgement judgement = with(broken("n0", Level::Node), Verdict::Fail);
    judgement.nodes[0].findings.clear();
    judgement.findings.clear();
    EXPECT_THAT(junit_xml(judgement),
                HasSubstr("name=\"n0\"><failure type=\"verdict\" message=\"its verdict\">"));
}

TEST(JunitXml, TextsFromOutsideAreText) {
    Finding finding = broken("n0", Level::Node);
    finding.sentence = "</failure><x a='1' b=\"2\">&\n\x01\xEF\xBF\xBE]]>";
    Judgement judgement = with(finding, Verdict::Fail);
    judgement.nodes[0].suites["\"><script>"] = {};
    const std::string xml = junit_xml(judgement);
    EXPECT_THAT(xml, HasSubstr("message=\"&lt;/failure&gt;&lt;x a=&apos;1&apos; b=&quot;2&quot;&gt;"
                               "&amp;\uFFFD\uFFFD\uFFFD]]&gt;\""));
    EXPECT_THAT(xml, HasSubstr("<testsuite name=\"&quot;&gt;&lt;script&gt;\" "));
    EXPECT_THAT(xml, Not(HasSubstr("<script>")));
}

}  // namespace
}  // namespace rackproof
