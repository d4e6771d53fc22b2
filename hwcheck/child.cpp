#include "hwcheck/child.hpp"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

#include "core/clock.hpp"
#include "core/error.hpp"

namespace rackproof {
namespace {

constexpr double kReapPatience_s = 1;

/// The child's end becomes its standard input; all else of ours is closed when it executes.
pid_t spawn(const ReaderProgram& program, int child_end) {
    std::vector<std::string> words{program.file.string()};
    words.insert(words.end(), program.arguments.begin(), program.arguments.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    if (::posix_spawn_file_actions_init(&actions) != 0) {
        throw system_error("start the process that reads hardware", ENOMEM);
    }
    pid_t pid = -1;
    int failed = ::posix_spawn_file_actions_adddup2(&actions, child_end, STDIN_FILENO);
    if (failed == 0) {
        failed = ::posix_spawn(&pid, words.front().c_str(), &actions, nullptr, arguments.data(),
                               environ);
    }
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0)
        throw system_error("start the process that reads hardware " + words.front(), failed);
    return pid;
}

/// True once something can be read or the other end has gone; false if the time is over.
bool wait_readable(int descriptor, double patience_s) {
    const SteadyClock::time_point begun = SteadyClock::now();
    constexpr double kPerSecond = 1000;
    for (;;) {
        const double left_s = patience_s - seconds_since(begun);
        pollfd polled{descriptor, POLLIN, 0};
        const int ready =
            ::poll(&polled, 1, left_s > 0 ? static_cast<int>(left_s * kPerSecond) + 1 : 0);
        if (ready > 0) return true;
        if (ready == 0 && left_s <= 0) return false;
        if (ready < 0 && errno != EINTR)
            throw system_error("wait for the process that reads hardware", errno);
    }
}

}  // namespace

Child::Child(const ReaderProgram& program) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw system_error("make a channel to the process that reads hardware", errno);
    }
    Descriptor own{ends[0]};
    const Descriptor childs{ends[1]};
    pid_ = spawn(program, childs.get());
    channel_ = std::move(own);
}

/// One that hangs in the driver cannot be reaped: it stays, as what the kernel cannot end does.
Child::~Child() {
    channel_.reset();
    ::kill(pid_, SIGKILL);
    const SteadyClock::time_point begun = SteadyClock::now();
    while (::waitpid(pid_, nullptr, WNOHANG) == 0 && seconds_since(begun) < kReapPatience_s) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
}

std::optional<std::vector<std::byte>> Child::receive(double patience_s,
                                                     std::size_t most_bytes) const {
    if (!wait_readable(channel_.get(), patience_s)) return std::nullopt;
    std::vector<std::byte> packet(most_bytes);
    const ssize_t got = ::recv(channel_.get(), packet.data(), packet.size(), 0);
    packet.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return packet;
}

}  // namespace rackproof
