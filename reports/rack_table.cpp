#include "reports/rack_table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "reports/text_layout.hpp"
#include "reports/verdict_marks.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kPhaseColumns = 13;
constexpr std::size_t kNodesColumns = 7;
constexpr std::size_t kCellsColumns = 13;
constexpr std::size_t kMostRackColumns = 20;

std::string_view name_of(RackPhase phase) {
    switch (phase) {
        case RackPhase::Gone: return "gone";
        case RackPhase::NotSubmitted: return "not submitted";
        case RackPhase::NoNodes: return "no nodes";
        case RackPhase::Incomplete: return "incomplete";
        case RackPhase::Unknown: return "unknown";
        case RackPhase::Queued: return "queued";
        case RackPhase::Running: return "running";
        case RackPhase::Complete: return "complete";
    }
    return "?";
}

/// Worst first: what failed, what nobody is at work on, what is not known, what is under way, and
/// what is well.
int severity(const RackStatus& rack) {
    if (rack.verdict == Verdict::Fail) return 0;
    if (rack.phase < RackPhase::Queued) return 1;
    if (rack.verdict == Verdict::NoData) return 2;
    if (rack.phase != RackPhase::Complete) return 3;
    return rack.verdict == Verdict::Watch ? 4 : 5;
}

std::string line_of(const RackStatus& rack, std::size_t rack_columns, const TableStyle& style) {
    const std::string verdict =
        fitted(rack.verdict ? mark(*rack.verdict) : std::string_view{"-"}, kVerdictColumns);
    const std::string cells =
        rack.cells ? fmt::format("{}/{}", rack.ended, *rack.cells) : std::string{"-"};
    const std::string nodes = fmt::format("{}/{}", rack.nodes - rack.left_out, rack.nodes);
    const std::size_t used =
        kVerdictColumns + rack_columns + kPhaseColumns + kNodesColumns + kCellsColumns + 5 * 2;
    const std::size_t columns = table_columns(style);
    std::string words = rack.job.empty() ? "" : "job " + rack.job;
    if (!rack.words.empty()) words += (words.empty() ? "" : ": ") + rack.words;
    std::string line = (rack.verdict ? coloured(verdict, *rack.verdict, style) : verdict) + "  " +
                       fitted(clean(rack.rack), rack_columns) + "  " +
                       fitted(name_of(rack.phase), kPhaseColumns) + "  " +
                       fitted(nodes, kNodesColumns) + "  " + fitted(cells, kCellsColumns);
    if (!words.empty() && used + 8 <= columns) {
        line += "  " + fitted(clean(words), std::min(columns - used, display_width(clean(words))));
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

std::string summary_of(const std::vector<RackStatus>& racks) {
    std::map<RackPhase, std::size_t> counts;
    for (const RackStatus& rack : racks) ++counts[rack.phase];
    std::string text = fmt::format("{} racks", racks.size());
    for (const auto& [phase, count] : counts) text += fmt::format(", {} {}", count, name_of(phase));
    return text + "\n";
}

}  // namespace

std::string rack_table(std::vector<RackStatus> racks, const TableStyle& style) {
    std::ranges::sort(racks, {}, [](const RackStatus& rack) {
        return std::tuple{severity(rack), rack.phase, rack.rack};
    });
    std::size_t rack_columns = 4;
    for (const RackStatus& rack : racks) {
        rack_columns = std::max(rack_columns, display_width(clean(rack.rack)));
    }
    rack_columns = std::min(rack_columns, kMostRackColumns);
    std::string text = fitted("VERDICT", kVerdictColumns) + "  " + fitted("RACK", rack_columns) +
                       "  " + fitted("STATE", kPhaseColumns) + "  " +
                       fitted("NODES", kNodesColumns) + "  CELLS\n";
    for (const RackStatus& rack : racks) text += line_of(rack, rack_columns, style);
    return text + "\n" + summary_of(racks);
}

int exit_status(const std::vector<RackStatus>& racks) {
    const auto fails = [](const RackStatus& rack) { return rack.verdict == Verdict::Fail; };
    const auto is_open = [](const RackStatus& rack) {
        return rack.phase != RackPhase::Complete || !rack.verdict ||
               rack.verdict == Verdict::NoData;
    };
    if (std::ranges::any_of(racks, fails)) return 1;
    return racks.empty() || std::ranges::any_of(racks, is_open) ? 3 : 0;
}

}  // namespace rackproof
