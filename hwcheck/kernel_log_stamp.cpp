#include "hwcheck/kernel_log_stamp.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "core/number_text.hpp"
#include "hwcheck/mailed_text.hpp"

namespace rackproof::klog {
namespace {

bool has_digits(std::string_view text, std::size_t at, std::size_t count) {
    if (text.size() < at + count) return false;
    return std::ranges::all_of(text.substr(at, count), [](char c) { return c >= '0' && c <= '9'; });
}

int digits(std::string_view text, std::size_t at, std::size_t count) {
    return static_cast<int>(mailed::whole(text.substr(at, count)).value_or(0));
}

bool is_month(std::string_view text) {
    constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return std::ranges::find(kMonths, text) != kMonths.end();
}

/// Takes "2025-01-21T02:21:33,498559+00:00" off the front, as UTC to the second; empty if there is
/// none. A fraction is left out, a zone applied ("+0200", "+02:00", "Z").
std::string take_iso_time(std::string_view& text) {
    constexpr std::size_t kWhole = 19;
    const bool is_time = has_digits(text, 0, 4) && has_digits(text, 5, 2) &&
                         has_digits(text, 8, 2) && has_digits(text, 11, 2) &&
                         has_digits(text, 14, 2) && has_digits(text, 17, 2) && text[4] == '-' &&
                         text[7] == '-' && (text[10] == 'T' || text[10] == ' ') &&
                         text[13] == ':' && text[16] == ':';
    if (!is_time) return "";
    const std::chrono::year_month_day day{
        std::chrono::year{digits(text, 0, 4)},
        std::chrono::month{static_cast<unsigned>(digits(text, 5, 2))},
        std::chrono::day{static_cast<unsigned>(digits(text, 8, 2))}};
    if (!day.ok()) return "";
    std::chrono::sys_seconds time = std::chrono::sys_days{day};
    time += std::chrono::hours{digits(text, 11, 2)} + std::chrono::minutes{digits(text, 14, 2)} +
            std::chrono::seconds{digits(text, 17, 2)};
    std::string_view rest = text.substr(kWhole);
    if (rest.starts_with(',') || rest.starts_with('.')) {
        const std::size_t end = rest.find_first_not_of("0123456789", 1);
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
    }
    const bool is_utc = rest.starts_with('Z');
    const bool has_zone = rest.starts_with('+') || rest.starts_with('-');
    std::string said{text.substr(0, kWhole)};
    if (is_utc) rest.remove_prefix(1);
    if (has_zone) {
        if (!has_digits(rest, 1, 2)) return "";
        const std::size_t minutes_at = rest.size() > 3 && rest[3] == ':' ? 4 : 3;
        if (!has_digits(rest, minutes_at, 2)) return "";
        const std::chrono::minutes zone{digits(rest, 1, 2) * 60 + digits(rest, minutes_at, 2)};
        time += rest.front() == '-' ? zone : -zone;
        rest.remove_prefix(minutes_at + 2);
    }
    text = mailed::trimmed(rest);
    if (!is_utc && !has_zone) return said + " (the node's own time)";
    return utc_text(time);
}

/// "[  201.650687] text", "[Sun Feb 23 16:24:18 2025] text".
std::optional<Message> bracketed(std::string_view line) {
    if (!line.starts_with('[')) return {};
    const std::size_t end = line.find(']');
    constexpr std::size_t kLongest = 40;
    if (end > kLongest) return {};  // or there is none
    const std::string_view stamp = mailed::trimmed(line.substr(1, end - 1));
    Message message{mailed::trimmed(line.substr(end + 1)), "", true};
    constexpr std::size_t kMonthAt = 4;
    if (const auto seconds = mailed::decimal(stamp)) {
        message.time = number_text(*seconds) + " s after boot";
        message.after_boot_s = seconds;
    } else if (stamp.size() > kMonthAt + 3 && is_month(stamp.substr(kMonthAt, 3))) {
        message.time = std::string{stamp} + " (the node's own time)";
    } else {
        std::string_view iso = stamp;
        message.time = take_iso_time(iso);
        if (message.time.empty()) return {};
    }
    return message;
}

/// "<6>[ 1.5] text": the level is left out.
std::string_view without_level(std::string_view line) {
    if (line.size() < 3 || line.front() != '<') return line;
    const std::size_t end = line.find('>');
    if (end == std::string_view::npos || !mailed::whole(line.substr(1, end - 1))) return line;
    return line.substr(end + 1);
}

/// "kern  :warn  : text" of dmesg --decode.
std::string_view without_facility(std::string_view line) {
    const std::size_t first = line.find(':');
    constexpr std::size_t kWidest = 9;
    if (first > kWidest) return line;  // or there is none
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string_view::npos || second - first > kWidest) return line;
    const std::string_view level = mailed::trimmed(line.substr(first + 1, second - first - 1));
    constexpr std::array<std::string_view, 8> kLevels{"emerg", "alert",  "crit", "err",
                                                      "warn",  "notice", "info", "debug"};
    if (std::ranges::find(kLevels, level) == kLevels.end()) return line;
    return mailed::trimmed(line.substr(second + 1));
}

/// "6,3964,206764307,-;text" of /dev/kmsg, whose third number is in microseconds. The first is
/// level + 8 x facility; the kernel keeps facility 0 to itself, whoever writes into /dev/kmsg.
std::optional<Message> record(std::string_view line) {
    const std::size_t end = line.find(';');
    if (end == std::string_view::npos) return {};
    std::string_view head = line.substr(0, end);
    const auto priority = mailed::whole(mailed::take_until(head, ','));
    const bool has_number = mailed::whole(mailed::take_until(head, ',')).has_value();
    const auto micros = mailed::whole(mailed::take_until(head, ','));
    if (!priority || !has_number || !micros) return {};
    constexpr double kPerSecond = 1e6;
    constexpr std::uint64_t kLevels = 8;
    const double seconds = static_cast<double>(*micros) / kPerSecond;
    return Message{mailed::trimmed(line.substr(end + 1)), number_text(seconds) + " s after boot",
                   *priority < kLevels, seconds};
}

/// "HOST kernel: text" or "HOST program[12]: text", behind a journal's or syslog's time.
std::optional<Message> from_program(std::string_view rest, const std::string& time) {
    rest = mailed::trimmed(rest);
    if (mailed::take_until(rest, ' ').empty() || rest.empty()) return {};
    const std::size_t colon = rest.find(": ");
    if (colon == std::string_view::npos) return {};
    const std::string_view program = rest.substr(0, colon);
    if (program.find(' ') != std::string_view::npos) return {};
    Message message{mailed::trimmed(rest.substr(colon + 2)), time, program == "kernel"};
    // syslog keeps the kernel's own stamp in front of its message.
    if (const auto inner = bracketed(message.text); message.is_kernel && inner) {
        message.text = inner->text;
    }
    return message;
}

/// "May 29 10:50:24 HOST kernel: text", without year and zone.
std::optional<Message> syslog(std::string_view line) {
    constexpr std::size_t kStamp = 15;
    if (line.size() < kStamp || !is_month(line.substr(0, 3)) || line[3] != ' ' ||
        !has_digits(line, 7, 2) || line[9] != ':' || !has_digits(line, 10, 2) || line[12] != ':' ||
        !has_digits(line, 13, 2)) {
        return {};
    }
    return from_program(line.substr(kStamp),
                        std::string{line.substr(0, kStamp)} + " (the node's own time)");
}

}  // namespace

