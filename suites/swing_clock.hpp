#pragma once

#include <vector>

#include "suites/collective_samples.hpp"
#include "suites/context.hpp"

namespace rackproof {

/// Rank 0's clock of the run, as this rank knows it. Clocks of different machines drift apart by
/// some microseconds a second: each comparison with rank 0 corrects the rate as well.
class SwingClock {
  public:
    /// Compares; all ranks together. Both must outlive this.
    SwingClock(Communicator& ranks, const SuiteContext& context);

    /// Compares once more; all ranks together.
    void synchronise();

    /// On rank 0's clock.
    [[nodiscard]] double now_s() const { return on_first(context_->now_s()); }

    /// Sleeps until it is this time on rank 0's clock, and stays awake for the last millisecond.
    void wait_until(double due_s) const;

    /// Half width, of the last two comparisons.
    [[nodiscard]] double error_s() const;

    /// Times that now_s() gave between the last two comparisons, as both of these know them.
    [[nodiscard]] std::vector<double> corrected(std::vector<double> times_s) const;

  private:
    struct Comparison {
        double at_s = 0;  ///< this rank's own clock
        RunClock clock;
    };
    [[nodiscard]] double on_first(double own_s) const;

    Communicator* ranks_;
    const SuiteContext* context_;
    Comparison before_;  ///< the last but one; at first the same
    Comparison last_;
    double rate_ = 0;          ///< by which rank 0's clock gains on ours
    double earlier_rate_ = 0;  ///< that now_s() used until the last comparison
};

}  // namespace rackproof
