#include "runners/job.hpp"

#include <gmock/gmock.h>

#include "suites/suite.hpp"
#include "tests/runners/job_fixture.hpp"

namespace rackproof {
namespace {

using test::kAtOnce;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using JobTest = test::JobFixture;

TEST_F(JobTest, NothingBeginsBeforeAllRanksAreReady) {
    devices();
    place(0);
    join(1);
    job_->tick();
    EXPECT_THAT(line_->orders(0), IsEmpty());
    EXPECT_TRUE(std::holds_alternative<message::Welcome>(line_->sent[1].at(0)));
    report(1, record::RankPlaced{1, 1, 1, 101, "n001", "1"});
    job_->tick();
    EXPECT_THAT(line_->orders(0), ElementsAre(0));
    EXPECT_THAT(line_->orders(1), ElementsAre(1));
}

TEST_F(JobTest, WelcomesSayWhoIsWho) {
    devices();
    place_both();
    const auto& second = std::get<message::Welcome>(line_->sent[1].at(0));
    EXPECT_EQ(second.device, 1);
    EXPECT_EQ(second.device_index, 1);
    EXPECT_FALSE(second.communicates);
}

TEST_F(JobTest, AnOrderCarriesWhatTheSkuHasCalibrated) {
    Parameters product;
    for (const char* edge : {"size", "m", "n", "k"}) product.set(edge, std::int64_t{0});
    product.set("device", std::string{"cpu"});
    product.set("precision", std::string{"fp64"});
    std::vector<CaseSpec> cases{test::sample_case("c", 0, Scope::Device),
                                test::sample_case("p", 1, Scope::Device)};
    for (CaseSpec& spec : cases) spec.parameters = product;
    cases[0].suite = "calibration";
    cases[1].stage = stage_ = 1;
    cases[1].parameters.set("algorithm", std::string{"calibrated"});
    plan(cases, false, 0);
    for (const std::int32_t cell : {0, 1}) {
        book_->write(
            record::Samples{cell, 0, {1}, {}, {R"({"chosen":"tile 7"})", "", "lib 2", ""}});
        book_->end_cell(cell, 0, {});
    }
    place_both();
    for (const std::int32_t rank : {0, 1}) {
        const auto& order = std::get<message::RunCell>(line_->sent[rank].back());
        ASSERT_EQ(order.cells.size(), 1U);
        EXPECT_EQ(order.cells[0].cell, 2 + rank);
        EXPECT_THAT(order.cells[0].spec.parameters.texts("pinned"), ElementsAre("lib 2: tile 7"));
    }
    EXPECT_FALSE(book_->manifest().cases[1].parameters.has("pinned")) << "what was planned stays";
}

TEST_F(JobTest, RanksGoInLockstepToTheEnd) {
    devices();
    place_both();
    complete(0, 0);
    job_->tick();
    EXPECT_THAT(line_->orders(0), ElementsAre(0));  // rank 1 is not done yet
    complete(1, 1);
    job_->tick();
    EXPECT_THAT(line_->orders(0), ElementsAre(0, 2));
    EXPECT_THAT(line_->orders(1), ElementsAre(1, 3));
    complete(0, 2);
    complete(1, 3);
    job_->tick();
    EXPECT_EQ(job_->state(), Job::State::Done);
    for (std::int32_t cell = 0; cell < 4; ++cell) EXPECT_EQ(outcome(cell), Outcome::Completed);
}

TEST_F(JobTest, ADeathCostsItsOwnCellAndTheOthersGoOn) {
    patience_.settle_s = kAtOnce;
    devices();
    place_both();
    begin(1, 1);
    job_->rank_said(1, message::Heartbeat{"multiply"});
    job_->rank_closed(1, std::nullopt);
    job_->tick();
    EXPECT_EQ(outcome(1), Outcome::Lost);
    EXPECT_THAT(reason(1), HasSubstr("rank 1 (device 1 of n001)"));
    EXPECT_THAT(reason(1), HasSubstr("last words: multiply"));
    complete(0, 0);
    job_->tick();
    complete(0, 2);
    job_->tick();
    EXPECT_EQ(job_->state(), Job::State::Done);
    EXPECT_FALSE(outcome(3));  // the dead rank's next cell stays open
    job_->settle_accounts();
    EXPECT_FALSE(outcome(3));
}

TEST_F(JobTest, ADyingWordNamesTheSignal) {
    devices();
    place_both();
    begin(0, 0);
    job_->rank_said(0, message::Dying{11});
    job_->rank_closed(0, std::nullopt);
    job_->tick();
    EXPECT_EQ(outcome(0), Outcome::Lost);
    EXPECT_THAT(reason(0), HasSubstr("signal 11 (Segmentation fault)"));
}

TEST_F(JobTest, ADeathWaitsForTheLaunchersWord) {
    devices();
    place_both();
    begin(0, 0);
    job_->rank_closed(0, std::nullopt);
    job_->tick();
    EXPECT_FALSE(outcome(0));  // whose fault it was is not clear yet
    job_->launcher_ended(Job::LauncherEnd::ByItself, "words");
    job_->tick();
    EXPECT_EQ(outcome(0), Outcome::Lost);
}

TEST_F(JobTest, WhoDiesWithAKilledLauncherGoesAgain) {
    devices();
    place_both();
    begin(0, 0);
    begin(1, 1);
    job_->rank_closed(0, std::nullopt);
    job_->rank_closed(1, std::nullopt);
    job_->launcher_ended(Job::LauncherEnd::Killed, "");
    job_->tick();
    EXPECT_EQ(job_->state(), Job::State::Cut);
    EXPECT_FALSE(outcome(0));
    EXPECT_EQ(tasks_[0].cut_off, 1);
}

TEST_F(JobTest, ARankThatDiesBeforeItsCellBeganCostsNothing) {
    patience_.settle_s = kAtOnce;
    devices();
    place_both();
    job_->rank_closed(0, std::nullopt);
    job_->tick();
    EXPECT_FALSE(outcome(0));
    EXPECT_EQ(tasks_[0].cut_off, 1);
}

TEST_F(JobTest, JobsThatAlwaysDieLoseTheirCellsInTheEnd) {
    patience_.settle_s = kAtOnce;
    devices();
    for (int i = 0; i < 4; ++i) {
        EXPECT_FALSE(outcome(0)) << i;
        new_job();
        place(0);
        place(1);
        job_->rank_closed(0, std::nullopt);
        job_->rank_closed(1, std::nullopt);
        job_->tick();
        job_->settle_accounts();
    }
    for (std::int32_t cell = 0; cell < 4; ++cell) EXPECT_EQ(outcome(cell), Outcome::Lost);
    EXPECT_THAT(reason(0), HasSubstr("its job ended under it"));
}

TEST_F(JobTest, ASilentRankIsTimedOutAndKilled) {
    devices();
    place_both();
    begin(0, 0);
    job_->rank_said(0, message::Heartbeat{"multiply"});
    complete(1, 1);
    patience_.heartbeat_s = kAtOnce;
    job_->tick();
    EXPECT_EQ(outcome(0), Outcome::TimedOut);
    EXPECT_THAT(reason(0), HasSubstr("silent for"));
    EXPECT_THAT(reason(0), HasSubstr("multiply"));
    EXPECT_THAT(line_->given_up, ElementsAre(0, 1));
    EXPECT_EQ(outcome(1), Outcome::Completed);  // it had done its part
    EXPECT_FALSE(outcome(3));
}

TEST_F(JobTest, ARankThatOutlivesItsDeadlineIsTimedOut) {
    patience_.grace_s = -1000;  // the case's 30 s and this have passed at once
    devices();
    place_both();
    begin(0, 0);
    job_->rank_said(0, message::Heartbeat{"multiply for ever"});
    job_->tick();
    EXPECT_EQ(outcome(0), Outcome::TimedOut);
    EXPECT_THAT(reason(0), HasSubstr("not done within 30 s"));
    EXPECT_THAT(reason(0), HasSubstr("multiply for ever"));
    EXPECT_THAT(line_->given_up, testing::Contains(0));
    EXPECT_FALSE(outcome(1));  // rank 1 had not begun
}

TEST_F(JobTest, AWatchdogsTimeOutTakesTheRankOutOfTheJob) {
    devices();
    place_both();
    begin(0, 0);
    end(0, 0, Outcome::TimedOut, "hung");
    complete(1, 1);
    job_->tick();
    EXPECT_EQ(outcome(0), Outcome::TimedOut);
    EXPECT_THAT(line_->given_up, ElementsAre(0));
    EXPECT_THAT(line_->orders(0), ElementsAre(0));  // no further work for a dying process
    EXPECT_THAT(line_->orders(1), ElementsAre(1, 3));
}

TEST_F(JobTest, RanksThatDoNotStartLoseTheirCellsTheSecondTime) {
    patience_.start_s = kAtOnce;
    devices();
    place(0);
    job_->launcher_ended(Job::LauncherEnd::ByItself, "no such file");
    job_->tick();
    EXPECT_FALSE(outcome(1));
    new_job();
    place(0);
    job_->launcher_ended(Job::LauncherEnd::ByItself, "no such file");
    job_->tick();
    EXPECT_EQ(outcome(1), Outcome::Lost);
    EXPECT_EQ(outcome(3), Outcome::Lost);
    EXPECT_THAT(reason(1), HasSubstr("the launcher: no such file"));
    EXPECT_FALSE(outcome(0));
}

TEST_F(JobTest, RanksThatShareCoresAreTold) {
    devices();
    for (const std::int32_t rank : {0, 1}) {
        join(rank);
        report(rank, record::RankPlaced{1, rank, rank, 100 + rank, host_of(rank), "2-3"});
    }
    const std::vector<Event> told = events_of("binding");
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].severity, "error");
    EXPECT_EQ(told[0].device, 1);
    EXPECT_THAT(told[0].text, HasSubstr("rank 0 share cores: 2-3"));
}

