#include "runners/cell_outcome.hpp"

#include <gtest/gtest.h>

#include <new>

#include "core/error.hpp"

namespace rackproof {
namespace {

Outcome outcome_of(const std::function<void()>& action) { return ending_of(action).outcome; }

TEST(CellOutcomeTest, ExceptionsBecomeOutcomes) {
    EXPECT_EQ(outcome_of([] {}), Outcome::Completed);
    EXPECT_EQ(outcome_of([] { throw WrongAnswer("triad", "off"); }), Outcome::WrongAnswer);
    EXPECT_EQ(outcome_of([] { throw Unsupported{"no GPU"}; }), Outcome::Skipped);
    EXPECT_EQ(outcome_of([] { throw Error("a", "b"); }), Outcome::Failed);
    EXPECT_EQ(outcome_of([] { throw InputError{"bad"}; }), Outcome::Failed);
    EXPECT_EQ(outcome_of([] { throw std::bad_alloc{}; }), Outcome::Failed);
    EXPECT_EQ(outcome_of([] { throw 42; }), Outcome::Failed);
}

TEST(CellOutcomeTest, TheReasonIsWhatWasThrown) {
    EXPECT_EQ(ending_of([] { throw WrongAnswer("triad", "off"); }).reason, "triad: off");
    EXPECT_EQ(ending_of([] { throw Unsupported{"no GPU"}; }).reason, "no GPU");
    EXPECT_EQ(ending_of([] { throw 42; }).reason, "threw something that is no exception");
    EXPECT_EQ(ending_of([] {}).reason, "");
}

TEST(CellOutcomeTest, ALeadWithoutANumberHasFailed) {
    EXPECT_EQ(ending_of_lead({}, {true, {}, false}).outcome, Outcome::Completed);
    EXPECT_EQ(ending_of_lead({}, {}), (Ending{Outcome::Failed, "recorded no number"}));
    const Ending wrong{Outcome::WrongAnswer, "off"};
    EXPECT_EQ(ending_of_lead(wrong, {true, {}, false}), wrong);
    EXPECT_EQ(ending_of_lead(wrong, {}), wrong);
}

TEST(CellOutcomeTest, WhatACompanionRecordedStands) {
    for (const Outcome lead : {Outcome::Completed, Outcome::WrongAnswer, Outcome::Failed}) {
        EXPECT_EQ(ending_of_companion({lead, "x"}, {true, {}, false}).outcome, Outcome::Completed);
    }
}

TEST(CellOutcomeTest, ACompanionWithoutANumberNeverCompletes) {
    EXPECT_EQ(ending_of_companion({}, {}).outcome, Outcome::Failed);
    EXPECT_EQ(ending_of_companion({}, {false, "no sensor", false}),
              (Ending{Outcome::Skipped, "no sensor"}));
    EXPECT_EQ(ending_of_companion({Outcome::Skipped, "no GPU"}, {}),
              (Ending{Outcome::Skipped, "no GPU"}));
    // The companion's own answer was not wrong: there is none.
    EXPECT_EQ(ending_of_companion({Outcome::WrongAnswer, "off"}, {}),
              (Ending{Outcome::Failed, "recorded no number; its lead case: off"}));
}

TEST(CellOutcomeTest, AWrongAnswerOutweighsAllAndCompletedNothing) {
    const Outcome by_weight[] = {Outcome::Completed,  Outcome::Skipped, Outcome::Excluded,
                                 Outcome::TimedOut,   Outcome::Failed,  Outcome::Lost,
                                 Outcome::WrongAnswer};
    for (std::size_t i = 0; i < std::size(by_weight); ++i) {
        for (std::size_t j = 0; j < std::size(by_weight); ++j) {
            const Ending a{by_weight[i], "a"};
            const Ending b{by_weight[j], "b"};
            EXPECT_EQ(worse(a, b).outcome, by_weight[std::max(i, j)]);
        }
    }
    EXPECT_EQ(worse({Outcome::Lost, "first"}, {Outcome::Lost, "second"}).reason, "first");
}

}  // namespace
}  // namespace rackproof
