#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runners/blame.hpp"
#include "runners/job.hpp"

namespace rackproof {

/// What follows when a job on several nodes has gone wrong: the suspects are probed, each alone,
/// and then it is said who was to blame.
class Inquiry {
  public:
    /// `job` must be over; `number` is its.
    Inquiry(std::int32_t number, const Job& job);

    /// The job that went wrong.
    [[nodiscard]] std::int32_t job() const { return job_; }

    /// A suspect whose probe has not begun; nullopt if there is none.
    [[nodiscard]] std::optional<std::int32_t> next_to_probe() const;
    void probe_begun(std::int32_t node, std::int32_t job);

    /// True if this job was a probe of ours; its result is noted.
    bool take_result(std::int32_t number, const Job& job);

    [[nodiscard]] bool is_complete() const { return waiting_.empty() && running_.empty(); }
    [[nodiscard]] std::size_t probes_running() const { return running_.size(); }

    [[nodiscard]] Blame blame() const { return blame_of(clues_); }
    [[nodiscard]] const std::vector<HeldEnding>& held_endings() const { return held_; }
    /// True if the task was what went wrong.
    [[nodiscard]] bool is_about(const Task& task) const;

  private:
    std::int32_t job_;
    std::vector<Clue> clues_;
    std::vector<HeldEnding> held_;
    std::vector<std::int32_t> waiting_;             ///< suspects, in order
    std::map<std::int32_t, std::int32_t> running_;  ///< by job: the node
};

}  // namespace rackproof
