#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runners/job_run.hpp"
#include "runners/run_plan.hpp"

namespace rackproof {

/// What a controller works with, besides its plan; tests give their own.
struct ControllerParts {
    Launcher* launcher = nullptr;
    Patience patience;
    /// True if the ranks of this suite talk to each other.
    std::function<bool(std::string_view suite)> talks;
};

/// Runs a manifest through a launcher: stage by stage, job by job, until every cell has ended, and
/// then the retests. One thread; see run_plan().
class Controller {
  public:
    /// Creates the journal. All arguments must outlive this. Throws Error.
    Controller(const Plan& plan, const record::RunStarted& start, const RunOptions& options,
               const ControllerParts& parts);

    void run();

  private:
    enum class Interruption : std::uint8_t { None, Stopped, OutOfTime };

    void run_stage();
    enum class Company : std::uint8_t { WholeNode, Alone };
    void run_tasks(Company company);
    void run_to_end(const std::vector<Task*>& tasks);
    [[nodiscard]] JobPlan plan_job(const std::vector<Task*>& open);
    [[nodiscard]] bool go_on(const Job& job);
    void end_what_is_open();
    void note_stranger(const std::string& text);
    [[nodiscard]] Progress progress(const Job& job) const;
    [[nodiscard]] double left_s() const;

    const Plan* plan_;
    const RunOptions* options_;
    const ControllerParts* parts_;
    RunBook book_;
    Secret secret_ = Secret::random();
    BackChannel channel_;
    JobSurroundings around_;
    std::int32_t jobs_ = 0;
    std::int32_t stage_ = 0;
    Interruption interruption_ = Interruption::None;
    std::vector<Task> tasks_;  ///< of this stage, in this attempt
    std::int64_t strangers_ = 0;
    double shown_s_ = -1;  ///< when progress was last shown
};

}  // namespace rackproof
