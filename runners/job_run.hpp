#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "runners/back_channel.hpp"
#include "runners/child_process.hpp"
#include "runners/job.hpp"
#include "runners/job_log.hpp"
#include "runners/launcher.hpp"
#include "runners/scratch.hpp"

namespace rackproof {

/// What all jobs of a run have in common.
struct JobSurroundings {
    Launcher* launcher = nullptr;
    BackChannel* channel = nullptr;
    RunBook* book = nullptr;
    std::filesystem::path executable;
    std::filesystem::path logs;
    std::map<std::string, std::string> environment;  ///< of every rank
    Patience patience;
    CpuOptions cpu;
    std::function<void(const std::string&)> on_refused;  ///< a stranger
    /// Called about ten times a second; false ends the job now.
    std::function<bool(const Job&)> go_on;
};

/// One job from its launcher's start until every process of it has gone: carries what the ranks
/// say to Job, and what Job decides to the ranks. One thread, which sleeps in poll.
class JobRun final : private RankLine {
  public:
    JobRun(const JobSurroundings& surroundings, JobPlan plan);
    ~JobRun() override;

    /// Runs the job to its end. False if go_on ended it: then what is open stays open. Throws
    /// Error if the launcher cannot be started or the journal cannot be written.
    [[nodiscard]] bool run();

  private:
    void send(std::int32_t rank, const message::ToWorker& message) override;
    void give_up(std::int32_t rank) override;

    [[nodiscard]] Command command() const;
    void turn(int wait_ms);
    void take(const Arrival& arrival);
    void watch_launcher();
    void wind_down(bool in_peace);
    [[nodiscard]] bool launcher_gone_within(double patience_s);
    void kill_ranks();

    const JobSurroundings* around_;
    std::int32_t number_;
    std::int32_t ranks_;
    bool ranks_talk_;
    Scratch scratch_;
    std::map<std::int32_t, ProcessHandle> processes_;  ///< by rank
    JobLog log_;
    Job job_;
    Command command_;
    std::optional<ChildProcess> launcher_;
    bool output_open_ = true;
    bool launcher_end_told_ = false;
};

}  // namespace rackproof
