#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace rackproof {

/// Monotonic time for durations and deadlines; what is measured is timed in suites/measure.cpp.
using SteadyClock = std::chrono::steady_clock;

/// Seconds from `start` until now.
[[nodiscard]] double seconds_since(SteadyClock::time_point start);

/// `seconds` as a duration of the steady clock, cut to the nanosecond.
[[nodiscard]] SteadyClock::duration seconds(double seconds);

/// Now in ISO 8601, UTC, to the second: "2026-11-23T04:41:11Z".
[[nodiscard]] std::string utc_now();

/// Seconds from a time as utc_now() writes it until now, by the system's clock; nullopt if `utc` is
/// no such time.
[[nodiscard]] std::optional<double> utc_seconds_since(const std::string& utc);

}  // namespace rackproof
