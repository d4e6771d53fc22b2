#include "runners/cell_watch.hpp"

#include <utility>

namespace rackproof {

void CellWatch::begin(Run run) {
    const std::lock_guard lock{mutex_};
    run_ = std::move(run);
    begun_ = SteadyClock::now();
}

void CellWatch::say(std::string operation) {
    const std::lock_guard lock{mutex_};
    last_words_ = std::move(operation);
}

void CellWatch::add_timed(double seconds) {
    const std::lock_guard lock{mutex_};
    if (run_) run_->timed_s += seconds;
}

std::string CellWatch::last_words() const {
    const std::lock_guard lock{mutex_};
    return last_words_;
}

std::optional<double> CellWatch::end() {
    const std::lock_guard lock{mutex_};
    if (!run_) return std::nullopt;
    const double timed_s = run_->timed_s;
    run_.reset();
    return timed_s;
}

std::optional<CellWatch::Run> CellWatch::expire() {
    const std::lock_guard lock{mutex_};
    if (!run_ || seconds_since(begun_) < run_->deadline_s) return std::nullopt;
    return std::exchange(run_, std::nullopt);
}

}  // namespace rackproof
