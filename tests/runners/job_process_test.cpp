#include "runners/job_process.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <thread>

#include "tests/runners/unreapable.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

class JobProcessTest : public testing::Test {
  protected:
    void start(const std::string& script, const EndPatience& patience) {
        process_.emplace(Command{{"/bin/sh", "-c", script}, {}}, folder_.path() / "log", patience);
    }
    void turn_until_gone() {
        while (!process_->is_gone()) {
            process_->drain();
            process_->turn();
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    }
    void wait_for(const std::string& words) {
        while (process_->words() != words) process_->drain();
    }

    test::ScratchFolder folder_;
    std::optional<JobProcess> process_;
};

TEST_F(JobProcessTest, EndsByItselfInPeace) {
    start("echo words", {1000, 1000});
    process_->let_quit();
    EXPECT_TRUE(process_->is_ending());
    turn_until_gone();
    EXPECT_EQ(process_->ending(), "exit status 0");
    EXPECT_EQ(process_->words(), "words");
}

TEST_F(JobProcessTest, WhatDoesNotQuitIsTerminated) {
    start("echo up; exec sleep 1000", {0, 1000});
    wait_for("up");
    process_->let_quit();
    turn_until_gone();
    EXPECT_EQ(process_->ending(), "killed by signal 15 (Terminated)");
    EXPECT_TRUE(process_->was_killed());
}

TEST_F(JobProcessTest, WhatIgnoresSigtermIsKilled) {
    start("trap '' TERM; echo up; while :; do sleep 0.01; done", {1000, 0.05});
    wait_for("up");
    process_->force_end();
    turn_until_gone();
    EXPECT_EQ(process_->ending(), "killed by signal 9 (Killed)");
}

TEST_F(JobProcessTest, WhatNothingCanEndIsWrittenOff) {
    start("echo up; exec sleep 1000", {1000, 0.05});
    wait_for("up");
    const test::Unreapable held{process_->pid()};
    if (!held.holds()) GTEST_SKIP() << "may not trace processes here";
    process_->force_end();
    turn_until_gone();
    EXPECT_EQ(process_->ending(), std::nullopt);
    process_.reset();  // waits for nobody
}

TEST_F(JobProcessTest, NothingHappensUntilItIsToEnd) {
    start("echo up; exec sleep 1000", {0, 0});
    wait_for("up");
    for (int i = 0; i < 10; ++i) process_->turn();
    EXPECT_FALSE(process_->is_ending());
    EXPECT_EQ(process_->ending(), std::nullopt);
}

TEST(JobLogName, HasTheJobsNumber) {
    EXPECT_EQ(job_log_name(7), "job-007.log");
    EXPECT_EQ(job_log_name(12345), "job-12345.log");
}

}  // namespace
}  // namespace rackproof
