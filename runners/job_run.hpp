#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runners/allocation_watch.hpp"
#include "runners/back_channel.hpp"
#include "runners/job.hpp"
#include "runners/job_process.hpp"
#include "runners/launcher.hpp"
#include "runners/scratch.hpp"

namespace rackproof {

/// What all jobs of a run have in common.
struct JobSurroundings {
    Launcher* launcher = nullptr;
    BackChannel* channel = nullptr;
    AllocationWatch* allocation = nullptr;
    RunBook* book = nullptr;
    std::filesystem::path executable;
    std::filesystem::path logs;
    std::vector<std::string> wrap;                   ///< see JobRequest
    std::map<std::string, std::string> environment;  ///< of every rank
    Patience patience;
    DeviceOptions device_options;
    std::function<void(const std::string&)> on_refused;  ///< a stranger
};

/// One job from its launcher's start until every process of it has gone: carries what the ranks
/// say to Job, and what Job decides to the ranks. Nothing here waits: see JobPool.
class JobRun final : private RankLine {
  public:
    /// Starts it. Throws Error if the launcher's program cannot be executed.
    JobRun(const JobSurroundings& surroundings, JobPlan plan);
    JobRun(const JobRun&) = delete;
    JobRun& operator=(const JobRun&) = delete;
    ~JobRun() override;

    [[nodiscard]] std::int32_t number() const { return number_; }
    [[nodiscard]] const Job& job() const { return job_; }

    [[nodiscard]] pid_t launcher_pid() const { return process_->pid(); }

    /// Readable (poll) when drain() has something to do; -1 if never more.
    [[nodiscard]] int output() const { return process_->output(); }
    void drain() { process_->drain(); }

    /// Takes what one of its ranks has sent.
    void take(const Arrival& arrival);

    /// To be called often: what time brings, and what follows from what was taken.
    void turn();

    /// No step begins any more: it is over once the ranks are done with this one.
    void finish_step() { job_.finish_step(); }

    /// Ends it now; what is open stays open.
    void stop();

    /// It is over, and nothing of it is left that could be ended.
    [[nodiscard]] bool is_finished() const { return finished_; }

    /// Nodes that are not to be trusted any more, and why: a process of this job or of an earlier
    /// one stays there, which nothing can end. Once it is over.
    [[nodiscard]] std::map<std::int32_t, std::string> held_nodes() const;

  private:
    void send(std::int32_t rank, const message::ToWorker& message) override;
    void give_up(std::int32_t rank) override;

    [[nodiscard]] Command command(const JobPlan& plan);
    [[nodiscard]] bool waits_for_launcher();
    [[nodiscard]] bool waits_for_slurm();
    void watch_launcher();
    void wind_down();
    void finish();
    void kill_ranks();
    void tell_of_bad_parting(const std::string& ending) const;
    void tell_of_babble() const;
    void tell_of_written_off();

    const JobSurroundings* around_;
    std::int32_t number_;
    std::int32_t ranks_;
    bool holds_endings_;
    std::vector<std::string> hosts_;
    std::int32_t first_node_;
    Scratch scratch_;
    std::map<std::int32_t, ProcessHandle> processes_;  ///< by rank; those on this host
    Command command_;
    Job job_;
    std::optional<JobProcess> process_;
    std::optional<SteadyClock::time_point> cut_;  ///< since when the launcher's word is waited for
    std::string written_off_;  ///< what was said of a launcher that nothing could end
    std::optional<SteadyClock::time_point> lost_;  ///< last loss since Slurm was asked about it
    bool launcher_has_ended_ = false;              ///< unasked, and Slurm was asked about it
    bool launcher_end_told_ = false;
    bool stopped_ = false;
    bool finished_ = false;
};

}  // namespace rackproof
