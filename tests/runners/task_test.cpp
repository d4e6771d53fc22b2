#include "runners/task.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Two devices; lead "a" with companion "a.t" (cells 0, 1 and 2, 3), and "b" in stage 1.
record::RunStarted with_companion() {
    std::vector<CaseSpec> cases{test::sample_case("a", 0, Scope::Device),
                                test::sample_case("a.t", 0, Scope::Device),
                                test::sample_case("b", 2, Scope::Node)};
    cases[2].stage = 1;
    return test::sample_start(2, std::move(cases));
}

class TaskTest : public testing::Test {
  protected:
    void end(std::int32_t cell, Outcome outcome) { book_.end_cell(cell, 0, {outcome, ""}); }

    test::ScratchFolder folder_;
    record::RunStarted start_ = with_companion();
    RunBook book_{start_, folder_.path() / "journal"};
    std::vector<Task> tasks_ = tasks_of_stage(start_.manifest, 0);
};

TEST_F(TaskTest, ALeadAndItsCompanionsAreOneTaskATarget) {
    ASSERT_THAT(tasks_, SizeIs(2));
    EXPECT_THAT(tasks_[0].cells, ElementsAre(0, 2));
    EXPECT_THAT(tasks_[1].cells, ElementsAre(1, 3));
    EXPECT_THAT(tasks_[1].wanted, ElementsAre(1, 3));
    EXPECT_EQ(tasks_[1].target.first, 1);
    EXPECT_THAT(tasks_[1].nodes, ElementsAre(0));
    const std::vector<Task> later = tasks_of_stage(start_.manifest, 1);
    ASSERT_THAT(later, SizeIs(1));
    EXPECT_EQ(later[0].scope, Scope::Node);
    EXPECT_THAT(tasks_of_stage(start_.manifest, 2), IsEmpty());
}

TEST_F(TaskTest, ACompanionWithoutItsLeadIsAnError) {
    std::swap(start_.manifest.cells[0], start_.manifest.cells[2]);
    EXPECT_THROW((void)tasks_of_stage(start_.manifest, 0), Error);
}

TEST_F(TaskTest, IsDoneWhenEveryWantedCellHasEnded) {
    EXPECT_FALSE(is_done(tasks_[0], book_));
    end(0, Outcome::Completed);
    EXPECT_FALSE(is_done(tasks_[0], book_));
    end_open_cells(tasks_[0], {Outcome::Lost, "gone"}, book_);
    EXPECT_TRUE(is_done(tasks_[0], book_));
    EXPECT_EQ(book_.last_ending(0)->outcome, Outcome::Completed);
    EXPECT_EQ(book_.last_ending(2)->outcome, Outcome::Lost);
}

TEST_F(TaskTest, OnlyWhatFailedTimedOutOrWasLostGoesAgain) {
    for (const Outcome outcome : kAllOutcomes) {
        const bool again =
            outcome == Outcome::Failed || outcome == Outcome::TimedOut || outcome == Outcome::Lost;
        RunBook book{start_, folder_.path() / std::string{to_string(outcome)}};
        for (const std::int32_t cell : {0, 2}) book.end_cell(cell, 0, {outcome, ""});
        EXPECT_EQ(retests({tasks_[0]}, book).size(), again ? 1U : 0U) << to_string(outcome);
    }
}

TEST_F(TaskTest, WhatCompletedIsNotMeasuredAgain) {
    end(0, Outcome::Completed);
    end(2, Outcome::Failed);
    end(1, Outcome::Lost);
    end(3, Outcome::Skipped);
    tasks_[1].cut_off = 2;
    tasks_[1].failed_starts = 1;
    const std::vector<Task> again = retests(tasks_, book_);
    ASSERT_THAT(again, SizeIs(2));
    EXPECT_THAT(again[0].wanted, ElementsAre(2));
    EXPECT_THAT(again[0].cells, ElementsAre(0, 2));
    EXPECT_THAT(again[1].wanted, ElementsAre(1));
    EXPECT_EQ(again[1].attempt, 1);
    EXPECT_EQ(again[1].cut_off, 0);
    EXPECT_EQ(again[1].failed_starts, 0);
}

TEST_F(TaskTest, TheBookCountsFirstAttempts) {
    EXPECT_EQ(book_.open_cells(0), 2);
    end(0, Outcome::Skipped);
    end(1, Outcome::Lost);
    book_.end_cell(1, 1, {});
    EXPECT_EQ(book_.open_cells(0), 0);
    EXPECT_EQ(book_.cells_ended(), 2);
    EXPECT_EQ(book_.cells_not_completed(), 1);
    EXPECT_EQ(book_.last_ending(1)->outcome, Outcome::Completed);
}

TEST_F(TaskTest, TheBookEndsAnAttemptOnceAndInTurn) {
    EXPECT_THROW(book_.end_cell(0, 1, {}), Error);
    end(0, Outcome::Lost);
    EXPECT_THROW(end(0, Outcome::Completed), Error);
    EXPECT_THROW(book_.end_cell(99, 0, {}), Error);
    EXPECT_FALSE(book_.has_ended(0, 1));
    EXPECT_TRUE(book_.has_ended(0, 0));
}

TEST_F(TaskTest, TheBooksJournalHoldsTheRun) {
    end(0, Outcome::Lost);
    book_.event("warning", "code", "text", 0, 1);
    book_.finish(true);
    JournalReader reader{folder_.path() / "journal"};
    std::vector<record::Record> records;
    while (auto record = reader.next()) records.push_back(std::move(*record));
    ASSERT_THAT(records, SizeIs(4));
    EXPECT_EQ(records[0], record::Record{start_});
    EXPECT_EQ(std::get<record::CellEnded>(records[1]).outcome, Outcome::Lost);
    EXPECT_EQ(std::get<record::Happened>(records[2]).event.device, 1);
    EXPECT_TRUE(std::get<record::RunFinished>(records[3]).complete);
}

}  // namespace
}  // namespace rackproof
