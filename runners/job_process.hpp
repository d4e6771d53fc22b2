#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/clock.hpp"
#include "runners/child_process.hpp"
#include "runners/job_log.hpp"

namespace rackproof {

/// How long a launcher that is to end may take, in seconds.
struct EndPatience {
    double quit_s = 5;  ///< from the ranks' leave until it has ended by itself
    double term_s = 2;  ///< from SIGTERM to SIGKILL, and from SIGKILL until it is written off
};

/// A job's launcher, from its start until it has gone: what it prints goes into its log, and it is
/// ended in steps, none of which waits: by itself, SIGTERM, SIGKILL, written off.
class JobProcess {
  public:
    /// Throws Error if the program cannot be executed.
    JobProcess(const Command& command, const std::filesystem::path& log,
               const EndPatience& patience);
    ~JobProcess();
    JobProcess(const JobProcess&) = delete;
    JobProcess& operator=(const JobProcess&) = delete;

    /// Readable (poll) when there is something to drain; -1 at its end.
    [[nodiscard]] int output() const { return output_open_ ? child_.output() : -1; }
    void drain();

    /// To be called often: the next step, when its time has come.
    void turn();

    /// It will end by itself, or is ended when patience is over.
    void let_quit();
    void force_end();

    /// Nothing of it is left, or what is left is written off.
    [[nodiscard]] bool is_gone() const { return step_ == Step::Gone; }
    [[nodiscard]] bool is_ending() const { return step_ != Step::Running; }

    /// How the launcher itself has ended; nullopt while it runs, and when it was written off.
    [[nodiscard]] std::optional<std::string> ending() { return child_.ending(); }
    [[nodiscard]] bool was_killed() const { return child_.was_killed(); }
    [[nodiscard]] std::string words() const { return log_.words(); }
    [[nodiscard]] std::string printed() const { return log_.printed(); }
    [[nodiscard]] std::uint64_t discarded() const { return log_.discarded(); }
    [[nodiscard]] pid_t pid() const { return child_.pid(); }

  private:
    enum class Step : std::uint8_t { Running, Quitting, Terminating, Killing, Gone };
    void enter(Step step);

    EndPatience patience_;
    JobLog log_;
    ChildProcess child_;
    bool output_open_ = true;
    Step step_ = Step::Running;
    SteadyClock::time_point since_ = SteadyClock::now();
};

/// "job-007.log"
[[nodiscard]] std::string job_log_name(std::int32_t job);

}  // namespace rackproof
