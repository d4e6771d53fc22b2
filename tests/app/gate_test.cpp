#include "app/gate.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include "runners/journal.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

CaseSpec case_of(const std::string& name, std::int32_t index, std::int32_t stage) {
    CaseSpec spec;
    spec.name = name;
    spec.suite = "selftest";
    spec.stage = stage;
    spec.lead = index;
    spec.scope = Scope::Node;
    return spec;
}

/// Two nodes, a case in each of two stages; the journal ends behind the first stage.
class Gate : public testing::Test {
  protected:
    Gate() {
        plan_.stages.resize(2);
        plan_.stages[0].gate = {Verdict::Fail};
        start_.plan_name = "p";
        start_.started = "2026-11-23T04:41:11Z";
        start_.manifest.nodes.resize(2);
        start_.manifest.nodes[0].name = "n001";
        start_.manifest.nodes[1].name = "n002";
        for (const std::int32_t node : {0, 1}) {
            start_.manifest.devices.emplace_back();
            start_.manifest.devices.back().node = node;
        }
        start_.manifest.stages = {"first", "second"};
        start_.manifest.cases = {case_of("a", 0, 0), case_of("b", 1, 1)};
        start_.manifest.cells = {{0, {0, -1}}, {0, {1, -1}}, {1, {0, -1}}, {1, {1, -1}}};
    }
    ~Gate() override { std::filesystem::remove(journal_); }

    std::vector<Exclusion> kept_out(Outcome second_node) {
        JournalWriter writer{journal_};
        writer.append(start_);
        for (const std::int32_t cell : {0, 1}) {
            const Outcome outcome = cell == 1 ? second_node : Outcome::Completed;
            if (outcome == Outcome::Completed || outcome == Outcome::WrongAnswer) {
                writer.append(record::Samples{cell, 0, {1}, {}, {}});
            }
            writer.append(record::CellEnded{cell, 0, outcome, "element 3", 1});
        }
        return kept_out_by_gate(plan_, start_.manifest, 0, journal_);
    }

    std::filesystem::path journal_ =
        std::filesystem::temp_directory_path() / ("rackproof-gate-" + std::to_string(::getpid()));
    Plan plan_;
    record::RunStarted start_;
};

TEST_F(Gate, KeepsOutWhatFailsWithTheReason) {
    const std::vector<Exclusion> out = kept_out(Outcome::WrongAnswer);
    ASSERT_THAT(out, SizeIs(1));
    EXPECT_EQ(out[0].node, 1);
    EXPECT_THAT(out[0].reason, HasSubstr("fail: "));
    EXPECT_THAT(out[0].reason, HasSubstr("element 3"));
}

TEST_F(Gate, WhatHasNotRunYetIsNoAbsence) {
    plan_.stages[0].gate = {Verdict::Fail, Verdict::NoData, Verdict::Watch};
    EXPECT_THAT(kept_out(Outcome::Completed), IsEmpty());
}

TEST_F(Gate, AStopKeepsOutOfAllAndAGateOfWhatSeveralMeasure) {
    EXPECT_FALSE(kept_out(Outcome::WrongAnswer).at(0).from_all);
    plan_.stages[0].stop = {Verdict::NoData};
    EXPECT_FALSE(kept_out_by_gate(plan_, start_.manifest, 0, journal_).at(0).from_all);
    plan_.stages[0].stop = {Verdict::Fail};
    plan_.stages[0].gate.clear();
    EXPECT_TRUE(kept_out_by_gate(plan_, start_.manifest, 0, journal_).at(0).from_all);
}

TEST_F(Gate, WhatNothingWasHeldAgainstYetKeepsNobodyOut) {
    plan_.policy.unjudged = Verdict::NoData;
    plan_.stages[0].stop = {Verdict::NoData};
    EXPECT_THAT(kept_out(Outcome::Completed), IsEmpty());
}

TEST_F(Gate, OnlyTheVerdictsThatItNamesCount) {
    plan_.stages[0].gate = {Verdict::NoData};
    EXPECT_THAT(kept_out(Outcome::WrongAnswer), IsEmpty());
}

TEST_F(Gate, ASearchIsDueUnlessWhatItIsForIsKnownToBeWell) {
    plan_.stages[1].only_if_short = "first";
    const auto due = [&] { return why_search_is_due(plan_, start_.manifest, 1, journal_); };
    (void)kept_out(Outcome::Completed);
    EXPECT_THAT(due(), HasSubstr("a was held against nothing in 2 of 2 cells"));
    plan_.policy.limits = {{"a", "1", 0.5, {}, "test"}};
    EXPECT_EQ(due(), "");
    plan_.policy.limits[0].min = 2;
    EXPECT_THAT(due(), HasSubstr("under the minimum"));
}

TEST_F(Gate, ASearchIsDueForWhatHasNoNumber) {
    plan_.stages[1].only_if_short = "first";
    plan_.policy.limits = {{"a", "1", 0.5, {}, "test"}};
    (void)kept_out(Outcome::TimedOut);
    EXPECT_THAT(why_search_is_due(plan_, start_.manifest, 1, journal_), HasSubstr("element 3"));
    plan_.stages[1].only_if_short = "third";  // not in the manifest: it was left out
    EXPECT_THAT(why_search_is_due(plan_, start_.manifest, 1, journal_),
                HasSubstr("was not to be measured"));
}

TEST_F(Gate, WhereNobodyIsSuspectedNothingIsConfirmed) {
    plan_.stages[0].name = "first";
    plan_.stages[1].confirms = "first";
    (void)kept_out(Outcome::Completed);
    const Confirmation none = confirmation_for(plan_, start_.manifest, 1, journal_);
    EXPECT_THAT(none.pairs, IsEmpty());
    EXPECT_EQ(none.text, "nobody is suspected");
}

}  // namespace
}  // namespace rackproof
