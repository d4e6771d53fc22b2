#include "runners/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <vector>

#include "core/error.hpp"

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 has forgotten to say that these are C functions
}

extern char** environ;

namespace rackproof {
namespace {

struct Pipe {
    Descriptor read;
    Descriptor write;
};

Pipe new_pipe() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw system_error("open a pipe", errno);
    return {Descriptor{ends[0]}, Descriptor{ends[1]}};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

/// Our environment as the command wants it, as NAME=VALUE.
std::vector<std::string> environment_for(const Command& command) {
    std::vector<std::string> merged;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        const std::string name{text.substr(0, text.find('='))};
        if (command.environment.contains(name)) continue;
        if (std::ranges::find(command.without, name) != command.without.end()) continue;
        merged.emplace_back(text);
    }
    for (const auto& [name, value] : command.environment) merged.push_back(name + "=" + value);
    return merged;
}

/// The child's side between fork and exec: async-signal-safe calls only. Does not return.
[[noreturn]] void become(char* const* arguments, char** environment, int output, int problem,
                         pid_t parent) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(127);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int caught : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(caught, SIG_DFL);
    const int empty = ::open("/dev/null", O_RDONLY);
    if (empty >= 0 && ::dup2(empty, STDIN_FILENO) >= 0 && ::dup2(output, STDOUT_FILENO) >= 0 &&
        ::dup2(output, STDERR_FILENO) >= 0) {
        environ = environment;
        ::execvp(arguments[0], arguments);
    }
    const int error = errno;
    (void)!::write(problem, &error, sizeof error);
    ::_exit(127);
}

std::string described(int status) {
    if (WIFSIGNALED(status)) {
        const int signal = WTERMSIG(status);
        return "killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
    }
    return "exit status " + std::to_string(WEXITSTATUS(status));
}

/// The parent of a process as the kernel has it; 0 if there is no such process.
pid_t parent_of(pid_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
    std::string line;
    std::getline(file, line);
    const std::size_t name_end = line.rfind(')');  // the name itself may hold anything
    if (name_end == std::string::npos || name_end + 4 >= line.size()) return 0;
    return static_cast<pid_t>(std::strtol(line.c_str() + name_end + 4, nullptr, 10));
}

}  // namespace

ChildProcess::ChildProcess(const Command& command) {
    std::vector<std::string> arguments = command.arguments;
    std::vector<std::string> environment = environment_for(command);
    const std::vector<char*> argument_pointers = pointers(arguments);
    std::vector<char*> environment_pointers = pointers(environment);
    Pipe output = new_pipe();
    Pipe problem = new_pipe();
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw system_error("start " + command.arguments.front(), errno);
    if (pid_ == 0) {
        become(argument_pointers.data(), environment_pointers.data(), output.write.get(),
               problem.write.get(), parent);
    }
    ::setpgid(pid_, pid_);  // whichever of the two is first
    problem.write.reset();
    int error = 0;
    ssize_t count = 0;
    do {
        count = ::read(problem.read.get(), &error, sizeof error);
    } while (count < 0 && errno == EINTR);
    if (count == sizeof error) {
        ::waitpid(pid_, nullptr, 0);
        throw system_error("start " + command.arguments.front(), error);
    }
    output_ = std::move(output.read);
    ::fcntl(output_.get(), F_SETFL, O_NONBLOCK);
}

ChildProcess::~ChildProcess() {
    if (ending()) return;
    signal_group(SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

std::optional<std::string> ChildProcess::ending() {
    if (ending_) return ending_;
    int status = 0;
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) {
        ending_ = described(status);
        was_killed_ = WIFSIGNALED(status);
    }
    if (ended < 0 && errno == ECHILD) ending_ = "its ending is not known";
    return ending_;
}

void ChildProcess::signal_group(int signal) {
    if (!ending()) ::kill(-pid_, signal);
}

ProcessHandle ProcessHandle::of_descendant(pid_t pid, pid_t ancestor) {
    ProcessHandle process;
    if (pid <= 1) return process;
    // The handle first: what is then found out about the number holds for the process behind it.
    process.handle_.reset(::pidfd_open(pid, 0));
    constexpr int kDeepest = 64;
    pid_t at = pid;
    for (int depth = 0; depth < kDeepest && at > 1; ++depth) {
        at = parent_of(at);
        if (at == ancestor) return process;
    }
    return {};
}

void ProcessHandle::kill() const {
    if (handle_) (void)::pidfd_send_signal(handle_.get(), SIGKILL, nullptr, 0);
}

}  // namespace rackproof
