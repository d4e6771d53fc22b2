#include "runners/job_pool.hpp"

#include <gmock/gmock.h>

#include "core/version.hpp"
#include "runners/worker.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/runners/scripted_worker.hpp"
#include "tests/runners/thread_launcher.hpp"
#include "tests/runners/unreapable.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// Two nodes with one device each, a case of the device; jobs without tasks are enough here.
class JobPoolTest : public testing::Test {
  protected:
    JobPoolTest() {
        around_.launcher = &launcher_;
        around_.channel = &channel_;
        around_.allocation = &allocation_;
        around_.book = &book_;
        around_.executable = "/bin/false";
        around_.logs = folder_.path();
        around_.environment[kSecretVariable] = secret_.hex();
        around_.patience.quit_s = 0;
        around_.on_refused = [](const std::string&) {};
    }
    static JobPlan probe(std::int32_t job, std::int32_t device) {
        JobPlan plan;
        plan.job = job;
        plan.devices = {device};
        return plan;
    }
    std::unique_ptr<JobRun> next_finished() {
        while (finished_.empty()) finished_ = pool_.turn(20);  // both, it may be
        std::unique_ptr<JobRun> run = std::move(finished_.back());
        finished_.pop_back();
        return run;
    }

    test::ScratchFolder folder_;
    test::ScriptedSuite suite_;
    test::ScriptedClock clock_;
    std::atomic<int> left_{-1};
    test::ThreadLauncher launcher_{test::scripted_parts(suite_, clock_, left_)};
    record::RunStarted start_ =
        test::sample_fleet_start(2, 1, {test::sample_case("a", 0, Scope::Device)});
    RunBook book_{start_, folder_.path() / "journal"};
    Secret secret_ = Secret::random();
    BackChannel channel_{"127.0.0.1", secret_, kVersion};
    AllocationWatch allocation_;
    JobSurroundings around_;
    JobPool pool_{around_};
    std::vector<std::unique_ptr<JobRun>> finished_;
};

TEST_F(JobPoolTest, EachJobHearsItsOwnRanks) {
    (void)pool_.start(probe(4, 0));
    (void)pool_.start(probe(5, 1));
    EXPECT_EQ(pool_.size(), 2U);
    for (int i = 0; i < 2; ++i) {
        const std::unique_ptr<JobRun> run = next_finished();
        EXPECT_EQ(run->job().state(), Job::State::Done);
        EXPECT_THAT(run->job().problem(), IsEmpty());
    }
    EXPECT_EQ(pool_.size(), 0U);
}

TEST_F(JobPoolTest, ANodeWhoseLauncherNothingCanEndIsHeld) {
    around_.patience.term_s = 0.05;
    const JobRun& started = pool_.start(probe(4, 0));
    const test::Unreapable held{started.launcher_pid()};
    if (!held.holds()) GTEST_SKIP() << "may not trace processes here";
    const std::unique_ptr<JobRun> run = next_finished();
    const auto nodes = run->held_nodes();
    ASSERT_EQ(nodes.size(), 1U);
    EXPECT_EQ(nodes.begin()->first, 0);
    EXPECT_THAT(nodes.begin()->second, HasSubstr("could not be ended and was written off"));
}

TEST_F(JobPoolTest, AJobThatPrintsRubbishAndDiesCostsTheOtherNothing) {
    launcher_.dead_hosts = {"n001"};
    launcher_.dead_program = {"/bin/sh", "-c",
                              "echo begin; head -c 10000000 /dev/urandom; echo; echo end; exit 9"};
    (void)pool_.start(probe(4, 0));
    (void)pool_.start(probe(5, 1));
    for (int i = 0; i < 2; ++i) {
        const std::unique_ptr<JobRun> run = next_finished();
        if (run->number() == 5) {
            EXPECT_THAT(run->job().problem(), IsEmpty());
        } else {
            EXPECT_THAT(run->job().problem(), HasSubstr("did not start"));
            EXPECT_FALSE(run->job().was_reached());
            EXPECT_THAT(run->job().launcher_words(), testing::StartsWith("begin"));
            EXPECT_THAT(run->job().launcher_words(), testing::EndsWith("end"));
        }
    }
    EXPECT_LT(std::filesystem::file_size(folder_.path() / "job-004.log"), 1'100'000U);
}

TEST_F(JobPoolTest, AStopEndsThemAll) {
    launcher_.dead_hosts = {"n001", "n002"};
    launcher_.dead_program = {"/bin/sleep", "1000"};
    (void)pool_.start(probe(4, 0));
    (void)pool_.start(probe(5, 1));
    pool_.stop();
    EXPECT_EQ(pool_.size(), 0U);
}

}  // namespace
}  // namespace rackproof
