#include "reports/comparison_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "core/number_text.hpp"
#include "reports/csv_field.hpp"
#include "reports/text_format.hpp"
#include "reports/text_layout.hpp"
#include "reports/verdict_marks.hpp"

namespace rackproof {
namespace {

using Scale = MetricComparison::Scale;

std::string yield_text(const ComparedRun& run) {
    const std::int64_t all = nodes_of(run);
    const std::int64_t passed = nodes_at(run, Verdict::Pass);
    const std::string share =
        all > 0 ? format_percent(static_cast<double>(passed) / static_cast<double>(all)) : "none";
    return fmt::format("{}: {} of {} nodes pass ({}), {} watch, {} fail, {} no data",
                       clean(run.name), passed, all, share, nodes_at(run, Verdict::Watch),
                       nodes_at(run, Verdict::Fail), nodes_at(run, Verdict::NoData));
}

std::string distance_text(double distance, const MetricComparison& metric) {
    if (metric.scale == Scale::Relative) return format_percent(distance);
    if (metric.identity.unit == "degC") return fmt::format("{:.1f} K", distance);
    return format_value(distance, metric.identity.unit);
}

/// A spread or a band: against the median, or in the metric's own unit.
std::string width_text(double width, const PopulationSummary& summary, const std::string& unit) {
    if (unit == "degC") return fmt::format("{:.2f} K", width);
    if (!summary.median || !(*summary.median > 0)) return format_value(width, unit);
    return format_percent(width / *summary.median);
}

/// "median 720 TFLOP/s, spread 0.80 %, 98 % of values within 3.9 %, worst 1 % 702 TFLOP/s or less,
/// 384 values".
std::string population_text(const PopulationSummary& summary, const MetricComparison& metric) {
    const std::string& unit = metric.identity.unit;
    std::string text = "median " + format_value(summary.median.value_or(NAN), unit);
    if (summary.spread) text += ", spread " + width_text(*summary.spread, summary, unit);
    if (const std::optional<double> band = middle_band(summary)) {
        text += ", 98 % of values within " + width_text(*band, summary, unit);
    }
    const bool low_is_worse = metric.identity.better == Direction::HigherIsBetter;
    const std::optional<double> tail = low_is_worse ? summary.low : summary.high;
    if (tail && metric.identity.better != Direction::None) {
        text += fmt::format(", worst 1 % {} {}", format_value(*tail, unit),
                            low_is_worse ? "or less" : "or more");
    }
    text += fmt::format(", {} values", summary.targets);
    if (summary.missing > 0) text += fmt::format(", {} missing", summary.missing);
    if (summary.left_out > 0) {
        text += fmt::format(", {} left out, measured otherwise", summary.left_out);
    }
    return text;
}

std::string verdict_of(const MetricComparison& metric) {
    std::string text = fmt::format("{}: difference {}", to_string(*standing_of(metric)),
                                   distance_text(*metric.difference, metric));
    if (metric.interval) {
        const Interval& interval = *metric.interval;
        text +=
            fmt::format(" (95 %: {} to {}; by {} and {} {})", distance_text(interval.low, metric),
                        distance_text(interval.high, metric), interval.units_a, interval.units_b,
                        to_string(interval.unit));
    } else {
        text += " (no interval: " + clean(metric.no_interval) + ")";
    }
    if (metric.effect) {
        text += fmt::format("; effect {:+.2f} ({})", *metric.effect, effect_size(*metric.effect));
    }
    if (!metric.note.empty()) text += "; " + clean(metric.note);
    return text;
}

std::string_view direction_text(Direction better) {
    return better == Direction::HigherIsBetter  ? "higher is better"
           : better == Direction::LowerIsBetter ? "lower is better"
                                                : "neither way is better";
}

std::string metric_text(const ComparedPair& pair, const MetricComparison& metric,
                        std::size_t columns) {
    std::string text = paragraph(
        "", 2,
        clean(metric.identity.name) + fmt::format(" ({})", direction_text(metric.identity.better)),
        columns);
    text +=
        paragraph("  ", 4, clean(pair.a.name) + ": " + population_text(metric.a, metric), columns);
    text +=
        paragraph("  ", 4, clean(pair.b.name) + ": " + population_text(metric.b, metric), columns);
    return text + paragraph("  ", 4, verdict_of(metric), columns);
}

/// A line of CSV; a number goes in as it is, for "-0.03" is no formula.
class CsvLine {
  public:
    CsvLine& text(std::string_view field) { return raw(csv_field(field)); }
    CsvLine& number(const std::optional<double>& number) {
        return raw(number ? number_text(*number) : "");
    }
    CsvLine& count(std::int64_t number) { return raw(std::to_string(number)); }
    [[nodiscard]] std::string line() const { return line_ + "\n"; }