TEST_F(JobTest, GpusThatAreLedThroughOneCardAreTold) {
    devices();
    const auto placed = [&](std::int32_t rank, const std::string& nearest) {
        join(rank);
        record::RankPlaced place{1, rank, rank, 100 + rank, host_of(rank), ""};
        place.nics = {{nearest}, {{"NCCL_IB_HCA", {"mlx5_0"}}}};
        report(rank, place);
    };
    placed(0, "mlx5_0");
    placed(1, "mlx5_1");
    EXPECT_THAT(events_of("binding"), IsEmpty()) << "CPUs may share a card";
    for (Device& device : start_.manifest.devices) device.kind = "gpu";
    book_.emplace(start_, folder_.path() / ("journal" + std::to_string(books_++)));
    new_job();
    placed(0, "mlx5_0");
    EXPECT_THAT(events_of("binding"), IsEmpty());
    placed(1, "mlx5_1");
    const std::vector<Event> told = events_of("binding");
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].node, 0);
    EXPECT_EQ(told[0].device, -1);
    EXPECT_THAT(told[0].text, HasSubstr("NCCL_IB_HCA pins all 2 ranks of this node to mlx5_0"));
}

TEST_F(JobTest, ARankThatSaysItIsElsewhereIsTold) {
    devices();
    join(0);
    report(0, record::RankPlaced{1, 0, 0, 100, "n002", "0"});
    const std::vector<Event> told = events_of("binding");
    ASSERT_EQ(told.size(), 1U);
    EXPECT_THAT(told[0].text, HasSubstr("says that it is on n002"));
}

