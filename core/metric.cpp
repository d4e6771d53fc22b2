#include "core/metric.hpp"

namespace rackproof {
namespace {

/// The enumerator whose to_string() is `text`, of those from 0 up to `last`.
template <class Enum>
std::optional<Enum> enum_from(std::string_view text, Enum last) noexcept {
    for (int number = 0; number <= static_cast<int>(last); ++number) {
        const auto candidate = static_cast<Enum>(number);
        if (to_string(candidate) == text) return candidate;
    }
    return std::nullopt;
}

}  // namespace

std::string_view symbol(Unit unit) noexcept {
    switch (unit) {
        case Unit::One: return "1";
        case Unit::BytesPerSecond: return "B/s";
        case Unit::FlopsPerSecond: return "FLOP/s";
        case Unit::PerSecond: return "1/s";
        case Unit::Second: return "s";
        case Unit::Watt: return "W";
        case Unit::DegreeCelsius: return "degC";
        case Unit::Hertz: return "Hz";
        case Unit::Joule: return "J";
        case Unit::Volt: return "V";
        case Unit::Ampere: return "A";
    }
    return "?";
}

std::string_view to_string(Direction direction) noexcept {
    switch (direction) {
        case Direction::HigherIsBetter: return "higher";
        case Direction::LowerIsBetter: return "lower";
        case Direction::None: return "none";
    }
    return "?";
}

std::optional<Direction> direction_from(std::string_view text) noexcept {
    return enum_from(text, Direction::None);
}

std::string_view to_string(Scope scope) noexcept {
    switch (scope) {
        case Scope::Device: return "device";
        case Scope::Node: return "node";
        case Scope::DevicePair: return "device_pair";
        case Scope::NodePair: return "node_pair";
        case Scope::Group: return "group";
    }
    return "?";
}

std::optional<Scope> scope_from(std::string_view text) noexcept {
    return enum_from(text, Scope::Group);
}

}  // namespace rackproof
