#include "runners/slurm_state.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(SlurmState, StatesAndReasonsComeTogether) {
    EXPECT_THAT(slurm_nodes("n001|idle\nn002|drained\nn003|down*\n",
                            "n001|none\nn002|bad DIMM\nn003|Not responding\n"),
                ElementsAre(SlurmNode{"n001", "idle", ""}, SlurmNode{"n002", "drained", "bad DIMM"},
                            SlurmNode{"n003", "down*", "Not responding"}));
}

TEST(SlurmState, AReasonForgesNoState) {
    const auto nodes = slurm_nodes("n001|drained\nn002|drained\n",
                                   "n001|hot\nn002|idle\nn001|none\n\x1b[2J\nn002|cold\n");
    EXPECT_THAT(nodes, ElementsAre(SlurmNode{"n001", "drained", "hot"},
                                   SlurmNode{"n002", "drained",
                                             "idle n001|none \xEF\xBF\xBD[2J n002|cold"}));
}

TEST(SlurmState, ALongReasonIsCut) {
    const auto nodes = slurm_nodes("n1|down", "n1|" + std::string(5000, 'x'));
    EXPECT_LE(nodes.front().reason.size(), 203U);
}

TEST(SlurmState, ANodeWithoutAReasonHasNone) {
    EXPECT_EQ(slurm_nodes("n1|down\n", "").front().reason, "");
}

TEST(SlurmState, OtherLinesAreRefused) {
    for (const char* listing :
         {"n001", "n001|", "|idle", "n001|idle|x", "n0;1|idle", "sinfo: error: no", "n001|idle x",
          "n001|idle\n\n", "n001|idle\nn001|down"}) {
        EXPECT_THROW((void)slurm_nodes(listing, ""), Error) << listing;
    }
    EXPECT_EQ(slurm_nodes("n001|idle\nn001|idle\n", "").size(), 1U);
    EXPECT_TRUE(slurm_nodes("", "").empty());
}

TEST(SlurmState, WhatIsNotKnownToBeWellIsNotUsable) {
    for (const char* state : {"idle", "mixed", "allocated", "allocated+", "completing", "idle~",
                              "idle#", "idle-", "planned", "reserved"}) {
        EXPECT_TRUE(is_usable(state)) << state;
    }
    for (const char* state :
         {"drained", "draining", "drain", "down", "down*", "idle*", "fail", "failing", "maint",
          "idle$", "idle@", "idle!", "unknown", "future", "inval", "", "idled", "idle**", "Idle"}) {
        EXPECT_FALSE(is_usable(state)) << state;
    }
}

TEST(SlurmState, TheQueueIsReadByJob) {
    const auto jobs = queued_jobs("12|RUNNING|None\n13|PENDING|ReqNodeNotAvail, Unavail:n3\n");
    ASSERT_EQ(jobs.size(), 2U);
    EXPECT_EQ(jobs.at("12"), (QueuedJob{"RUNNING", "None"}));
    EXPECT_EQ(jobs.at("13").reason, "ReqNodeNotAvail, Unavail:n3");
    EXPECT_THROW((void)queued_jobs("slurm_load_jobs error: down"), Error);
    EXPECT_THROW((void)queued_jobs("12|RUNNING"), Error);
}

TEST(SlurmState, AJobOnItsWayOutIsToldFromOneThatGoesOn) {
    for (const char* state : {"COMPLETING", "PENDING", "REQUEUED", "CANCELLED", "PREEMPTED",
                              "TIMEOUT", "NODE_FAIL", "COMPLETED"}) {
        EXPECT_EQ(is_job_ending(state), true) << state;
    }
    for (const char* state :
         {"RUNNING", "RESIZING", "SUSPENDED", "STOPPED", "SIGNALING", "CONFIGURING"}) {
        EXPECT_EQ(is_job_ending(state), false) << state;
    }
    for (const char* state : {"", "ending", "running", "CLUSTER:"}) {
        EXPECT_EQ(is_job_ending(state), std::nullopt) << state;
    }
}

TEST(SlurmState, APartitionsNameIsPlain) {
    EXPECT_EQ(partition_name_problem("gpu_rack-1.b"), "");
    for (const char* name : {"", "-p", ".x", "a b", "a;b", "a,b", "$(x)", "a\nb"}) {
        EXPECT_THAT(partition_name_problem(name), HasSubstr("expected letters")) << name;
    }
}

TEST(SlurmState, ABadPartitionIsNeverAskedFor) {
    EXPECT_THROW((void)nodes_of_partition("a;b"), InputError);
}

}  // namespace
}  // namespace rackproof
