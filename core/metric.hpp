#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rackproof {

/// Base units only; `reports/` alone scales them for people.
enum class Unit : std::uint8_t {
    One,
    BytesPerSecond,
    FlopsPerSecond,
    PerSecond,
    Second,
    Watt,
    DegreeCelsius,
    Hertz,
    Joule,
    Volt,
    Ampere,
};

enum class Direction : std::uint8_t { HigherIsBetter, LowerIsBetter, None };

/// What a metric is measured on.
enum class Scope : std::uint8_t { Device, Node, DevicePair, NodePair, Group };

/// The symbol that stands in files: "B/s", "FLOP/s", "s", "degC", "1".
[[nodiscard]] std::string_view symbol(Unit unit) noexcept;

/// "higher", "lower", "none".
[[nodiscard]] std::string_view to_string(Direction direction) noexcept;
[[nodiscard]] std::optional<Direction> direction_from(std::string_view text) noexcept;

/// "device", "node", "device_pair", "node_pair", "group".
[[nodiscard]] std::string_view to_string(Scope scope) noexcept;
[[nodiscard]] std::optional<Scope> scope_from(std::string_view text) noexcept;

/// True for scopes whose targets are pairs.
[[nodiscard]] constexpr bool is_pair(Scope scope) noexcept {
    return scope == Scope::DevicePair || scope == Scope::NodePair;
}

}  // namespace rackproof