std::string utc_text(std::chrono::sys_seconds time) {
    const auto date = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day utc{date};
    const std::chrono::hh_mm_ss clock{time - date};
    const auto two = [](auto number) {
        const std::string word = std::to_string(number);
        return word.size() < 2 ? "0" + word : word;
    };
    return std::to_string(static_cast<int>(utc.year())) + "-" +
           two(static_cast<unsigned>(utc.month())) + "-" + two(static_cast<unsigned>(utc.day())) +
           "T" + two(clock.hours().count()) + ":" + two(clock.minutes().count()) + ":" +
           two(clock.seconds().count()) + "Z";
}

std::optional<Message> message_of(std::string_view line) {
    line = without_facility(without_level(mailed::trimmed(line)));
    if (auto message = bracketed(line)) return message;
    if (auto message = record(line)) return message;
    if (auto message = syslog(line)) return message;
    // dmesg writes a comma before the fraction; a journal and syslog name host and program.
    constexpr std::size_t kFraction = 19;
    const bool is_dmesg = line.size() > kFraction && line[kFraction] == ',';
    std::string_view rest = line;
    const std::string time = take_iso_time(rest);
    if (time.empty()) return {};
    if (is_dmesg) return Message{rest, time, true};
    return from_program(rest, time);
}

}  // namespace rackproof::klog
