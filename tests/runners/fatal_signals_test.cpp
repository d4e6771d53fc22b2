#include "runners/fatal_signals.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "core/error.hpp"

namespace rackproof {
namespace {

std::array<Descriptor, 2> socket_pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) != 0) {
        throw Error{"socketpair", "failed"};
    }
    return {Descriptor{ends[0]}, Descriptor{ends[1]}};
}

/// In a child: watches for fatal signals on `socket`, and dies of one.
[[noreturn]] void die_of(int signal, Descriptor socket) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    Admission admission;
    admission.socket = std::move(socket);
    WorkerChannel channel{std::move(admission), {}};
    const FatalSignals watched{channel};
    ::raise(signal);
    ::_exit(0);
}

TEST(FatalSignalsTest, AreToldBeforeTheProcessDiesOfThem) {
    for (const int signal : {SIGSEGV, SIGABRT, SIGFPE}) {
        auto [ours, theirs] = socket_pair();
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) die_of(signal, std::move(theirs));
        theirs.reset();
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status));
        EXPECT_EQ(WTERMSIG(status), signal);  // told, and not swallowed
        FrameReader reader{kFrameLimit};
        ASSERT_EQ(reader.read_from(ours.get()), FrameReader::Arrival::Some);
        const auto frame = reader.next();
        ASSERT_TRUE(frame);
        const auto message = message::decode_to_controller(*frame);
        EXPECT_EQ(std::get<message::Dying>(message).signal, signal);
    }
}

TEST(FatalSignalsTest, AreNoLongerWatchedAfterwards) {
    {
        auto [ours, theirs] = socket_pair();
        Admission admission;
        admission.socket = std::move(theirs);
        const WorkerChannel channel{std::move(admission), {}};
        const FatalSignals watched{channel};
    }
    struct sigaction now {};
    ASSERT_EQ(::sigaction(SIGSEGV, nullptr, &now), 0);
    EXPECT_EQ(now.sa_handler, SIG_DFL);
}

}  // namespace
}  // namespace rackproof
