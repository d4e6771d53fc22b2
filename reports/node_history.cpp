#include "reports/node_history.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "analysis/robust.hpp"
#include "core/index.hpp"
#include "core/utf8.hpp"
#include "reports/text_format.hpp"
#include "reports/text_layout.hpp"
#include "reports/verdict_marks.hpp"

namespace rackproof {
namespace {

using Series = std::vector<std::optional<double>>;
using MetricTarget = std::pair<std::string, std::optional<std::string>>;  // metric, device

constexpr std::size_t kSignColumns = 9;

/// The newest of them, where the line has no room for all.
Series newest(const Series& series, std::size_t most) {
    const std::size_t left_out = series.size() > most ? series.size() - most : 0;
    return {series.begin() + static_cast<std::ptrdiff_t>(left_out), series.end()};
}

/// The devices of which a finding names one in a metric.
std::set<MetricTarget> named_devices(const std::vector<NodeNight>& nights) {
    std::set<MetricTarget> named;
    for (const NodeNight& night : nights) {
        for (const Finding& finding : night.findings) {
            if (finding.device && !finding.peer) named.emplace(finding.metric, finding.device);
        }
    }
    return named;
}

struct Lines {
    std::vector<std::string> metrics;  ///< in the order in which they appeared
    std::map<std::string, std::string> units;
    std::map<MetricTarget, Series> series;  ///< without a device: the median of all
};

Lines lines_of(const std::vector<NodeNight>& nights) {
    Lines lines;
    const std::set<MetricTarget> named = named_devices(nights);
    for (std::size_t i = 0; i < nights.size(); ++i) {
        std::map<std::string, std::vector<double>> all;
        for (const NodeValue& value : nights[i].values) {
            if (lines.units.emplace(value.metric, value.unit).second) {
                lines.metrics.push_back(value.metric);
            }
            all[value.metric].push_back(value.value);
            const MetricTarget target{value.metric, value.device};
            if (!named.contains(target)) continue;
            Series& series = lines.series[target];
            series.resize(nights.size());
            series[i] = value.value;
        }
        for (auto& [metric, values] : all) {
            Series& series = lines.series[{metric, std::nullopt}];
            series.resize(nights.size());
            series[i] = median(std::move(values));
        }
    }
    return lines;
}

std::string change_text(const Series& series, const std::string& unit) {
    std::vector<double> values;
    for (const auto& value : series) {
        if (value) values.push_back(*value);
    }
    if (values.empty()) return "no value";
    std::string text = format_value(values.back(), unit);
    if (values.size() < 2) return text;
    if (unit == "degC") return text + fmt::format(", {:+.1f} K", values.back() - values.front());
    if (values.front() == 0) return text;
    return text + fmt::format(", {:+.1f} %", 100 * (values.back() / values.front() - 1));
}

std::string metrics_text(const std::vector<NodeNight>& nights, const TableStyle& style) {
    const std::size_t columns = table_columns(style);
    constexpr std::size_t kChange = 24;
    const Lines lines = lines_of(nights);
    const auto name_of = [](const MetricTarget& target) {
        return target.second ? "  device " + clean(*target.second) : clean(target.first);
    };
    std::size_t widest = 0;
    for (const auto& [target, series] : lines.series) {
        widest = std::max(widest, display_width(name_of(target)));
    }
    const std::size_t name_columns = std::min(widest, columns / 3);
    const std::size_t room = columns - std::min(columns - 1, name_columns + 4 + kChange);
    std::string text;
    const auto add = [&](const std::string& name, const Series& series, const std::string& unit) {
        text += fitted(name, name_columns) + "  " + sparkline(newest(series, room), style.charset) +
                "  " + change_text(series, unit) + "\n";
    };
    for (const std::string& metric : lines.metrics) {
        const std::string& unit = lines.units.at(metric);
        for (const auto& [target, series] : lines.series) {
            if (target.first != metric) continue;
            add(name_of(target), series, unit);
        }
    }
    return text;
}

/// "2026-11-28 04:41"; another text as it is, but no longer than that.
std::string start_text(const std::string& started) {
    constexpr std::size_t kMinutes = 16;  // of "2026-11-28T04:41:11Z"
    if (started.empty()) return "start not known";
    std::string text = valid_utf8(clean(started).substr(0, kMinutes));
    std::ranges::replace(text, 'T', ' ');
    return text;
}

std::string night_text(const NodeNight& night, const TableStyle& style) {
    const std::size_t columns = table_columns(style);
    const std::size_t indent = kSignColumns + 2;
    const std::string sign =
        night.verdict ? coloured(fitted(mark(*night.verdict), kSignColumns), *night.verdict, style)
                      : fitted("  absent", kSignColumns);
    std::string text = paragraph(sign + "  ", indent,
                                 start_text(night.started) + "  " + clean(night.plan), columns);
    for (const Finding& finding : night.findings) {
        text += paragraph(std::string(indent, ' '), indent + 2, clean(finding.sentence), columns);
        if (finding.waived.empty()) continue;
        text += paragraph(std::string(indent + 2, ' '), indent + 2,
                          "WAIVED " + clean(finding.waived), columns);
    }
    for (const std::string& event : night.events) {
        text += paragraph(std::string(indent, ' '), indent + 2, "event: " + clean(event), columns);
    }
    return text;
}

}  // namespace

std::string sparkline(const std::vector<std::optional<double>>& values, Charset charset) {
    constexpr std::array kBlocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    constexpr std::array kDigits{"1", "2", "3", "4", "5", "6", "7", "8"};
    const bool ascii = charset == Charset::Ascii;
    const auto& heights = ascii ? kDigits : kBlocks;
    constexpr double kLeastRange = 0.02;
    std::vector<double> known;
    for (const auto& value : values) {
        if (value) known.push_back(*value);
    }
    if (known.empty()) return {};
    const auto [least, most] = std::ranges::minmax(known);
    const double middle = (least + most) / 2;
    const double range = std::max(most - least, kLeastRange * std::abs(middle));
    std::string text;
    for (const auto& value : values) {
        if (!value) {
            text += ascii ? "." : "·";
            continue;
        }
        const double height = range > 0 ? (*value - middle) / range + 0.5 : 0.5;
        text += heights.at(at(std::clamp(static_cast<int>(std::lround(7 * height)), 0, 7)));
    }
    return text;
}

std::string node_history(const std::string& node, const std::vector<NodeNight>& nights,
                         const TableStyle& style) {
    const std::size_t columns = table_columns(style);
    std::string text = paragraph(
        "", 0,
        fmt::format("{}: {} {}", clean(node), nights.size(), nights.size() == 1 ? "run" : "runs"),
        columns);
    text += "\n" + metrics_text(nights, style) + "\nRuns\n";
    for (const NodeNight& night : nights) text += night_text(night, style);
    return text;
}

}  // namespace rackproof
