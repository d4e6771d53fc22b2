#include <gmock/gmock.h>

#include "tests/runners/job_fixture.hpp"

namespace rackproof {
namespace {

using test::kAtOnce;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class GroupJobTest : public test::JobFixture {
  protected:
    void begin_all(std::int32_t cell) {
        for (std::int32_t rank = 0; rank < 3; ++rank) begin(rank, cell);
    }
    [[nodiscard]] std::vector<std::int32_t> guilty() const {
        return blame_of(job_->clues()).guilty;
    }
};

TEST_F(GroupJobTest, WhatEndsWellIsNotHeldBack) {
    group();
    place_all();
    complete(0, 0);
    for (const std::int32_t rank : {1, 2}) {
        begin(rank, 0);
        end(rank, 0);
    }
    EXPECT_EQ(outcome(0), Outcome::Completed);
    EXPECT_THAT(job_->held_endings(), IsEmpty());
    EXPECT_THAT(job_->clues(), IsEmpty());
}

TEST_F(GroupJobTest, TheFirstToCloseIsSuspectedHoweverManyFollow) {
    patience_.settle_s = 0.03;
    group();
    place_all();
    begin_all(0);
    job_->rank_closed(2, std::nullopt);
    const double closed_s = book_->now_s();
    while (book_->now_s() < closed_s + 0.025) {
    }
    job_->rank_closed(0, std::nullopt);
    job_->rank_closed(1, std::nullopt);
    job_->launcher_ended(Job::LauncherEnd::ByItself, "");
    job_->tick();
    EXPECT_EQ(job_->state(), Job::State::Cut);
    EXPECT_FALSE(outcome(0));  // held back, until it is known whose fault it was
    ASSERT_THAT(job_->held_endings(), SizeIs(1));
    EXPECT_EQ(job_->held_endings()[0].ending.outcome, Outcome::Lost);
    EXPECT_THAT(job_->held_endings()[0].ending.reason, HasSubstr("rank 2 (device 0 of n003)"));
    EXPECT_THAT(guilty(), ElementsAre(2));
    EXPECT_THAT(blame_of(job_->clues()).evidence, HasSubstr("before any other"));
}

TEST_F(GroupJobTest, WhoClosesTogetherCannotBeTold) {
    patience_.settle_s = kAtOnce;
    group();
    place_all();
    begin_all(0);
    for (const std::int32_t rank : {0, 1, 2}) job_->rank_closed(rank, std::nullopt);
    job_->tick();
    EXPECT_THAT(guilty(), IsEmpty());
}

TEST_F(GroupJobTest, ADyingWordOutweighsWhoWasFirst) {
    group();
    place_all();
    begin_all(0);
    job_->rank_closed(0, std::nullopt);
    job_->rank_said(1, message::Dying{11});
    job_->rank_closed(1, std::nullopt);
    EXPECT_THAT(guilty(), ElementsAre(1));
}

TEST_F(GroupJobTest, SilenceIsFoundAndHeldBack) {
    group();
    place_all();
    begin_all(0);
    const double placed_s = book_->now_s();
    while (book_->now_s() < placed_s + 0.02) {
    }
    for (const std::int32_t rank : {0, 2}) job_->rank_said(rank, message::Heartbeat{"wait"});
    patience_.heartbeat_s = 0.015;
    job_->tick();
    EXPECT_EQ(job_->state(), Job::State::Cut);
    EXPECT_THAT(guilty(), ElementsAre(1));
    ASSERT_THAT(job_->held_endings(), SizeIs(1));
    EXPECT_EQ(job_->held_endings()[0].ending.outcome, Outcome::TimedOut);
}

TEST_F(GroupJobTest, NonsenseSpeaksAgainstItsSender) {
    group();
    place_all();
    begin_all(0);
    sample(1, 0);
    EXPECT_THAT(guilty(), ElementsAre(1));
}

TEST_F(GroupJobTest, OneNodesWrongAnswerIsItsOwn) {
    patience_.cut_s = kAtOnce;
    group();
    place_all();
    begin_all(0);
    end(2, 0, Outcome::WrongAnswer, "element 3");
    job_->tick();
    EXPECT_THAT(guilty(), ElementsAre(2));
    ASSERT_THAT(job_->held_endings(), SizeIs(1));
    EXPECT_EQ(job_->held_endings()[0].ending.outcome, Outcome::WrongAnswer);
    EXPECT_EQ(job_->held_endings()[0].task, &tasks_[0]);
}

TEST_F(GroupJobTest, EverybodysWrongAnswerIsNobodys) {
    group();
    place_all();
    begin_all(0);
    for (const std::int32_t rank : {0, 1, 2}) end(rank, 0, Outcome::WrongAnswer, "element 3");
    EXPECT_THAT(guilty(), IsEmpty());
}

TEST_F(GroupJobTest, WhoNeverSaysHowItEndedIsSuspected) {
    group();
    place_all();
    begin_all(0);
    job_->rank_said(1, message::Heartbeat{"all_reduce"});
    end(0, 0, Outcome::TimedOut, "hung");
    end(2, 0, Outcome::TimedOut, "hung");
    EXPECT_THAT(guilty(), ElementsAre(1));
    EXPECT_THAT(blame_of(job_->clues()).evidence, HasSubstr("last words: all_reduce"));
}

TEST_F(GroupJobTest, WhomTheFirstPassedDeadlineTookAlongIsNotSuspected) {
    group();
    place_all();
    begin_all(0);
    end(0, 0, Outcome::TimedOut, "hung");
    job_->rank_closed(1, std::nullopt);
    const double closed_s = book_->now_s();
    while (book_->now_s() < closed_s + 0.01) {
    }
    job_->rank_closed(2, std::nullopt);
    EXPECT_THAT(guilty(), IsEmpty());
}

TEST_F(GroupJobTest, TheLastToBeTakenAlongIsNotSuspectedEither) {
    group();
    place_all();
    begin_all(0);
    end(0, 0, Outcome::TimedOut, "hung");
    end(2, 0, Outcome::TimedOut, "hung");
    job_->rank_closed(1, std::nullopt);
    EXPECT_THAT(guilty(), IsEmpty());
}

TEST_F(GroupJobTest, WhoNeverCameToWhereAllOthersWaitIsToBlame) {
    patience_.waiting_s = 0;
    group();
    place_all();
    begin_all(0);
    for (const std::int32_t rank : {0, 1, 2}) say(rank, 0, "sample 1 of 9");
    for (const std::int32_t rank : {0, 2}) say(rank, 0, "sample 2 of 9");
    EXPECT_THAT(job_->clues(), IsEmpty());  // so far they may just be at work
    for (const std::int32_t rank : {0, 1, 2}) end(rank, 0, Outcome::TimedOut, "hung");
    EXPECT_THAT(guilty(), ElementsAre(1));
    EXPECT_THAT(blame_of(job_->clues()).evidence,
                HasSubstr("never entered 'sample 2 of 9', in which the others waited for it; its "
                          "last words: sample 1 of 9"));
}

TEST_F(GroupJobTest, WhoWaitsInTheSameOperationIsNotToBlame) {
    patience_.waiting_s = 0;
    group();
    place_all();
    begin_all(0);
    for (const std::int32_t rank : {0, 1, 2}) say(rank, 0, "sample 1 of 9");
    say(1, 0, "wrong answer: 7");  // which no other says
    for (const std::int32_t rank : {0, 1, 2}) say(rank, 0, "sample 2 of 9");
    for (const std::int32_t rank : {0, 1, 2}) end(rank, 0, Outcome::TimedOut, "hung");
    EXPECT_THAT(guilty(), IsEmpty());
}

TEST_F(GroupJobTest, WhoIsBehindWhenMostAreIsNotToBlame) {
    patience_.waiting_s = 0;
    group();
    place_all();
    begin_all(0);
    for (const std::int32_t rank : {0, 1, 2}) say(rank, 0, "sample 1 of 9");
    say(2, 0, "sample 2 of 9");
    for (const std::int32_t rank : {0, 1, 2}) end(rank, 0, Outcome::TimedOut, "hung");
    EXPECT_THAT(guilty(), IsEmpty());
}

TEST_F(GroupJobTest, WhereTheOthersHaveJustArrivedNobodyWaits) {
    group();
    patience_.waiting_s = 100;
    place_all();
    begin_all(0);
    for (const std::int32_t rank : {0, 1, 2}) say(rank, 0, "sample 1 of 9");
    for (const std::int32_t rank : {0, 2}) say(rank, 0, "sample 2 of 9");
    for (const std::int32_t rank : {0, 1, 2}) end(rank, 0, Outcome::TimedOut, "hung");
    EXPECT_THAT(guilty(), IsEmpty());
}

TEST_F(GroupJobTest, WhoDiesAfterOthersFailedIsStillSuspected) {
    group();
    place_all();
    begin_all(0);
    end(0, 0, Outcome::Failed, "connection reset");
    end(1, 0, Outcome::Failed, "connection reset");
    job_->rank_closed(2, std::nullopt);
    EXPECT_THAT(guilty(), ElementsAre(2));
}

TEST_F(GroupJobTest, WhatTheLauncherNamesIsAClue) {
    patience_.settle_s = kAtOnce;
    group();
    place_all();
    begin_all(0);
    for (const std::int32_t rank : {0, 1, 2}) job_->rank_closed(rank, std::nullopt);
    job_->nodes_named_lost({"n002"});
    EXPECT_THAT(guilty(), ElementsAre(1));
}

TEST_F(GroupJobTest, RanksThatDoNotComeUpAreAllSuspectedAndNoneIsGuilty) {
    patience_.start_s = kAtOnce;
    group();
    place(0);
    job_->tick();
    EXPECT_EQ(job_->state(), Job::State::Cut);
    EXPECT_THAT(suspects_of(job_->clues()), ElementsAre(1, 2));
    EXPECT_THAT(guilty(), IsEmpty());
    EXPECT_THAT(job_->problem(), HasSubstr("was not ready"));
    EXPECT_THAT(job_->held_endings(), IsEmpty());
}

TEST_F(GroupJobTest, AJobWithoutTasksIsDoneOnceAllAreUp) {
    group();
    tasks_.clear();
    new_job();
    place_all();
    EXPECT_EQ(job_->state(), Job::State::Done);
    EXPECT_THAT(job_->problem(), IsEmpty());
}

TEST_F(GroupJobTest, WhoTakesNoPartIsNotedInTheVariant) {
    without_ = {"n007"};
    group();
    place_all();
    begin(0, 0);
    report(0, record::Samples{0, 0, {1}, {}, {R"({"m": 3})", "", "", ""}});
    JournalReader journal{folder_.path() / "journal0"};
    std::string parameters;
    while (const auto record = journal.next()) {
        if (const auto* samples = std::get_if<record::Samples>(&*record)) {
            parameters = samples->variant.parameters;
        }
    }
    EXPECT_EQ(parameters, R"({"m":3,"without":["n007"]})");
}

}  // namespace
}  // namespace rackproof
