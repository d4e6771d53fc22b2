#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "analysis/cells.hpp"
#include "analysis/robust.hpp"
#include "reports/reports.hpp"
#include "reports/text_format.hpp"
#include "reports/text_layout.hpp"
#include "reports/verdict_marks.hpp"

namespace rackproof {
namespace {

/// Robust standard deviation over the targets, relative but for temperatures.
std::string spread_text(const Metric& metric, const std::vector<double>& values) {
    const std::optional<double> spread = robust_spread(values);
    const std::optional<double> centre = median(values);
    if (!spread || !centre) return "-";
    if (metric.unit == symbol(Unit::DegreeCelsius)) return fmt::format("{:.1f} K", *spread);
    return *centre == 0 ? "-" : format_percent(*spread / std::abs(*centre));
}

struct Columns {
    std::size_t name = 0;
    std::size_t cells = 5;
    std::size_t value = 12;
    std::size_t spread = 7;
};

std::string line(const Columns& columns, const std::string& name, const std::string& cells,
                 const std::string& median_text, const std::string& spread,
                 const std::string& worst_text) {
    std::string text = fitted(name, columns.name) + " " + fitted(cells, columns.cells) + " " +
                       fitted(median_text, columns.value) + " " + fitted(spread, columns.spread) +
                       " " + fitted(worst_text, columns.value);
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
}

/// The worst target's value; nothing is worst where no direction is better.
std::string worst_text(const Metric& metric, const std::vector<double>& values) {
    const auto [least, most] = std::ranges::minmax(values);
    switch (metric.better) {
        case Direction::HigherIsBetter: return format_value(least, metric.unit);
        case Direction::LowerIsBetter: return format_value(most, metric.unit);
        case Direction::None: break;
    }
    return "-";
}

std::string metric_line(const Columns& columns, const MetricCells& cells) {
    const Metric& metric = cells.metric();
    std::vector<double> values;
    for (const TargetCell& cell : cells.cells()) {
        if (cell.value) values.push_back(*cell.value);
    }
    const std::string measured = fmt::format("{}/{}", values.size(), cells.cells().size());
    if (values.empty()) return line(columns, clean(metric.name), measured, "no value", "-", "-");
    return line(columns, clean(metric.name), measured, format_value(*median(values), metric.unit),
                spread_text(metric, values), worst_text(metric, values));
}

/// Seconds of one operation on each rank and repetition; empty if it is not known how many
/// operations a sample has.
std::vector<double> operation_times(const Survey& survey, const Metric& metric,
                                    const RankTimes& ranks) {
    const std::size_t count = std::min({ranks.cell.size(), ranks.entry.size(), ranks.exit.size()});
    std::vector<double> times;
    for (std::size_t i = 0; i < count; ++i) {
        const auto row = static_cast<std::size_t>(ranks.cell[i]);
        if (ranks.cell[i] < 0 || row >= metric.variant.size()) continue;
        const auto variant = static_cast<std::size_t>(metric.variant[row]);
        if (metric.variant[row] < 0 || variant >= survey.variants.size()) continue;
        const std::optional<std::int64_t> operations = survey.variants[variant].operations;
        const double time = ranks.exit[i] - ranks.entry[i];
        if (!operations || *operations < 1 || !std::isfinite(time)) continue;
        times.push_back(time / static_cast<double>(*operations));
    }
    return times;
}

std::string rank_lines(const Survey& survey, const Metric& metric, std::size_t columns) {
    const auto found = survey.run->ranks.find(metric.name);
    if (found == survey.run->ranks.end()) return {};
    const std::vector<double> times = operation_times(survey, metric, found->second);
    std::string text = "ranks: how long one operation took is not known";
    if (!times.empty()) {
        const auto [least, most] = std::ranges::minmax(times);
        const double sum = std::accumulate(times.begin(), times.end(), 0.0);
        text = fmt::format("ranks: an operation took {} to {}, {} on average",
                           format_value(least, "s"), format_value(most, "s"),
                           format_value(sum / static_cast<double>(times.size()), "s"));
    }
    return paragraph("    ", 6, text, columns);
}

/// STREAM reports the best repetition beside the median (McCalpin's rules).
std::string best_line(const MetricCells& cells, std::size_t columns) {
    const Metric& metric = cells.metric();
    if (metric.suite != "membw" || metric.better == Direction::None) return {};
    const bool higher = metric.better == Direction::HigherIsBetter;
    std::optional<double> best;
    for (const double value : metric.values) {
        if (!std::isfinite(value)) continue;
        best = best ? (higher ? std::max(*best, value) : std::min(*best, value)) : value;
    }
    if (!best) return {};
    return paragraph("    ", 6, "best repetition of all: " + format_value(*best, metric.unit),
                     columns);
}

}  // namespace

std::string metric_table(const Run& run, const TableStyle& style) {
    const std::size_t width = table_columns(style);
    const Survey survey{run};
    Columns columns;
    std::size_t longest = 6;
    std::vector<MetricCells> metrics;
    for (std::size_t i = 0; i < run.metrics.size(); ++i) {
        metrics.emplace_back(survey, run.metrics[i], i);
    }
    for (const MetricCells& cells : metrics) {
        longest = std::max(longest, display_width(clean(cells.metric().name)));
        const std::size_t digits = std::to_string(cells.cells().size()).size();
        columns.cells = std::max(columns.cells, 2 * digits + 1);
    }
    if (width < columns.cells + 2 * columns.value + columns.spread + 12) columns.value = 6;
    const std::size_t fixed = columns.cells + 2 * columns.value + columns.spread + 4;
    columns.name = std::min(longest, width - std::min(width, fixed));
    std::string text = line(columns, "METRIC", "CELLS", "MEDIAN", "SPREAD", "WORST");
    for (const MetricCells& cells : metrics) {
        text += metric_line(columns, cells);
        text += best_line(cells, width);
        text += rank_lines(survey, cells.metric(), width);
    }
    return text;
}

}  // namespace rackproof
