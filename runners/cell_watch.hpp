#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"

namespace rackproof {

/// What a worker is at, shared between the thread that works and the one that watches the clock.
/// A run of cells is ended by exactly one of the two.
class CellWatch {
  public:
    struct Run {
        std::vector<std::int32_t> cells;
        std::int32_t attempt = 0;
        double deadline_s = 0;
        double timed_s = 0;
    };

    void begin(Run run);
    void say(std::string operation);
    void add_timed(double seconds);
    [[nodiscard]] std::string last_words() const;

    /// The run is over in time: the time inside the timer. nullopt if it is not ours to end any
    /// more, because expire() has.
    [[nodiscard]] std::optional<double> end();

    /// The run, if its deadline has passed; from then on it is the caller's to end.
    [[nodiscard]] std::optional<Run> expire();

  private:
    mutable std::mutex mutex_;
    std::optional<Run> run_;
    SteadyClock::time_point begun_;
    std::string last_words_;
};

}  // namespace rackproof
