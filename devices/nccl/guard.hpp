#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/clock.hpp"

namespace rackproof::nccl {

/// Watches a communicator from a thread of its own, since whoever waits for a collective cannot: it
/// asks for asynchronous errors ten times a second, and holds each operation to its deadline. When
/// either speaks, the communicator is aborted, so that the wait ends, and the reason is kept.
class Guard {
  public:
    struct Calls {
        std::function<std::string()> async_error;  ///< empty: none
        std::function<void()> cut_off;             ///< called once at the most
    };
    explicit Guard(Calls calls);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    /// Work called `what` is under way from here on, for `patience_s` more at the most.
    void begin(std::string what, double patience_s);
    /// It is done. Throws Error if the guard has ended it.
    void end();
    /// Throws Error if the guard has ended anything: nothing works after that.
    void check() const;
    [[nodiscard]] bool has_aborted() const;

  private:
    struct Deadline {
        std::string what;
        SteadyClock::time_point at;
        double patience_s = 0;
    };
    void watch(const std::stop_token& stopping);
    [[nodiscard]] std::string trouble() const;

    Calls calls_;
    mutable std::mutex mutex_;
    std::condition_variable_any woken_;
    std::optional<Deadline> deadline_;
    std::string problem_;
    std::jthread thread_;  ///< last: it ends before what it uses
};

}  // namespace rackproof::nccl
