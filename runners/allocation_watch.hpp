#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/clock.hpp"
#include "runners/command_output.hpp"

namespace rackproof {

/// How to ask for the state of the Slurm job that this process lives in.
struct AllocationQuestion {
    std::string job;  ///< SLURM_JOB_ID
    Command command;  ///< prints lines "JOB|STATE" among whatever else
};

/// Nullopt where this process lives in no such job, or cannot ask.
[[nodiscard]] std::optional<AllocationQuestion> question_of_allocation();

/// Whether the job is being ended, by what was printed. Throws Error if that does not say.
[[nodiscard]] bool says_that_it_ends(const AllocationQuestion& question, std::string_view printed);

/// Whether Slurm is ending that job: asked once, and waited for. False, with a warning, where there
/// is no answer; false where there is nobody to ask.
[[nodiscard]] bool allocation_ends();

/// A job that Slurm ends (requeued, preempted, cancelled, out of time) dies node by node, each when
/// its own slurmd says so: from here it looks as if the others had failed. Whoever has lost a rank
/// asks here before it is held against a node. Nothing here waits.
class AllocationWatch {
  public:
    static constexpr double kPatience_s = 30;  ///< a Slurm that ends a large job is busy

    /// `patience_s`: how long an answer may take. Without a question, no allocation ever ends.
    explicit AllocationWatch(std::optional<AllocationQuestion> question = std::nullopt,
                             double patience_s = kPatience_s);

    /// The answer to a question put after `since`; nullopt while there is none yet. Who does not
    /// answer in time, or not to the question, is taken to go on, and is left in peace for a
    /// minute.
    [[nodiscard]] std::optional<bool> ends(SteadyClock::time_point since);

    [[nodiscard]] bool is_known_to_end() const { return ends_; }

    /// Why there was no answer: once each time; empty if there is nothing to tell.
    [[nodiscard]] std::string take_complaint() { return std::exchange(complaint_, {}); }

  private:
    void take_answer();

    std::optional<AllocationQuestion> question_;
    double patience_s_;
    std::unique_ptr<AskedProgram> asked_;
    SteadyClock::time_point asked_at_;                 ///< of the one that is on its way
    std::optional<SteadyClock::time_point> answered_;  ///< when the last answered was asked
    std::optional<SteadyClock::time_point> in_peace_until_;
    std::string complaint_;
    bool ends_ = false;
};

}  // namespace rackproof
