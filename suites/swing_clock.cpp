#include "suites/swing_clock.hpp"

#include <algorithm>
#include <cmath>
#include <thread>

#include "core/clock.hpp"

namespace rackproof {
namespace {

/// Clocks that differ by more are not drifting: one of the comparisons is bad.
constexpr double kMostDrift = 2e-4;
/// Nor can a drift be told from the comparisons' own error over less.
constexpr double kLeastApart_s = 2;
constexpr double kAwake_s = 1e-3;

}  // namespace

SwingClock::SwingClock(Communicator& ranks, const SuiteContext& context)
    : ranks_{&ranks}, context_{&context} {
    last_.clock = run_clock(ranks, context);
    last_.at_s = context.now_s();
    before_ = last_;
}

void SwingClock::synchronise() {
    before_ = last_;
    earlier_rate_ = rate_;
    last_.clock = run_clock(*ranks_, *context_);
    last_.at_s = context_->now_s();
    const double apart_s = last_.at_s - before_.at_s;
    const double rate = (last_.clock.offset_s - before_.clock.offset_s) / apart_s;
    if (apart_s >= kLeastApart_s && std::abs(rate) <= kMostDrift) rate_ = rate;
}

double SwingClock::on_first(double own_s) const {
    return own_s + last_.clock.offset_s + rate_ * (own_s - last_.at_s);
}

void SwingClock::wait_until(double due_s) const {
    const double asleep_s = due_s - now_s() - kAwake_s;
    if (asleep_s > 0) std::this_thread::sleep_for(seconds(asleep_s));
    while (now_s() < due_s) {
    }
}

double SwingClock::error_s() const { return std::max(before_.clock.error_s, last_.clock.error_s); }

std::vector<double> SwingClock::corrected(std::vector<double> times_s) const {
    const double apart_s = last_.at_s - before_.at_s;
    if (!(apart_s > 0)) return times_s;
    const double gained_s = last_.clock.offset_s - before_.clock.offset_s;
    for (double& time_s : times_s) {
        // What now_s() was made of, taken back.
        const double own_s =
            (time_s - before_.clock.offset_s + earlier_rate_ * before_.at_s) / (1 + earlier_rate_);
        const double share = (own_s - before_.at_s) / apart_s;
        time_s = own_s + before_.clock.offset_s + share * gained_s;
    }
    return times_s;
}

}  // namespace rackproof
