#include <fmt/core.h>

#include <map>
#include <utility>

#include "core/number_text.hpp"
#include "reports/fleet_health_report.hpp"
#include "reports/prometheus_series.hpp"

namespace rackproof {
namespace {

constexpr Verdict kInOrder[] = {Verdict::Pass, Verdict::Watch, Verdict::NoData, Verdict::Fail};

/// The series of one place or node, a line a verdict; `labels` ends with a comma, or is empty.
std::string counts_series(std::string_view name, const std::string& labels,
                          const VerdictCounts& counts) {
    std::string text;
    for (const Verdict verdict : kInOrder) {
        text += fmt::format("rackproof_{}{{{}verdict=\"{}\"}} {}\n", name, labels,
                            to_string(verdict), counts.of(verdict));
    }
    return text +
           fmt::format("rackproof_{}{{{}verdict=\"absent\"}} {}\n", name, labels, counts.absent);
}

void add_counts_to(VerdictCounts& sum, const VerdictCounts& counts) {
    for (const auto& [verdict, count] : counts.by_verdict) sum.by_verdict[verdict] += count;
    sum.absent += counts.absent;
}

std::string transitions(const FleetHealth& health) {
    std::string text =
        series_head("fleet_transitions", "Nodes by how they changed since the night before.");
    for (const Transition transition : kAllTransitions) {
        const auto found = health.transitions.find(transition);
        text += fmt::format("rackproof_fleet_transitions{{transition=\"{}\"}} {}\n",
                            to_string(transition),
                            found == health.transitions.end() ? 0 : found->second.size());
    }
    return text;
}

std::string drift(const FleetHealth& health) {
    std::map<std::pair<Verdict, std::string_view>, std::size_t> counts;
    for (const Verdict verdict : {Verdict::Watch, Verdict::Fail}) {
        for (const char* waived : {"no", "yes"}) counts[{verdict, waived}] = 0;
    }
    for (const Finding& finding : health.drift) {
        ++counts[{finding.verdict, finding.waived.empty() ? "no" : "yes"}];
    }
    std::string text =
        series_head("fleet_drift_findings", "What got worse against its own past, last night.");
    for (const auto& [key, count] : counts) {
        text += fmt::format("rackproof_fleet_drift_findings{{verdict=\"{}\",waived=\"{}\"}} {}\n",
                            to_string(key.first), key.second, count);
    }
    return text;
}

/// Racks and nodes that are alike once they are printable are one series, with their sums.
std::string places(const FleetHealth& health) {
    std::map<std::string, PlaceHealth> racks;
    for (const PlaceHealth& rack : health.racks) {
        PlaceHealth& sum =
            racks[fmt::format("row={},rack={}", label_value(rack.row), label_value(rack.rack))];
        add_counts_to(sum.last, rack.last);
        add_counts_to(sum.period, rack.period);
    }
    std::string last = series_head("fleet_rack_nodes", "Nodes of a rack by verdict, last night.");
    std::string share =
        series_head("fleet_rack_fail_share",
                    "Failed of all judged nights of a rack's nodes; not there if none was judged.");
    bool any = false;
    for (const auto& [labels, rack] : racks) {
        last += counts_series("fleet_rack_nodes", labels + ",", rack.last);
        const std::optional<double> failed = rack.period.fail_share();
        if (!failed) continue;
        any = true;
        share +=
            fmt::format("rackproof_fleet_rack_fail_share{{{}}} {}\n", labels, number_text(*failed));
    }
    return last + (any ? share : "");
}

std::string offenders(const FleetHealth& health) {
    std::map<std::string, VerdictCounts> nodes;
    for (const Offender& offender : health.offenders) {
        add_counts_to(nodes[fmt::format("node={},rack={}", label_value(offender.node.name),
                                        label_value(offender.node.rack))],
                      offender.counts);
    }
    if (nodes.empty()) return "";
    std::string text = series_head("fleet_offender_nights",
                                   "Nights by verdict of nodes that did not pass in several.");
    for (const auto& [labels, counts] : nodes) {
        text += counts_series("fleet_offender_nights", labels + ",", counts);
    }
    return text;
}

}  // namespace

std::string fleet_health_prometheus(const FleetHealth& health,
                                    const std::optional<double>& last_started_s) {
    const NightSummary& last = health.nights.back();
    std::int64_t runs = 0;
    for (const NightSummary& night : health.nights) runs += night.runs;
    std::string text = single_series("fleet_nights", "Nights looked at.",
                                     static_cast<double>(health.nights.size()));
    text += single_series("fleet_runs", "Run files looked at.", static_cast<double>(runs));
    text += single_series("fleet_files_left_out",
                          "Run files not looked at: other fleets, copies, without a start.",
                          static_cast<double>(health.left_out.size()));
    if (last_started_s) {
        text += single_series("fleet_last_night_started_time_seconds",
                              "When the last night began, since 1970.", *last_started_s);
    }
    text += single_series("fleet_last_night_complete",
                          "1 if every cell of the last night was brought to its end.",
                          last.complete ? 1 : 0);
    text += series_head("fleet_verdict", "1 for the verdict on the fleet, 0 for the others.");
    for (const Verdict verdict : kInOrder) {
        text += fmt::format("rackproof_fleet_verdict{{verdict=\"{}\"}} {}\n", to_string(verdict),
                            overall_verdict(health) == verdict ? 1 : 0);
    }
    text += series_head("fleet_nodes", "Nodes by verdict, last night.");
    text += counts_series("fleet_nodes", "", last.nodes);
    if (health.nights.size() > 1) text += transitions(health);
    return text + drift(health) + places(health) + offenders(health);
}

}  // namespace rackproof