  private:
    CsvLine& raw(const std::string& field) {
        line_.append(is_first_ ? "" : ",").append(field);
        is_first_ = false;
        return *this;
    }
    std::string line_;
    bool is_first_ = true;
};

std::string csv_line(const ComparedPair& pair, const MetricComparison& metric) {
    CsvLine line;
    line.text(pair.a.name).text(pair.b.name).text(metric.identity.name).text(metric.identity.unit);
    line.text(to_string(metric.identity.better)).text(metric.refused);
    const PopulationSummary& a = metric.a;
    const PopulationSummary& b = metric.b;
    line.count(a.targets).count(b.targets).count(a.missing).count(b.missing);
    line.count(a.left_out).count(b.left_out).number(a.median).number(b.median);
    line.number(a.spread).number(b.spread).number(a.low).number(b.low);
    line.number(a.high).number(b.high);
    line.text(metric.scale == Scale::Relative ? "relative" : "absolute").number(metric.difference);
    std::optional<double> low;
    std::optional<double> high;
    if (metric.interval) {
        low = metric.interval->low;
        high = metric.interval->high;
    }
    line.number(low).number(high);
    line.text(metric.interval ? to_string(metric.interval->unit) : "").number(metric.effect);
    const std::optional<RelativeStanding> standing = standing_of(metric);
    line.text(standing ? to_string(*standing) : "");
    return line.text(metric.no_interval.empty() ? metric.note : metric.no_interval).line();
}

}  // namespace

std::int64_t nodes_of(const ComparedRun& run) {
    std::int64_t all = 0;
    for (const auto& [verdict, count] : run.nodes) all += count;
    return all;
}

std::int64_t nodes_at(const ComparedRun& run, Verdict verdict) {
    const auto found = run.nodes.find(verdict);
    return found == run.nodes.end() ? 0 : found->second;
}

std::string comparison_text(const std::vector<ComparedPair>& pairs, const TableStyle& style) {
    const std::size_t columns = table_columns(style);
    std::string text;
    for (const ComparedPair& pair : pairs) {
        if (!text.empty()) text += "\n";
        text += paragraph("", 2, clean(pair.b.name) + " against " + clean(pair.a.name), columns);
        for (const ComparedRun* run : {&pair.a, &pair.b}) {
            text += paragraph("  ", 4, yield_text(*run), columns);
        }
        std::string refused;
        for (const MetricComparison& metric : pair.metrics) {
            if (metric.refused.empty()) {
                text += "\n" + metric_text(pair, metric, columns);
            } else {
                refused += paragraph(
                    "  ", 4, clean(metric.identity.name) + ": " + clean(metric.refused), columns);
            }
        }
        if (!pair.no_energy.empty()) {
            refused +=
                paragraph("  ", 4, "energy per operation: " + clean(pair.no_energy), columns);
        }
        if (!refused.empty()) text += "\nNot compared\n" + refused;
    }
    return text;
}

std::string comparison_csv(const std::vector<ComparedPair>& pairs) {
    std::string text =
        "a,b,metric,unit,better,refused,targets_a,targets_b,missing_a,missing_b,left_out_a,"
        "left_out_b,median_a,median_b,spread_a,spread_b,p01_a,p01_b,p99_a,p99_b,scale,difference,"
        "low,high,resampled,effect,standing,note\n";
    for (const ComparedPair& pair : pairs) {
        for (const MetricComparison& metric : pair.metrics) text += csv_line(pair, metric);
    }
    return text;
}

}  // namespace rackproof
