#include <gmock/gmock.h>

#include "runners/run_plan.hpp"
#include "tests/runners/job_fixture.hpp"

namespace rackproof {
namespace {

using test::kAtOnce;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SlowJobTest : public test::JobFixture {
  protected:
    void watched_group() {
        times_.emplace();
        group();
    }
    void trial(double trial_s) {
        trial_s_ = trial_s;
        group();
        tasks_.resize(1);
        new_job();
        place_all();
        for (const std::int32_t rank : {0, 1, 2}) begin(rank, 0);
    }
    void all_end(Outcome outcome) {
        for (const std::int32_t rank : {0, 1, 2}) end(rank, 0, outcome);
        job_->tick();
    }
    [[nodiscard]] std::size_t records_of_cells() const {
        JournalReader reader{folder_.path() / ("journal" + std::to_string(books_ - 1))};
        std::size_t count = 0;
        while (const auto record = reader.next()) {
            count += std::holds_alternative<record::CellBegun>(*record) ||
                     std::holds_alternative<record::Samples>(*record) ||
                     std::holds_alternative<record::RankEnded>(*record) ||
                     std::holds_alternative<record::CellEnded>(*record);
        }
        return count;
    }
};

TEST_F(SlowJobTest, IsToldOfOnceWhileItRunsWithWhatItsRanksSay) {
    patience_.slow_s = kAtOnce;
    watched_group();
    start_.manifest.cases[0].expected_s = 0;
    place_all();
    for (const std::int32_t rank : {0, 1, 2}) begin(rank, 0);
    for (const std::int32_t rank : {0, 2}) say(rank, 0, "sample 2 of 3");
    say(1, 0, "sample 1 of 3");
    job_->tick();
    job_->tick();
    const std::vector<Event> told = events_of("job_slow");
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0].severity, "warning");
    EXPECT_EQ(told[0].node, -1);  // it accuses nobody
    EXPECT_THAT(told[0].text, HasSubstr("job 1 is slow: a has run for"));
    EXPECT_THAT(told[0].text, HasSubstr("(its estimate)"));
    EXPECT_THAT(told[0].text, HasSubstr("'sample 1 of 3' for 0.0 s by n002;"));
    EXPECT_THAT(told[0].text, HasSubstr("by n001, n003"));
    sample(0, 0);
    all_end(Outcome::Completed);
    EXPECT_EQ(outcome(0), Outcome::Completed);
    ASSERT_THAT(job_->slow_tasks(), SizeIs(1));
    EXPECT_EQ(job_->slow_tasks()[0].task, &tasks_[0]);
}

TEST_F(SlowJobTest, WhatIsInTimeIsNotToldOf) {
    watched_group();
    place_all();
    for (const std::int32_t rank : {0, 1, 2}) begin(rank, 0);
    job_->tick();
    sample(0, 0);
    all_end(Outcome::Completed);
    EXPECT_THAT(events_of("job_slow"), IsEmpty());
    EXPECT_THAT(job_->slow_tasks(), IsEmpty());
}

TEST_F(SlowJobTest, WhatRanOutOfTimeWasSlow) {
    watched_group();
    place_all();
    for (const std::int32_t rank : {0, 1, 2}) begin(rank, 0);
    all_end(Outcome::TimedOut);
    ASSERT_THAT(job_->slow_tasks(), SizeIs(1));
    EXPECT_EQ(job_->slow_tasks()[0].seconds, 30);  // its deadline
    EXPECT_EQ(job_->slow_tasks()[0].bound_s, 10);
}

TEST_F(SlowJobTest, NothingOfATrialIsAResult) {
    trial(7);
    EXPECT_EQ(std::get<message::RunCell>(line_->sent[1].back()).deadline_s, 7);
    sample(0, 0);
    all_end(Outcome::Completed);
    EXPECT_EQ(job_->state(), Job::State::Done);
    job_->settle_accounts();
    EXPECT_EQ(job_->trial_end(), TrialEnd::InTime);
    EXPECT_FALSE(outcome(0));
    EXPECT_EQ(records_of_cells(), 0U);
}

TEST_F(SlowJobTest, ATrialThatIsOnlySomewhatFasterSaysNothing) {
    trial(1e-9);  // done within it, by the ranks' clocks
    sample(0, 0);
    all_end(Outcome::Completed);
    EXPECT_EQ(job_->trial_end(), TrialEnd::Unclear);
}

TEST_F(SlowJobTest, ATrialThatRunsOutOfItsTimeIsTooSlow) {
    trial(7);
    all_end(Outcome::TimedOut);
    job_->settle_accounts();
    EXPECT_EQ(job_->trial_end(), TrialEnd::TooSlow);
    EXPECT_FALSE(outcome(0));
}

TEST_F(SlowJobTest, ATrialThatFailsOrFallsSilentSaysNothing) {
    trial(7);
    all_end(Outcome::Failed);
    EXPECT_EQ(job_->trial_end(), TrialEnd::Unclear);
    patience_.heartbeat_s = kAtOnce;
    trial(7);
    job_->tick();
    EXPECT_EQ(job_->trial_end(), TrialEnd::Unclear);
}

TEST_F(SlowJobTest, ATrialWithoutANumberSaysNothing) {
    trial(7);
    all_end(Outcome::Completed);
    EXPECT_EQ(job_->trial_end(), TrialEnd::Unclear);
    trial(7);
    all_end(Outcome::Skipped);
    EXPECT_EQ(job_->trial_end(), TrialEnd::Unclear);
}

}  // namespace
}  // namespace rackproof
