#include "reports/text_format.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "core/metric.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr const char* kNoValueText = "no value";

constexpr std::array<const char*, 11> kPrefixes = {"f", "p", "n", "u", "m", "",
                                                   "k", "M", "G", "T", "P"};
constexpr int kNoPrefix = 5;  ///< index into kPrefixes

/// Three digits, never an exponent; for 0.1 <= |value| < 1000 after rounding.
std::string three_digits(double value) {
    const double size = std::abs(value);
    const int decimals = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
    return fmt::format("{:.{}f}", value, decimals);
}

bool takes_prefix(std::string_view unit) {
    constexpr Unit kScaled[] = {Unit::BytesPerSecond, Unit::FlopsPerSecond, Unit::Second,
                                Unit::Watt,           Unit::Hertz,          Unit::Joule,
                                Unit::Volt,           Unit::Ampere};
    return std::ranges::any_of(kScaled, [unit](Unit scaled) { return symbol(scaled) == unit; });
}

std::string with_prefix(double value, std::string_view unit) {
    int index = kNoPrefix;
    // 999.5 rounds to four digits: it takes the next prefix.
    for (; std::abs(value) >= 999.5 && index + 1 < std::ssize(kPrefixes); ++index) value /= 1000;
    for (; std::abs(value) < 0.9995 && index > 0; --index) value *= 1000;
    const bool out_of_range = std::abs(value) >= 999.5 || std::abs(value) < 0.9995;
    const std::string number = out_of_range ? fmt::format("{:.3g}", value) : three_digits(value);
    return number + " " + kPrefixes[static_cast<std::size_t>(index)] + std::string{unit};
}

/// Numbers without a unit that scales: three digits at least, whole numbers whole.
std::string plain(double value) {
    const double size = std::abs(value);
    if (size >= 1e6 || (size < 1e-3 && size > 0)) return fmt::format("{:.2e}", value);
    if (value == std::round(value)) return fmt::format("{:.0f}", value);
    return size >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

std::string parts(double whole, const char* unit, double rest, const char* rest_unit) {
    if (rest == 0) return fmt::format("{:.0f} {}", whole, unit);
    return fmt::format("{:.0f} {} {:.0f} {}", whole, unit, rest, rest_unit);
}

}  // namespace

std::string format_value(double value, std::string_view unit) {
    if (std::isnan(value)) return kNoValueText;
    if (unit == symbol(Unit::One))
        return std::isinf(value) ? fmt::format("{}", value) : plain(value);
    const std::string shown_unit = printable(unit);
    if (std::isinf(value)) return fmt::format("{} {}", value, shown_unit);
    if (unit == symbol(Unit::DegreeCelsius)) return fmt::format("{:.1f} {}", value, shown_unit);
    if (value != 0 && takes_prefix(unit)) return with_prefix(value, unit);
    return plain(value) + " " + shown_unit;
}

std::string format_percent(double fraction) {
    if (std::isnan(fraction)) return kNoValueText;
    const double percent = 100 * fraction;
    const double size = std::abs(percent);
    const int decimals = size < 0.995 ? 2 : size < 99.95 ? 1 : 0;
    // Adding 0 turns -0 into 0.
    return size < 0.005 ? "0.0 %" : fmt::format("{:.{}f} %", percent + 0.0, decimals);
}

std::string format_duration(double seconds) {
    if (!std::isfinite(seconds)) return kNoValueText;
    if (seconds < 0) return "-" + format_duration(-seconds);
    if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
    constexpr double kMinute = 60;
    constexpr double kHour = 60 * kMinute;
    constexpr double kDay = 24 * kHour;
    const double whole = std::round(seconds);
    if (whole < kMinute) return fmt::format("{:.0f} s", whole);
    if (whole < kHour) {
        return parts(std::floor(whole / kMinute), "min", std::fmod(whole, kMinute), "s");
    }
    const double minutes = std::round(whole / kMinute);
    if (minutes * kMinute < kDay) {
        return parts(std::floor(minutes / 60), "h", std::fmod(minutes, 60), "min");
    }
    const double hours = std::round(whole / kHour);
    return parts(std::floor(hours / 24), "d", std::fmod(hours, 24), "h");
}

std::string format_bytes(std::int64_t bytes) {
    constexpr std::array<const char*, 7> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t index = 0;
    while (bytes != 0 && bytes % 1024 == 0 && index + 1 < kUnits.size()) {
        bytes /= 1024;
        ++index;
    }
    return fmt::format("{} {}", bytes, kUnits[index]);
}

}  // namespace rackproof
