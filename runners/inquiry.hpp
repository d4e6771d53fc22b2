#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runners/blame.hpp"
#include "runners/job.hpp"
#include "runners/slow_search.hpp"

namespace rackproof {

/// What follows when a job on several nodes has gone wrong, or was far too slow: the suspects are
/// probed, each alone; if that says nothing and a case took too long, it is tried again on some of
/// the nodes; and then it is said who was to blame.
class Inquiry {
  public:
    enum class Trials : std::uint8_t { Allowed, None };

    /// `job` must be over; `number` is its. Its tasks must outlive this.
    Inquiry(std::int32_t number, const Job& job, Trials trials = Trials::None);

    /// The job that went wrong.
    [[nodiscard]] std::int32_t job() const { return job_; }

    /// A suspect whose probe has not begun; nullopt if there is none.
    [[nodiscard]] std::optional<std::int32_t> next_to_probe() const;
    void probe_begun(std::int32_t node, std::int32_t job);

    /// Who takes part in the trial that is due; nobody if none is.
    [[nodiscard]] std::vector<std::int32_t> next_trial() const;
    /// What is tried: the slow task, on these of its nodes alone. Lives until the trial's result
    /// has been taken, and must be what the job `number` is at.
    [[nodiscard]] Task& trial_task(const std::vector<std::int32_t>& nodes);
    [[nodiscard]] double trial_s() const { return slow_.front().bound_s; }
    void trial_begun(std::int32_t job);

    /// True if this job was a probe or a trial of ours; its result is noted.
    bool take_result(std::int32_t number, const Job& job);

    [[nodiscard]] bool is_complete() const {
        return waiting_.empty() && running_.empty() && !trial_ && next_trial().empty();
    }
    [[nodiscard]] std::size_t nodes_at_work() const;

    [[nodiscard]] Blame blame() const;
    [[nodiscard]] const std::vector<HeldEnding>& held_endings() const { return held_; }
    /// True if the task was what went wrong.
    [[nodiscard]] bool is_about(const Task& task) const;
    /// True if the task was done, far too slowly, and trials have shown whose fault that was.
    [[nodiscard]] bool is_proved_slow(const Task& task) const;

  private:
    void take_trial(const Job& job);

    std::int32_t job_;
    std::vector<Clue> clues_;
    std::vector<HeldEnding> held_;
    std::vector<SlowTask> slow_;
    std::vector<std::int32_t> waiting_;             ///< suspects, in order
    std::map<std::int32_t, std::int32_t> running_;  ///< by job: the node
    std::optional<SlowSearch> search_;
    std::unique_ptr<Task> trial_task_;
    std::optional<std::int32_t> trial_;  ///< the job that is one
};

}  // namespace rackproof
