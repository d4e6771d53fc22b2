#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "core/descriptor.hpp"
#include "runners/launcher.hpp"

namespace rackproof {

/// A program that we started: in a process group of its own, its output into one pipe, its input
/// empty. It gets SIGTERM if this process dies. Whoever destroys a ChildProcess that still runs
/// has it killed, group and all, and reaped.
class ChildProcess {
  public:
    /// Throws Error, with the system's word, if the program cannot be executed.
    explicit ChildProcess(const Command& command);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }

    /// Its stdout and stderr, non-blocking; at its end when everyone who holds it has gone.
    [[nodiscard]] int output() const { return output_.get(); }

    /// "exit status 0", "killed by signal 9 (Killed)"; nullopt while it runs. Never blocks.
    [[nodiscard]] std::optional<std::string> ending();

    /// True once it has ended, by a signal.
    [[nodiscard]] bool was_killed() const { return was_killed_; }

    /// To the whole process group, if the child still runs.
    void signal_group(int signal);

    /// Never waits for it any more: it cannot be killed. What is left of it stays.
    void abandon() { ending_ = "it could not be ended"; }

  private:
    pid_t pid_ = -1;
    Descriptor output_;
    std::optional<std::string> ending_;
    bool was_killed_ = false;
};

/// A process of this machine that can be signalled without ever meeting another that has got its
/// number. Empty where it is not a descendant of `ancestor`, or has ended.
class ProcessHandle {
  public:
    ProcessHandle() = default;
    [[nodiscard]] static ProcessHandle of_descendant(pid_t pid, pid_t ancestor);
    [[nodiscard]] explicit operator bool() const { return static_cast<bool>(handle_); }
    void kill() const;

  private:
    Descriptor handle_;  ///< a pidfd
};

}  // namespace rackproof
