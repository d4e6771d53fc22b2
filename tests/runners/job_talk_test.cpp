#include <gmock/gmock.h>

#include "core/event_codes.hpp"
#include "runners/run_plan.hpp"
#include "tests/runners/job_fixture.hpp"

namespace rackproof {
namespace {

using test::kAtOnce;
using testing::ElementsAre;
using testing::HasSubstr;

using TalkingJobTest = test::JobFixture;

TEST_F(TalkingJobTest, ANodesCellEndsWithItsLastRank) {
    talking();
    place_both();
    EXPECT_TRUE(std::get<message::Welcome>(line_->sent[0].at(0)).communicates);
    complete(0, 0);
    EXPECT_FALSE(outcome(0));
    begin(1, 0);
    end(1, 0);
    EXPECT_EQ(outcome(0), Outcome::Completed);
    job_->tick();
    EXPECT_THAT(line_->orders(1), ElementsAre(0, 1));
}

TEST_F(TalkingJobTest, OnlyTheFirstRankMaySendANodesSamples) {
    talking();
    place_both();
    begin(1, 0);
    sample(1, 0);
    EXPECT_THAT(line_->given_up, ElementsAre(1));
}

TEST_F(TalkingJobTest, ADeathInATalkingJobNamesTheRankAndCutsTheJob) {
    patience_.settle_s = kAtOnce;
    talking();
    place_both();
    begin(0, 0);
    begin(1, 0);
    job_->rank_closed(1, std::nullopt);
    job_->tick();
    EXPECT_EQ(outcome(0), Outcome::Lost);
    EXPECT_THAT(reason(0), HasSubstr("rank 1 (device 1 of n001)"));
    EXPECT_EQ(job_->state(), Job::State::Cut);
    EXPECT_FALSE(outcome(1));
}

TEST_F(TalkingJobTest, ATalkingRankThatDiesWithItsPartDoneCostsTheCellAllTheSame) {
    patience_.settle_s = kAtOnce;
    talking();
    place_both();
    complete(0, 0);
    begin(1, 0);
    job_->rank_closed(0, std::nullopt);
    job_->tick();
    EXPECT_EQ(outcome(0), Outcome::Lost);
    EXPECT_THAT(reason(0), HasSubstr("rank 0"));
    EXPECT_EQ(job_->state(), Job::State::Cut);
}

TEST_F(TalkingJobTest, NonsenseFromATalkingRankCutsTheJob) {
    talking();
    place_both();
    complete(0, 0);
    begin(1, 0);
    sample(0, 0);  // behind its end
    EXPECT_EQ(outcome(0), Outcome::Lost);
    EXPECT_THAT(reason(0), HasSubstr("rank 0 (device 0 of n001) is written off"));
    EXPECT_EQ(job_->state(), Job::State::Cut);
}

TEST_F(TalkingJobTest, AWrongAnswerOnOneRankIsTheNodesAndTheOthersAreNotWaitedFor) {
    patience_.cut_s = kAtOnce;
    talking();
    place_both();
    begin(0, 0);
    begin(1, 0);
    end(1, 0, Outcome::WrongAnswer, "element 3");
    EXPECT_FALSE(outcome(0));
    job_->tick();
    EXPECT_EQ(outcome(0), Outcome::WrongAnswer);
    EXPECT_THAT(reason(0), HasSubstr("rank 1 (device 1 of n001): element 3"));
    EXPECT_EQ(job_->state(), Job::State::Cut);
}

TEST_F(TalkingJobTest, WhoDiesAfterAnothersFailureIsAVictim) {
    patience_.settle_s = kAtOnce;
    talking();
    place_both();
    begin(0, 0);
    begin(1, 0);
    end(0, 0, Outcome::Failed, "threw");
    job_->rank_closed(1, std::nullopt);
    job_->tick();
    EXPECT_EQ(outcome(0), Outcome::Failed);
    EXPECT_THAT(reason(0), HasSubstr("threw"));
}

TEST_F(TalkingJobTest, WhoseSignalCameFirstIsNoVictimOfTheErrorsThatFollowed) {
    talking();
    place_both();
    begin(0, 0);
    begin(1, 0);
    job_->rank_said(1, message::Dying{11});
    job_->rank_closed(1, std::nullopt);
    end(0, 0, Outcome::Failed, "its peer has gone");
    job_->tick();
    EXPECT_THAT(reason(0), HasSubstr("rank 1 (device 1 of n001): its process died of signal 11"));
    EXPECT_EQ(job_->state(), Job::State::Cut);
}

TEST_F(TalkingJobTest, ATalkingJobIsNotTrustedAfterAFailure) {
    talking();
    place_both();
    for (const std::int32_t rank : {0, 1}) {
        begin(rank, 0);
        end(rank, 0, Outcome::Failed, "both threw");
    }
    job_->tick();
    EXPECT_EQ(outcome(0), Outcome::Failed);
    EXPECT_EQ(job_->state(), Job::State::Cut);
}

TEST_F(TalkingJobTest, OfANodesRanksTheOneThatNeverEnteredIsTold) {
    patience_.waiting_s = 0;
    talking();
    place_both();
    for (const std::int32_t rank : {0, 1}) {
        begin(rank, 0);
        say(rank, 0, "warm-up 1 of 1");
    }
    say(0, 0, "sample 1 of 9");
    for (const std::int32_t rank : {0, 1}) end(rank, 0, Outcome::TimedOut, "hung");
    job_->settle_accounts();
    std::vector<Event> told;
    for (const Event& event : run_from_journal(folder_.path() / "journal0").events) {
        if (event.code == event_code::kNeverEntered) told.push_back(event);
    }
    ASSERT_THAT(told, testing::SizeIs(1));
    EXPECT_EQ(told[0].device, 1);
    EXPECT_THAT(told[0].text, HasSubstr("rank 1 (device 1 of n001) never entered 'sample 1 of 9'"));
}

TEST_F(TalkingJobTest, RanksThatAllSkipAreInStepStill) {
    talking();
    place_both();
    for (const std::int32_t rank : {0, 1}) {
        begin(rank, 0);
        end(rank, 0, Outcome::Skipped, "needs 3 ranks");
    }
    job_->tick();
    EXPECT_EQ(outcome(0), Outcome::Skipped);
    EXPECT_EQ(job_->state(), Job::State::Running);
    EXPECT_THAT(line_->orders(0), ElementsAre(0, 1));
}

}  // namespace
}  // namespace rackproof
