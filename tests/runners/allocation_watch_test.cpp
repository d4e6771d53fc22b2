#include "runners/allocation_watch.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "core/error.hpp"
#include "tests/runners/shell.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using test::shell;
using testing::HasSubstr;
using testing::IsEmpty;

AllocationQuestion asked_by(const std::string& script) { return {"7", shell(script)}; }

/// Asks until there is an answer.
bool answer_of(AllocationWatch& watch, SteadyClock::time_point since) {
    while (true) {
        if (const std::optional<bool> answer = watch.ends(since)) return *answer;
        std::this_thread::sleep_for(seconds(0.002));
    }
}

bool told(const std::string& printed) { return says_that_it_ends({"7", {}}, printed); }

TEST(AllocationQuestion, TheLineOfTheJobAloneCounts) {
    EXPECT_TRUE(told("7|COMPLETING\n"));
    EXPECT_FALSE(told("7|RUNNING\n"));
    EXPECT_TRUE(told("squeue: warning: a word first\n7|TIMEOUT   \n"));
    // Of an array: the tasks that wait are no matter of this one.
    EXPECT_FALSE(told("9|PENDING\n7|RUNNING\n77|CANCELLED\n"));
}

TEST(AllocationQuestion, WhatSaysNothingOfTheJobIsNoAnswer) {
    for (const char* printed : {"", "\n", "8|COMPLETING\n", "CLUSTER: a\n", "7|BUSY\n", "7\n",
                                "slurm_load_jobs error: Invalid job id specified\n"}) {
        EXPECT_THROW((void)told(printed), Error) << printed;
    }
}

TEST(AllocationWatch, WithoutAQuestionNothingEnds) {
    AllocationWatch watch;
    EXPECT_EQ(watch.ends(SteadyClock::now()), false);
    EXPECT_FALSE(watch.is_known_to_end());
    EXPECT_THAT(watch.take_complaint(), IsEmpty());
}

TEST(AllocationWatch, TakesSlurmsWord) {
    AllocationWatch running{asked_by("echo '7|RUNNING'")};
    EXPECT_FALSE(answer_of(running, SteadyClock::now()));
    AllocationWatch requeued{asked_by("echo '7|COMPLETING'")};
    EXPECT_TRUE(answer_of(requeued, SteadyClock::now()));
    EXPECT_TRUE(requeued.is_known_to_end());
}

TEST(AllocationWatch, AnAnswerIsOfNoUseForWhatHappenedAfterTheQuestion) {
    const test::ScratchFolder folder;
    const std::filesystem::path state = folder / "state";
    std::ofstream{state} << "7|RUNNING\n";
    AllocationWatch watch{asked_by("cat " + state.string())};
    const auto before = SteadyClock::now();
    EXPECT_FALSE(answer_of(watch, before));
    std::ofstream{state} << "7|COMPLETING\n";
    EXPECT_EQ(watch.ends(before), false) << "known already";
    const auto after = SteadyClock::now();
    EXPECT_EQ(watch.ends(after), std::nullopt);
    EXPECT_TRUE(answer_of(watch, after));
}

TEST(AllocationWatch, WhoCannotBeAskedIsTakenToGoOnAndLeftInPeace) {
    const test::ScratchFolder folder;
    const std::string asked = (folder / "asked").string();
    AllocationWatch watch{asked_by("echo x >>" + asked + "; echo no controller >&2; exit 1")};
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(answer_of(watch, SteadyClock::now()));
    EXPECT_EQ(std::filesystem::file_size(asked), 2U);
    EXPECT_THAT(watch.take_complaint(), HasSubstr("no controller"));
    EXPECT_THAT(watch.take_complaint(), IsEmpty()) << "it is told once";
    AllocationWatch missing{AllocationQuestion{"7", {{"/nowhere/squeue"}, {}}}};
    EXPECT_FALSE(answer_of(missing, SteadyClock::now()));
}

TEST(AllocationWatch, WhoDoesNotAnswerInTimeIsTakenToGoOn) {
    AllocationWatch watch{asked_by("sleep 1000"), 0.05};
    EXPECT_FALSE(answer_of(watch, SteadyClock::now()));
    EXPECT_THAT(watch.take_complaint(), HasSubstr("did not end in time"));
}

}  // namespace
}  // namespace rackproof
