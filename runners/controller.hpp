#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "runners/job_pool.hpp"
#include "runners/run_plan.hpp"
#include "runners/start_pace.hpp"

namespace rackproof {

/// What a controller works with, besides its plan; tests give their own.
struct ControllerParts {
    Launcher* launcher = nullptr;
    Patience patience;
    PaceLimits pace;
    std::vector<std::string> wrap;  ///< see JobRequest
    /// True if the ranks of this suite talk to each other.
    std::function<bool(std::string_view suite)> talks;
};

/// Runs a manifest through a launcher: stage by stage, one job a node and many nodes at once, until
/// every cell has ended, and then the retests. One thread; see run_plan().
class Controller {
  public:
    /// Creates the journal. All arguments must outlive this. Throws Error.
    Controller(const Plan& plan, const record::RunStarted& start, const RunOptions& options,
               const ControllerParts& parts);

    void run();

  private:
    enum class Interruption : std::uint8_t { None, Stopped, OutOfTime };

    /// One node's way through a stage's attempt: part after part, job after job.
    struct Lane {
        std::int32_t node = 0;
        std::deque<std::vector<Task*>> parts;
        std::optional<std::int32_t> job;  ///< while one runs
        std::int32_t unreached = 0;       ///< jobs in a row of which no rank came up
    };

    void exclude_absent_nodes();
    void run_stage();
    void finish_what_runs();
    enum class Company : std::uint8_t { WholeNode, Alone };
    void run_tasks(Company company);
    [[nodiscard]] std::vector<Lane> lanes_for(Company company);
    void start_what_may(std::vector<Lane>& lanes);
    [[nodiscard]] bool start_next(Lane& lane);
    void job_ended(Lane& lane, const JobRun& run);
    void give_up(Lane& lane, const JobRun& run);
    [[nodiscard]] JobPlan plan_job(const std::vector<Task*>& open);
    [[nodiscard]] bool go_on();
    void end_what_is_open();
    void note_stranger(const std::string& text);
    [[nodiscard]] Progress progress() const;
    [[nodiscard]] double left_s() const;
    [[nodiscard]] const std::string& name_of(std::int32_t node) const;

    const Plan* plan_;
    const RunOptions* options_;
    const ControllerParts* parts_;
    RunBook book_;
    Secret secret_ = Secret::random();
    BackChannel channel_;
    JobSurroundings around_;
    JobPool pool_{around_};
    StartPace pace_;
    std::int32_t jobs_ = 0;
    std::int32_t stage_ = 0;
    Interruption interruption_ = Interruption::None;
    bool finishing_ = false;  ///< nothing new begins; what is in flight may end
    std::vector<Task> tasks_;                        ///< of this stage, in this attempt
    std::map<std::int32_t, std::string> unreached_;  ///< nodes, and the launcher's words
    std::int64_t strangers_ = 0;
    double shown_s_ = -1;  ///< when progress was last shown
};

}  // namespace rackproof
