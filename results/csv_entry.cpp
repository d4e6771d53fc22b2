#include "results/csv_entry.hpp"

#include <charconv>
#include <cmath>

#include "core/utf8.hpp"
#include "results/utc_time.hpp"

namespace rackproof::csv {
namespace {

using Found = std::optional<FieldProblem>;

constexpr std::int32_t kMostDevices = 65'536;
constexpr std::int32_t kMostRepetitions = 1'000'000'000;

std::string quoted(std::string_view text) {
    constexpr std::size_t kMostBytes = 60;
    return "'" + shortened(printable(text), kMostBytes) + "'";
}

bool says_nan(std::string_view text) {
    return text.size() == 3 && (text[0] | 0x20) == 'n' && (text[1] | 0x20) == 'a' &&
           (text[2] | 0x20) == 'n';
}

/// All of `text` as a finite number.
std::optional<double> finite_number(std::string_view text) {
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    double number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
    if (!std::isfinite(number)) return std::nullopt;
    return number;
}

std::optional<std::int32_t> whole_number(std::string_view text, std::int32_t most) {
    std::int32_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
    if (number < 0 || number > most) return std::nullopt;
    return number;
}

Found parse_value(std::string_view text, Entry& entry) {
    entry.value = kNoValue;
    text = trimmed(text);
    if (text.empty() || says_nan(text)) return std::nullopt;
    const std::optional<double> number = finite_number(text);
    if (!number) {
        return FieldProblem{Column::Value, quoted(text) +
                                               " is no value; expected a finite number with '.' as "
                                               "its decimal sign, or nothing or nan for none"};
    }
    entry.value = *number;
    return std::nullopt;
}

Found parse_device(std::string_view text, Entry& entry) {
    entry.device = -1;
    text = trimmed(text);
    if (text.empty()) return std::nullopt;
    const auto index = whole_number(text, kMostDevices - 1);
    if (!index) {
        return FieldProblem{Column::Device, quoted(text) +
                                                " is no device; expected its number within the "
                                                "node, 0 to 65535, or nothing"};
    }
    entry.device = *index;
    return std::nullopt;
}

/// "NODE", or "NODE/DEVICE" where the row has a device.
Found parse_peer(std::string_view text, Entry& entry) {
    entry.peer = text;
    entry.peer_device = -1;
    if (text.empty() || entry.device < 0) return std::nullopt;
    const std::size_t slash = text.rfind('/');
    const auto index = slash == std::string_view::npos
                           ? std::nullopt
                           : whole_number(text.substr(slash + 1), kMostDevices - 1);
    if (!index || slash == 0) {
        return FieldProblem{Column::Peer, quoted(text) +
                                              " is no device; expected NODE/DEVICE, because this "
                                              "row names a device"};
    }
    entry.peer = text.substr(0, slash);
    entry.peer_device = *index;
    return std::nullopt;
}

Found parse_time(std::string_view text, Entry& entry) {
    entry.time.reset();
    text = trimmed(text);
    if (text.empty()) return std::nullopt;
    if (const auto utc = parse_utc(text)) {
        entry.time = EntryTime{*utc, true};
    } else if (const auto seconds = finite_number(text)) {
        entry.time = EntryTime{*seconds, false};
    } else {
        return FieldProblem{Column::Time, quoted(text) +
                                              " is no time; expected seconds since the run "
                                              "started, or a date and time such as "
                                              "2026-11-23T04:41:11Z"};
    }
    return std::nullopt;
}

Found parse_counts(const Columns& columns, const Row& row, Entry& entry) {
    entry.rep.reset();
    const std::string_view rep = trimmed(columns.text(row, Column::Rep));
    if (!rep.empty()) {
        entry.rep = whole_number(rep, kMostRepetitions);
        if (!entry.rep) {
            return FieldProblem{Column::Rep, quoted(rep) +
                                                 " is no repetition; expected a whole number, or "
                                                 "nothing"};
        }
    }
    entry.attempt = 0;
    const std::string_view attempt = trimmed(columns.text(row, Column::Attempt));
    if (attempt.empty()) return std::nullopt;
    const auto number = whole_number(attempt, kMostRepetitions);
    if (!number) {
        return FieldProblem{Column::Attempt,
                            quoted(attempt) + " is no attempt; expected a whole number"};
    }
    entry.attempt = *number;
    return std::nullopt;
}

Found parse_words(const Columns& columns, const Row& row, Entry& entry) {
    entry.better.reset();
    const std::string_view better = trimmed(columns.text(row, Column::Better));
    if (!better.empty()) {
        entry.better = direction_from(better);
        if (!entry.better) {
            return FieldProblem{Column::Better,
                                quoted(better) + " is unknown; expected higher, lower or none"};
        }
    }
    entry.outcome.reset();
    const std::string_view outcome = trimmed(columns.text(row, Column::Outcome));
    if (outcome.empty()) return std::nullopt;
    entry.outcome = outcome_from(outcome);
    if (entry.outcome) return std::nullopt;
    return FieldProblem{Column::Outcome, quoted(outcome) +
                                             " is unknown; expected completed, wrong_answer, "
                                             "failed, timed_out, lost, skipped or excluded"};
}

}  // namespace

std::optional<FieldProblem> parse_entry(const Columns& columns, const Row& row, Entry& entry) {
    entry.node = columns.text(row, Column::Node);
    entry.metric = columns.text(row, Column::Metric);
    entry.unit = trimmed(columns.text(row, Column::Unit));
    entry.reason = columns.text(row, Column::Reason);
    if (entry.node.empty()) return FieldProblem{Column::Node, "empty; expected a node's name"};
    if (entry.metric.empty()) {
        return FieldProblem{Column::Metric, "empty; expected a metric's name"};
    }
    if (auto found = parse_value(columns.text(row, Column::Value), entry)) return found;
    if (auto found = parse_device(columns.text(row, Column::Device), entry)) return found;
    if (auto found = parse_peer(columns.text(row, Column::Peer), entry)) return found;
    if (auto found = parse_time(columns.text(row, Column::Time), entry)) return found;
    if (auto found = parse_counts(columns, row, entry)) return found;
    return parse_words(columns, row, entry);
}

std::string name_problem(std::string_view name) {
    constexpr std::size_t kMostBytes = 255;
    if (name.size() > kMostBytes) {
        return "is longer than 255 bytes";
    }
    if (valid_utf8(name) != name) return "is not UTF-8";
    if (printable(name) != name) return "holds a control character";
    return "";
}

}  // namespace rackproof::csv
