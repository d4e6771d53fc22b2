#include "runners/allocation_watch.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "tests/runners/shell.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using test::shell;

/// Asks until there is an answer.
bool answer_of(AllocationWatch& watch, SteadyClock::time_point since) {
    while (true) {
        if (const std::optional<bool> answer = watch.ends(since)) return *answer;
        std::this_thread::sleep_for(seconds(0.002));
    }
}

TEST(AllocationWatch, WithoutAQuestionNothingEnds) {
    AllocationWatch watch;
    EXPECT_EQ(watch.ends(SteadyClock::now()), false);
    EXPECT_FALSE(watch.is_known_to_end());
}

TEST(AllocationWatch, TakesSlurmsWord) {
    AllocationWatch running{shell("echo RUNNING")};
    EXPECT_FALSE(answer_of(running, SteadyClock::now()));
    AllocationWatch requeued{shell("echo COMPLETING")};
    EXPECT_TRUE(answer_of(requeued, SteadyClock::now()));
    EXPECT_TRUE(requeued.is_known_to_end());
}

TEST(AllocationWatch, AnAnswerIsOfNoUseForWhatHappenedAfterTheQuestion) {
    const test::ScratchFolder folder;
    const std::filesystem::path state = folder.path() / "state";
    std::ofstream{state} << "RUNNING\n";
    AllocationWatch watch{shell("cat " + state.string())};
    const auto before = SteadyClock::now();
    EXPECT_FALSE(answer_of(watch, before));
    std::ofstream{state} << "COMPLETING\n";
    EXPECT_EQ(watch.ends(before), false) << "known already";
    const auto after = SteadyClock::now();
    EXPECT_EQ(watch.ends(after), std::nullopt);
    EXPECT_TRUE(answer_of(watch, after));
}

TEST(AllocationWatch, WhoCannotBeAskedIsTakenToGoOnAndLeftInPeace) {
    const test::ScratchFolder folder;
    const std::string asked = (folder.path() / "asked").string();
    AllocationWatch watch{shell("echo x >>" + asked + "; echo no controller >&2; exit 1")};
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(answer_of(watch, SteadyClock::now()));
    EXPECT_EQ(std::filesystem::file_size(asked), 2U);
    AllocationWatch missing{Command{{"/nowhere/squeue"}, {}}};
    EXPECT_FALSE(answer_of(missing, SteadyClock::now()));
}

}  // namespace
}  // namespace rackproof