TEST_F(JobTest, NonsenseIsRefusedAndCostsTheRank) {
    const std::vector<record::Record> nonsense{
        record::Samples{3, 0, {1}, {}, {}},                        // of a cell that it is not at
        record::Samples{0, 0, {1}, {}, {}},                        // of another rank's
        record::Samples{1, 1, {1}, {}, {}},                        // of another attempt
        record::Samples{1, 0, {kNoValue}, {}, {}},                 // no number
        record::Samples{1, 0, {1, 2, 3, 4}, {}, {}},               // too many
        record::RankEnded{1, 0, 0, Outcome::Completed, "", 0, 0},  // in another's name
        record::RankEnded{1, 0, 1, Outcome::Lost, "", 0, 0},
        record::CellEnded{1, 0, Outcome::Completed, "", 0},
        record::RunFinished{"", true}};
    for (const record::Record& record : nonsense) {
        devices();
        place_both();
        begin(1, 1);
        report(1, record);
        EXPECT_EQ(outcome(1), Outcome::Lost) << record.index();
        EXPECT_THAT(reason(1), HasSubstr("written off"));
        EXPECT_THAT(line_->given_up, ElementsAre(1));
        complete(0, 0);
        EXPECT_EQ(outcome(0), Outcome::Completed);
    }
}

