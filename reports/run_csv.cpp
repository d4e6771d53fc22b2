#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "analysis/cells.hpp"
#include "reports/csv_field.hpp"
#include "reports/reports.hpp"

namespace rackproof {
namespace {

constexpr std::string_view kHeader =
    "node,metric,value,device,peer,rack,row,slot,sku,vendor,unit,better,rep,time,run,attempt,"
    "outcome,reason,waived\n";

/// The shortest text that reads back as the same number; empty for none.
std::string number(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

template <class Items>
const auto& at(const Items& items, std::int32_t index) {
    return items[static_cast<std::size_t>(index)];
}

std::string group_name(const Run& run, std::int32_t group) {
    std::string name;
    for (const std::int32_t member : at(run.groups, group)) {
        if (!name.empty()) name += '+';
        name += at(run.nodes, member).name;
    }
    return name;
}

/// The fields that say where a value was measured; all empty for a target the run does not list.
struct Where {
    Node node;
    std::string device;
    std::string peer;
};

Where where_is(const Run& run, Scope scope, Target target) {
    Where where;
    where.node.rack = where.node.row = where.node.slot = "";
    where.node.sku = where.node.vendor = "";
    const std::optional<Place> place = place_of(run, scope, target);
    if (!place) return where;
    if (place->node >= 0) where.node = at(run.nodes, place->node);
    if (place->group >= 0) where.node.name = group_name(run, place->group);
    if (place->device >= 0) where.device = std::to_string(at(run.devices, place->device).index);
    if (place->peer_node >= 0) where.peer = at(run.nodes, place->peer_node).name;
    if (place->peer_device >= 0) {
        where.peer += "/" + std::to_string(at(run.devices, place->peer_device).index);
    }
    return where;
}

/// What all lines of one row share: before the value, between value and rep, and after time.
struct Fixed {
    std::string before;
    std::string between;
    std::string after;
};

/// Waived findings by metric.
using WaivedFindings = std::map<std::string_view, std::vector<const Finding*>>;

WaivedFindings waived_findings(const Judgement& judgement) {
    WaivedFindings found;
    for (const Finding& finding : judgement.findings) {
        if (!finding.waived.empty()) found[finding.metric].push_back(&finding);
    }
    return found;
}

/// Who bears a finding on what was measured there: on the device, on all of its node, or on the
/// pair.
std::string waived_there(const WaivedFindings& waived, const std::string& metric,
                         const Where& where) {
    const auto known = waived.find(metric);
    if (known == waived.end()) return {};
    for (const Finding* finding : known->second) {
        const bool is_pair = finding->peer.has_value();
        const bool is_there = finding->node == where.node.name &&
                              (!finding->device || *finding->device == where.device);
        if (is_there && (!is_pair || *finding->peer == where.peer)) return finding->waived;
    }
    return {};
}

Fixed fixed_fields(const Run& run, const Metric& metric, std::size_t row, const std::string& reason,
                   const WaivedFindings& waived) {
    const Where where = where_is(run, metric.scope, metric.target[row]);
    const Node& node = where.node;
    Fixed fixed;
    fixed.before = csv_field(node.name) + "," + csv_field(metric.name) + ",";
    for (const std::string& text :
         {where.device, where.peer, node.rack, node.row, node.slot, node.sku, node.vendor,
          metric.unit, std::string{to_string(metric.better)}}) {
        fixed.between += "," + csv_field(text);
    }
    fixed.after = fmt::format(",{},{},{},{},{}\n", csv_field(run.run_id), metric.attempt[row],
                              to_string(metric.outcome[row]), csv_field(reason),
                              csv_field(waived_there(waived, metric.name, where)));
    return fixed;
}

/// Samples of a row up to its last number; what stands between without one is a line of its own.
std::size_t used_columns(std::span<const double> samples) {
    std::size_t used = samples.size();
    while (used > 0 && !std::isfinite(samples[used - 1])) --used;
    return used;
}

void add_row(const Run& run, const Metric& metric, std::size_t row, const std::string& reason,
             const WaivedFindings& waived, std::string& csv) {
    const Fixed fixed = fixed_fields(run, metric, row, reason, waived);
    const std::span<const double> samples = metric.row(row);
    const std::size_t used = used_columns(samples);
    if (used == 0) csv += fixed.before + fixed.between + ",," + fixed.after;
    for (std::size_t column = 0; column < used; ++column) {
        const std::size_t index = row * metric.repetitions + column;
        const double time = metric.time.empty() ? kNoValue : metric.time[index];
        csv += fixed.before + number(samples[column]) + fixed.between + "," +
               std::to_string(column) + "," + number(time) + fixed.after;
    }
}

}  // namespace

std::string run_csv(const Run& run, const Judgement& judgement) {
    const WaivedFindings waived = waived_findings(judgement);
    std::map<std::pair<std::string_view, std::size_t>, std::string> reasons;
    for (const Reason& reason : run.reasons) {
        reasons.emplace(
            std::pair{std::string_view{reason.metric}, static_cast<std::size_t>(reason.row)},
            reason.text);
    }
    std::string csv{kHeader};
    for (const Metric& metric : run.metrics) {
        for (std::size_t row = 0; row < metric.rows(); ++row) {
            const auto reason = reasons.find({metric.name, row});
            add_row(run, metric, row, reason == reasons.end() ? "" : reason->second, waived, csv);
        }
    }
    return csv;
}

}  // namespace rackproof
