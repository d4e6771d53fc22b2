#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/clock.hpp"
#include "runners/command_output.hpp"

namespace rackproof {

/// What to run to be told the state of the Slurm job that this process lives in; nullopt where it
/// lives in none, or cannot ask.
[[nodiscard]] std::optional<Command> question_of_allocation();

/// Whether Slurm is ending that job: asked once, and waited for. False where there is nobody to ask
/// or no answer.
[[nodiscard]] bool allocation_ends();

/// A job that Slurm ends (requeued, preempted, cancelled, out of time) dies node by node, each when
/// its own slurmd says so: from here it looks as if the others had failed. Whoever has lost a rank
/// asks here before it is held against a node. Nothing here waits.
class AllocationWatch {
  public:
    /// Without a question, no allocation ever ends.
    explicit AllocationWatch(std::optional<Command> question = std::nullopt);

    /// The answer to a question put after `since`; nullopt while there is none yet. Who does not
    /// answer within seconds is taken to go on, and is left in peace for a minute.
    [[nodiscard]] std::optional<bool> ends(SteadyClock::time_point since);

    [[nodiscard]] bool is_known_to_end() const { return ends_; }

  private:
    void take_answer();

    std::optional<Command> question_;
    std::unique_ptr<AskedProgram> asked_;
    SteadyClock::time_point asked_at_;                 ///< of the one that is on its way
    std::optional<SteadyClock::time_point> answered_;  ///< when the last answered was asked
    std::optional<SteadyClock::time_point> in_peace_until_;
    bool ends_ = false;
};

}  // namespace rackproof
