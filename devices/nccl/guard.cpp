#include "devices/nccl/guard.hpp"

#include <exception>
#include <utility>

#include "core/error.hpp"
#include "core/number_text.hpp"

namespace rackproof::nccl {
namespace {

constexpr double kPeriod_s = 0.1;

}  // namespace

Guard::Guard(Calls calls)
    : calls_{std::move(calls)}, thread_{[this](const std::stop_token& stopping) {
          watch(stopping);
      }} {}

Guard::~Guard() = default;

void Guard::begin(std::string what, double patience_s) {
    const std::scoped_lock lock{mutex_};
    deadline_ = Deadline{std::move(what), SteadyClock::now() + seconds(patience_s), patience_s};
}

void Guard::end() {
    {
        const std::scoped_lock lock{mutex_};
        deadline_.reset();
    }
    check();
}

void Guard::check() const {
    const std::scoped_lock lock{mutex_};
    if (!problem_.empty()) throw Error{"run a collective with NCCL", problem_};
}

bool Guard::has_aborted() const {
    const std::scoped_lock lock{mutex_};
    return !problem_.empty();
}

std::string Guard::trouble() const {
    std::string error;
    try {
        error = calls_.async_error();
    } catch (const std::exception& failed) {
        error = failed.what();
    }
    if (!error.empty()) return "asynchronous error: " + error;
    if (!deadline_ || SteadyClock::now() < deadline_->at) return "";
    return deadline_->what + " was not done within " + number_text(deadline_->patience_s) +
           " s; the communicator was aborted";
}

void Guard::watch(const std::stop_token& stopping) {
    std::unique_lock lock{mutex_};
    while (!stopping.stop_requested()) {
        problem_ = trouble();
        if (!problem_.empty()) break;
        (void)woken_.wait_for(lock, stopping, seconds(kPeriod_s), [] { return false; });
    }
    const bool aborts = !problem_.empty();
    lock.unlock();
    if (aborts) calls_.cut_off();
}

}  // namespace rackproof::nccl
