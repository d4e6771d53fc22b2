#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rackproof {

/// A value in a base unit as people read it, three digits: 3.02e12 "B/s" becomes "3.02 TB/s",
/// 1.2e-6 "s" "1.20 us", 61.5 "degC" "61.5 degC". NaN is "no value". Powers of 1000 only.
[[nodiscard]] std::string format_value(double value, std::string_view unit);

/// -0.101 becomes "-10.1 %".
[[nodiscard]] std::string format_percent(double fraction);

/// Seconds as "45 s", "3 min 20 s", "2 h 5 min", "6 d 3 h".
[[nodiscard]] std::string format_duration(double seconds);

/// A size in bytes as "8 B", "32 KiB", "256 MiB" where it is a whole number of them.
[[nodiscard]] std::string format_bytes(std::int64_t bytes);

}  // namespace rackproof
