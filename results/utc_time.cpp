#include "results/utc_time.hpp"

#include <fmt/core.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace rackproof {
namespace {

/// Takes `digits` digits off the front; nullopt if they are not there.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int number = 0;
    for (const char c : text.substr(0, digits)) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return number;
}

bool take(std::string_view& text, char wanted) {
    if (text.empty() || text.front() != wanted) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<double> take_date(std::string_view& text) {
    const auto year = take_number(text, 4);
    if (!year || !take(text, '-')) return std::nullopt;
    const auto month = take_number(text, 2);
    if (!month || !take(text, '-')) return std::nullopt;
    const auto day = take_number(text, 2);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) return std::nullopt;
    constexpr double kDay_s = 86'400;
    return static_cast<double>(std::chrono::sys_days{date}.time_since_epoch().count()) * kDay_s;
}

/// Hours and minutes as seconds.
std::optional<double> take_hours(std::string_view& text) {
    const auto hours = take_number(text, 2);
    if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
    const auto minutes = take_number(text, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    return *hours * 3600.0 + *minutes * 60.0;
}

std::optional<double> take_seconds(std::string_view& text) {
    if (text.empty() || text.front() < '0' || text.front() > '5') return std::nullopt;
    double seconds = 0;
    const auto parsed =
        std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
    if (parsed.ec != std::errc{} || seconds >= 60) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
    return seconds;
}

}  // namespace

std::optional<double> parse_utc(std::string_view text) {
    const auto date = take_date(text);
    if (!date || (!take(text, 'T') && !take(text, ' '))) return std::nullopt;
    const auto hours = take_hours(text);
    if (!hours || !take(text, ':')) return std::nullopt;
    const auto seconds = take_seconds(text);
    if (!seconds) return std::nullopt;
    const double local = *date + *hours + *seconds;
    if (text.empty() || text == "Z") return local;
    const double sign = text.front() == '-' ? -1 : 1;
    if (!take(text, '+') && !take(text, '-')) return std::nullopt;
    const auto offset = take_hours(text);
    if (!offset || !text.empty()) return std::nullopt;
    return local - sign * *offset;
}

std::string utc_text(double seconds_since_1970) {
    const auto whole = static_cast<std::int64_t>(std::floor(seconds_since_1970));
    const std::chrono::sys_seconds time{std::chrono::seconds{whole}};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::int64_t second = (time - day).count();
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       second / 3600, second / 60 % 60, second % 60);
}

}  // namespace rackproof
