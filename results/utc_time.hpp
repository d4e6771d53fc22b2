#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rackproof {

/// Seconds since 1970 of "2026-11-23T04:41:11.5Z": a date and a time in ISO 8601 with 'T' or a
/// space between, fractions allowed, UTC unless "+01:00" or the like follows. nullopt for anything
/// else.
[[nodiscard]] std::optional<double> parse_utc(std::string_view text);

/// The other way, cut to the second: "2026-11-23T04:41:11Z".
[[nodiscard]] std::string utc_text(double seconds_since_1970);

}  // namespace rackproof