TEST_F(JobTest, ACellEndsOnceAndItsRecordsWithIt) {
    devices();
    place_both();
    complete(0, 0);
    sample(0, 0);  // behind its end
    EXPECT_THAT(line_->given_up, ElementsAre(0));
    EXPECT_EQ(outcome(0), Outcome::Completed);
}

TEST_F(JobTest, CompletedWithoutSamplesIsFailed) {
    devices();
    place_both();
    begin(0, 0);
    end(0, 0);
    EXPECT_EQ(outcome(0), Outcome::Failed);
    EXPECT_THAT(reason(0), HasSubstr("no number"));
}

TEST_F(JobTest, GarbageAndASecondHelloAreRefusedToo) {
    devices();
    place_both();
    job_->rank_said(0, message::Report{"garbage"});
    job_->rank_said(1, message::Hello{});
    EXPECT_THAT(line_->given_up, ElementsAre(0, 1));
}

TEST_F(JobTest, ARetestIsOfItsOwnAttempt) {
    devices(1);
    place_both();
    EXPECT_EQ(std::get<message::RunCell>(line_->sent[0].at(1)).attempt, 1);
    begin(0, 0, 1);
    report(0, record::Samples{0, 1, {1}, {}, {}});
    report(0, record::RankEnded{0, 1, 0, Outcome::Completed, "", 0, 0});
    EXPECT_EQ(outcome(0), Outcome::Completed);
    EXPECT_TRUE(book_->has_ended(0, 1));
}

TEST_F(JobTest, SaysWhatIsRunning) {
    devices();
    place_both();
    job_->rank_said(0, message::Heartbeat{"multi\nply"});
    ASSERT_THAT(job_->running(), SizeIs(2));
    EXPECT_THAT(job_->running()[0], testing::StartsWith("0 a: multi"));
    EXPECT_THAT(job_->running()[0], testing::Not(HasSubstr("\n")));
}

TEST_F(JobTest, AskedToStopItFinishesItsStepAndBeginsNoOther) {
    devices();
    place_both();
    begin(0, 0);
    job_->finish_step();
    job_->tick();
    EXPECT_EQ(job_->state(), Job::State::Running);
    complete(0, 0);
    complete(1, 1);
    job_->tick();
    EXPECT_EQ(job_->state(), Job::State::Done);
    EXPECT_EQ(outcome(0), Outcome::Completed);
    EXPECT_EQ(outcome(1), Outcome::Completed);
    EXPECT_EQ(outcome(2), std::nullopt);
    EXPECT_THAT(line_->orders(0), testing::ElementsAre(0));
}

TEST_F(JobTest, AskedToStopItWaitsForNobodyWhoHasNotComeYet) {
    devices();
    place(0);
    job_->finish_step();
    job_->tick();
    EXPECT_EQ(job_->state(), Job::State::Cut);
    EXPECT_EQ(outcome(0), std::nullopt);
}

/// A suite whose cut off runs go on.
class BurninJobTest : public JobTest {
  protected:
    void burnin() {
        CaseSpec spec = test::sample_case("a", 0, Scope::Device);
        spec.suite = "burnin";
        plan({spec}, false, 0);
        place_both();
    }
};

TEST_F(BurninJobTest, AnOrderSaysWhatStands) {
    burnin();
    begin(0, 0);
    report(0, record::Samples{0, 0, {1, 2}, {}, {}});
    new_job();
    place_both();
    const auto* order = std::get_if<message::RunCell>(&line_->sent[0].back());
    ASSERT_NE(order, nullptr);
    EXPECT_EQ(recorded_count(order->cells.front().spec, "a"), 2);
    EXPECT_EQ(last_recorded(order->cells.front().spec, "a"), 2);
}

TEST_F(BurninJobTest, PartsThatComeToTooMuchAreRefused) {
    burnin();
    begin(0, 0);
    report(0, record::Samples{0, 0, {1, 2}, {}, {}});
    EXPECT_THAT(line_->given_up, testing::IsEmpty());
    report(0, record::Samples{0, 0, {3, 4}, {}, {}});
    EXPECT_THAT(line_->given_up, testing::ElementsAre(0));
}

}  // namespace
}  // namespace rackproof
