#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "core/clock.hpp"
#include "runners/job_run.hpp"

namespace rackproof {

/// All jobs that run at the same time: one thread, one poll. What one of them prints, does or does
/// not do costs the others nothing.
class JobPool {
  public:
    /// `around` must outlive this.
    explicit JobPool(const JobSurroundings& around) : around_{&around} {}

    /// Throws Error if the launcher's program cannot be executed.
    const JobRun& start(JobPlan plan);

    /// Sleeps until something happens, or `most_ms`; then lets every job go on that has cause to.
    /// Returns those that have finished; they are no longer in the pool.
    [[nodiscard]] std::vector<std::unique_ptr<JobRun>> turn(int most_ms);

    /// Lets every job end what its ranks are at, and no more.
    void finish_steps();

    /// Ends all jobs, whatever they are at, and waits until they have gone.
    void stop();

    [[nodiscard]] std::size_t size() const { return jobs_.size(); }
    [[nodiscard]] const std::map<std::int32_t, std::unique_ptr<JobRun>>& jobs() const {
        return jobs_;
    }

  private:
    void wait(int most_ms);
    void take(const Arrival& arrival);
    [[nodiscard]] std::vector<JobRun*> due();

    const JobSurroundings* around_;
    std::map<std::int32_t, std::unique_ptr<JobRun>> jobs_;  ///< by number
    std::set<std::int32_t> touched_;  ///< jobs whose ranks have said something since their turn
    SteadyClock::time_point last_turns_;
    SteadyClock::time_point last_round_;
};

}  // namespace rackproof
