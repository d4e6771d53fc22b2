#include "runners/child_process.hpp"

#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "core/error.hpp"
#include "runners/job_log.hpp"
#include "tests/runners/shell.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using test::shell;
using ::testing::HasSubstr;

/// Everything that the child prints, until nobody holds its output any more.
std::string output_of(const ChildProcess& child) {
    std::string text;
    std::array<char, 4096> piece{};
    while (true) {
        pollfd ready{child.output(), POLLIN, 0};
        (void)::poll(&ready, 1, -1);
        const ssize_t count = ::read(child.output(), piece.data(), piece.size());
        if (count <= 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
}

std::string ending_of(ChildProcess& child) {
    while (!child.ending()) ::usleep(1000);
    return *child.ending();
}

TEST(ChildProcessTest, RunsWithItsArgumentsAndEnvironment) {
    ChildProcess child{{{"/bin/sh", "-c", "echo \"$1 $RACKPROOF_TEST\" >&2", "sh", "a  b;c"},
                        {{"RACKPROOF_TEST", "from the environment"}}}};
    EXPECT_EQ(output_of(child), "a  b;c from the environment\n");
    EXPECT_EQ(ending_of(child), "exit status 0");
    EXPECT_FALSE(child.was_killed());
}

TEST(ChildProcessTest, DoesNotInheritWhatItIsToGoWithout) {
    ::setenv("RACKPROOF_TEST", "ours", 1);
    ::setenv("RACKPROOF_TEST_TOO", "ours", 1);
    ChildProcess child{{{"/bin/sh", "-c", "echo \"${RACKPROOF_TEST-none} $RACKPROOF_TEST_TOO\""},
                        {},
                        {"RACKPROOF_TEST", "RACKPROOF_NOT_SET"}}};
    EXPECT_EQ(output_of(child), "none ours\n");
}

TEST(ChildProcessTest, SaysHowItEnded) {
    ChildProcess seven{shell("exit 7")};
    EXPECT_EQ(ending_of(seven), "exit status 7");
    ChildProcess killed{shell("kill -9 $$")};
    EXPECT_EQ(ending_of(killed), "killed by signal 9 (Killed)");
    EXPECT_TRUE(killed.was_killed());
}

TEST(ChildProcessTest, ItsInputIsEmpty) {
    ChildProcess child{{{"/bin/cat"}, {}}};
    EXPECT_EQ(output_of(child), "");
    EXPECT_EQ(ending_of(child), "exit status 0");
}

TEST(ChildProcessTest, AProgramThatIsNotThereIsAnError) {
    try {
        const ChildProcess child{{{"/nowhere/mpirun"}, {}}};
        ADD_FAILURE() << "no error";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("start /nowhere/mpirun: No such file"));
    }
}

TEST(ChildProcessTest, ASignalReachesItsWholeGroup) {
    ChildProcess child{shell("sleep 1000 & echo started; wait")};
    pollfd ready{child.output(), POLLIN, 0};
    (void)::poll(&ready, 1, -1);
    child.signal_group(SIGKILL);
    EXPECT_EQ(output_of(child), "started\n");  // and its end: the sleep is gone too
    EXPECT_TRUE(ending_of(child).starts_with("killed by signal 9"));
}

TEST(ChildProcessTest, IsKilledAndReapedWithItsOwner) {
    pid_t pid = 0;
    {
        const ChildProcess child{shell("exec sleep 1000")};
        pid = child.pid();
        EXPECT_EQ(::kill(pid, 0), 0);
    }
    EXPECT_NE(::kill(pid, 0), 0);
}

TEST(ProcessHandleTest, KillsADescendantOnly) {
    ChildProcess child{shell("sleep 1000 & echo $!; wait; echo woken")};
    std::array<char, 64> text{};
    pollfd ready{child.output(), POLLIN, 0};
    (void)::poll(&ready, 1, -1);
    ASSERT_GT(::read(child.output(), text.data(), text.size() - 1), 0);
    const pid_t grandchild = std::stoi(text.data());

    EXPECT_FALSE(ProcessHandle::of_descendant(::getppid(), child.pid()));
    EXPECT_FALSE(ProcessHandle::of_descendant(::getpid(), child.pid()));
    EXPECT_FALSE(ProcessHandle::of_descendant(1, child.pid()));
    EXPECT_FALSE(ProcessHandle::of_descendant(-5, child.pid()));
    const ProcessHandle handle = ProcessHandle::of_descendant(grandchild, child.pid());
    ASSERT_TRUE(handle);
    handle.kill();
    EXPECT_EQ(output_of(child), "woken\n");
}

class JobLogTest : public testing::Test {
  protected:
    [[nodiscard]] std::string text() const {
        std::ifstream file{path_, std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    static void drain(JobLog& log, const ChildProcess& child) {
        pollfd ready{child.output(), POLLIN, 0};
        do {
            (void)::poll(&ready, 1, -1);
        } while (log.drain(child.output()));
    }
    test::ScratchFolder folder_;
    std::filesystem::path path_ = folder_.path() / "job-000.log";
};

TEST_F(JobLogTest, KeepsWhatIsPrintedAndItsLastWords) {
    {
        JobLog log{path_};
        EXPECT_EQ(log.words(), "");
        const ChildProcess child{shell("printf 'one\\n\\n  two\\033[2J\\n'")};
        drain(log, child);
        EXPECT_EQ(log.words(), "one two\xEF\xBF\xBD[2J");
    }
    EXPECT_EQ(text(), "one\n\n  two\033[2J\n");
}

TEST_F(JobLogTest, ALogHasALimitAndSaysSo) {
    {
        JobLog log{path_};
        const ChildProcess child{
            shell("echo begin; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end")};
        drain(log, child);
        EXPECT_THAT(log.words(), testing::StartsWith("begin x"));
        EXPECT_THAT(log.words(), HasSubstr("x ... x"));
        EXPECT_THAT(log.words(), testing::EndsWith("x end"));
        EXPECT_LT(log.words().size(), 700U);
    }
    EXPECT_LT(text().size(), JobLog::kMostBytes + 100);
    EXPECT_THAT(text(), HasSubstr("1951435 more bytes were discarded"));
}

TEST_F(JobLogTest, ALogThatCannotBeWrittenStopsNothing) {
    JobLog log{folder_.path() / "missing" / "job-000.log"};
    const ChildProcess child{shell("echo words")};
    drain(log, child);
    EXPECT_EQ(log.words(), "words");
}

}  // namespace
}  // namespace rackproof
