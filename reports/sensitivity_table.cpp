#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reports/reports.hpp"
#include "reports/text_layout.hpp"
#include "reports/verdict_marks.hpp"

namespace rackproof {
namespace {

constexpr double kShouldBeSeen = 0.05;
constexpr double kShouldBeSeen_K = 10;
constexpr std::size_t kLevelColumns = 8;
constexpr std::size_t kLeastNameColumns = 12;

/// What the cohorts of one metric could have seen on one level: the largest of them.
struct Seen {
    std::optional<double> slowdown;
    std::string unit;
};

struct MetricLine {
    std::string metric;
    std::string suite;
    std::map<Level, Seen> levels;  ///< finest first; empty: not compared
};

bool is_less(const std::optional<double>& a, const std::optional<double>& b) {
    return a && (!b || *a < *b);
}

std::vector<MetricLine> lines_of(const std::vector<Sensitivity>& sensitivities) {
    std::vector<MetricLine> lines;
    for (const Sensitivity& each : sensitivities) {
        if (lines.empty() || lines.back().metric != each.metric) {
            lines.push_back({each.metric, each.suite, {}});
        }
        if (!each.level) continue;
        Seen seen{each.slowdown, each.unit};
        const auto [known, is_new] = lines.back().levels.emplace(*each.level, seen);
        if (!is_new && is_less(known->second.slowdown, seen.slowdown)) known->second = seen;
    }
    return lines;
}

std::string seen_text(const Seen& seen) {
    if (!seen.slowdown) return "none";
    if (seen.unit == "K") return fmt::format("{:.1f} K", *seen.slowdown);
    return fmt::format("{:.1f} %", 100 * *seen.slowdown);
}

std::string column_name(Level level) {
    return level == Level::Fleet ? "group" : std::string{to_string(level)};
}

/// A name and its cells, `in_line` of them beside it and the others below.
std::string row(std::string_view name, std::size_t name_columns,
                const std::vector<std::string>& cells, std::size_t in_line) {
    std::string text = fitted(name, name_columns);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0 && i % in_line == 0) text += "\n" + std::string(name_columns, ' ');
        text += fmt::format("{:>{}}", cells[i], kLevelColumns);
    }
    return text + "\n";
}

/// Why it could not have seen 5 % (10 K) of one of its own targets; empty if it could.
std::string blindness(const MetricLine& line) {
    if (line.levels.empty()) return "nothing to compare it with";
    const auto& [level, seen] = *line.levels.begin();
    const double least = seen.unit == "K" ? kShouldBeSeen_K : kShouldBeSeen;
    const bool sees = seen.slowdown && *seen.slowdown <= least;
    return sees ? "" : seen_text(seen) + " of one " + column_name(level);
}

std::string blind_text(const std::vector<MetricLine>& lines, std::size_t columns) {
    std::map<std::string, std::string> suites;
    for (const MetricLine& line : lines) {
        const std::string why = blindness(line);
        if (why.empty()) continue;
        std::string& text = suites[line.suite];
        text += (text.empty() ? "" : ", ") + clean(line.metric) + " (" + why + ")";
    }
    if (suites.empty()) {
        return paragraph("", 0, "Every metric could have seen 5 % (temperatures: 10 K).", columns);
    }
    std::string text = paragraph("", 0, "Could not have seen 5 % (temperatures: 10 K)", columns);
    for (const auto& [suite, metrics] : suites) {
        text += paragraph("  ", 4, clean(suite) + ": " + metrics, columns);
    }
    return text;
}

}  // namespace

std::string sensitivity_table(const Judgement& judgement, const TableStyle& style) {
    const std::vector<MetricLine> lines = lines_of(judgement.sensitivity);
    const std::size_t columns = table_columns(style);
    std::string text = paragraph(
        "", 0,
        "Sensitivity: the smallest slowdown of one place, in one metric alone, that would have "
        "failed nine times in ten",
        columns);
    if (lines.empty()) return text + "No metric has numbers and a direction.\n";
    std::set<Level> levels;
    std::size_t widest = 6;
    for (const MetricLine& line : lines) {
        widest = std::max(widest, display_width(clean(line.metric)));
        for (const auto& [level, seen] : line.levels) levels.insert(level);
    }
    const std::size_t in_line =
        std::min(levels.size(), (columns - kLeastNameColumns) / kLevelColumns);
    const std::size_t name_columns = std::min(widest, columns - in_line * kLevelColumns - 1);
    std::vector<std::string> cells;
    cells.reserve(levels.size());
    for (const Level level : levels) cells.push_back(column_name(level));
    text += row("METRIC", name_columns, cells, in_line);
    for (const MetricLine& line : lines) {
        cells.clear();
        for (const Level level : levels) {
            const auto seen = line.levels.find(level);
            cells.push_back(seen == line.levels.end() ? "-" : seen_text(seen->second));
        }
        text += row(clean(line.metric), name_columns, cells, in_line);
    }
    return text + blind_text(lines, columns);
}

}  // namespace rackproof
