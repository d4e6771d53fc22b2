#include "analysis/waivers.hpp"

#include <gmock/gmock.h>

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kToday = "2026-11-28";

Finding finding_on(const std::string& node, const std::string& metric, FindingKind kind,
                   Verdict verdict = Verdict::Fail) {
    Finding finding;
    finding.level = Level::Device;
    finding.rack = "r1";
    finding.node = node;
    finding.device = "3";
    finding.metric = metric;
    finding.kind = kind;
    finding.verdict = verdict;
    return finding;
}

/// n1 fails twice, n2 once; both stand in r1, which fails with them, and nobody else does.
Judgement failing() {
    Judgement judgement;
    judgement.run_complete = true;
    judgement.findings = {finding_on("n1", "gemm.fp64", FindingKind::Slow),
                          finding_on("n1", "membw.triad", FindingKind::Limit),
                          finding_on("n2", "gemm.fp64", FindingKind::Slow)};
    for (std::int32_t i = 0; i < 3; ++i) judgement.findings[static_cast<std::size_t>(i)].id = i;
    for (const char* name : {"n1", "n2"}) {
        NodeVerdict node;
        node.node = name;
        node.rack = "r1";
        node.verdict = Verdict::Fail;
        judgement.nodes.push_back(node);
    }
    judgement.nodes[0].findings = {0, 1};
    judgement.nodes[1].findings = {2};
    judgement.racks = {{"r1", Verdict::Fail, {}}};
    return judgement;
}

Waiver waiver_of(const std::string& node, const std::string& metric,
                 const std::string& until = "2026-12-31") {
    Waiver waiver;
    waiver.node = node;
    waiver.metric = metric;
    waiver.reason = "known";
    waiver.until = until;
    waiver.by = "ann";
    return waiver;
}

TEST(Waivers, AWaivedFailureIsShownAndWatchedAndFailsNothing) {
    Judgement judgement = failing();
    apply_waivers(judgement, {waiver_of("n2", "gemm.*")}, kToday);
    EXPECT_EQ(judgement.findings[2].waived, "until 2026-12-31 by ann: known");
    EXPECT_EQ(judgement.findings[2].verdict, Verdict::Fail);
    EXPECT_EQ(judgement.nodes[1].verdict, Verdict::Watch);
    EXPECT_EQ(judgement.nodes[1].waived, 1);
    EXPECT_EQ(judgement.racks[0].verdict, Verdict::Watch);  // no better than its best node
    EXPECT_EQ(judgement.nodes[0].verdict, Verdict::Fail);
    EXPECT_EQ(exit_status(judgement), 1);
    EXPECT_THAT(judgement.waiver_notes, IsEmpty());
}

TEST(Waivers, WhatIsNotWaivedStillFailsTheNode) {
    Judgement judgement = failing();
    apply_waivers(judgement, {waiver_of("n1", "gemm.fp64"), waiver_of("n2", "*")}, kToday);
    EXPECT_EQ(judgement.nodes[0].verdict, Verdict::Fail);
    apply_waivers(judgement, {waiver_of("n1", "membw.triad")}, kToday);
    EXPECT_EQ(judgement.nodes[0].verdict, Verdict::Watch);
    EXPECT_EQ(exit_status(judgement), 0);
}

TEST(Waivers, TheLastDayCountsAndTheNextDoesNot) {
    Judgement judgement = failing();
    apply_waivers(judgement, {waiver_of("n2", "*", kToday)}, kToday);
    EXPECT_EQ(judgement.nodes[1].verdict, Verdict::Watch);
    judgement = failing();
    apply_waivers(judgement, {waiver_of("n2", "*", "2026-11-27")}, kToday);
    EXPECT_EQ(judgement.nodes[1].verdict, Verdict::Fail);
    EXPECT_EQ(judgement.findings[2].waived, "");
    ASSERT_EQ(judgement.waiver_notes.size(), 1U);
    EXPECT_THAT(judgement.waiver_notes[0], HasSubstr("n2, * expired on 2026-11-27"));
    EXPECT_THAT(judgement.waiver_notes[0], HasSubstr("it would cover 1 finding"));
}

TEST(Waivers, OneThatCoversNothingIsTold) {
    Judgement judgement = failing();
    Waiver other_kind = waiver_of("n2", "*");
    other_kind.kind = FindingKind::WrongAnswer;
    Waiver other_device = waiver_of("n2", "*");
    other_device.device = "4";
    apply_waivers(judgement, {waiver_of("n9", "*"), other_kind, other_device}, kToday);
    EXPECT_EQ(judgement.nodes[1].verdict, Verdict::Fail);
    EXPECT_THAT(judgement.waiver_notes,
                ElementsAre(HasSubstr("n9, * covers no finding"),
                            HasSubstr("n2, wrong_answer, * covers no finding"),
                            HasSubstr("n2 device 4, * covers no finding")));
}

TEST(Waivers, RacksAndFleetsAreBorneByNobody) {
    Judgement judgement = failing();
    judgement.findings[2].level = Level::Rack;
    judgement.findings[2].node = "";
    judgement.racks[0].findings = {2};
    judgement.nodes[1].verdict = Verdict::Watch;
    apply_waivers(judgement, {waiver_of("n2", "*"), waiver_of("n1", "*")}, kToday);
    EXPECT_EQ(judgement.racks[0].verdict, Verdict::Fail);
    EXPECT_EQ(judgement.findings[2].waived, "");
    EXPECT_EQ(exit_status(judgement), 1);
}

TEST(Waivers, AWaivedAbsenceIsNoPassEither) {
    Judgement judgement = failing();
    judgement.findings[2].verdict = Verdict::NoData;
    judgement.nodes[1].verdict = Verdict::NoData;
    apply_waivers(judgement, {waiver_of("n2", "*")}, kToday);
    EXPECT_EQ(judgement.nodes[1].verdict, Verdict::Watch);
}

TEST(FindingKinds, HaveNames) {
    EXPECT_EQ(finding_kind_from("wrong_answer"), FindingKind::WrongAnswer);
    EXPECT_FALSE(finding_kind_from("fast"));
}

}  // namespace
}  // namespace rackproof
