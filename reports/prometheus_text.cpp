#include <fmt/core.h>

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "reports/prometheus_series.hpp"
#include "reports/reports.hpp"

namespace rackproof {
namespace {

constexpr Verdict kVerdicts[] = {Verdict::Pass, Verdict::Watch, Verdict::NoData, Verdict::Fail};

template <class Item>
std::string by_verdict(std::string_view name, std::string_view help,
                       const std::vector<Item>& items) {
    std::map<Verdict, std::size_t> counts;
    for (const Item& item : items) ++counts[item.verdict];
    std::string text = series_head(name, help);
    for (const Verdict verdict : kVerdicts) {
        text += fmt::format("rackproof_{}{{verdict=\"{}\"}} {}\n", name, to_string(verdict),
                            counts[verdict]);
    }
    return text;
}

std::string findings_counts(const Judgement& judgement) {
    std::map<std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>,
             std::size_t>
        counts;
    for (const Finding& finding : judgement.findings) {
        ++counts[{to_string(finding.verdict), to_string(finding.level), to_string(finding.kind),
                  finding.waived.empty() ? "no" : "yes"}];
    }
    std::string text =
        series_head("findings", "Findings by verdict, level, kind, and whether they are waived.");
    for (const auto& [key, count] : counts) {
        const auto& [verdict, level, kind, waived] = key;
        text += fmt::format(
            "rackproof_findings{{verdict=\"{}\",level=\"{}\",kind=\"{}\",waived=\"{}\"}} {}\n",
            verdict, level, kind, waived, count);
    }
    return text;
}

/// Names that are alike once they are printable are one series, which a collector would otherwise
/// refuse together with the whole file: it carries the worst.
std::string places(const Judgement& judgement) {
    std::map<std::pair<std::string, std::string>, Verdict> nodes;
    std::map<std::string, Verdict> racks;
    for (const NodeVerdict& node : judgement.nodes) {
        Verdict& verdict = nodes[{label_value(node.node), label_value(node.rack)}];
        verdict = worst(verdict, node.verdict);
    }
    for (const RackVerdict& rack : judgement.racks) {
        Verdict& verdict = racks[label_value(rack.rack)];
        verdict = worst(verdict, rack.verdict);
    }
    std::string text =
        series_head("node_verdict", "1 for the verdict on a node; only that one is there.");
    for (const auto& [node, verdict] : nodes) {
        text += fmt::format("rackproof_node_verdict{{node={},rack={},verdict=\"{}\"}} 1\n",
                            node.first, node.second, to_string(verdict));
    }
    text += series_head("rack_verdict", "1 for the verdict on a rack; only that one is there.");
    for (const auto& [rack, verdict] : racks) {
        text += fmt::format("rackproof_rack_verdict{{rack={},verdict=\"{}\"}} 1\n", rack,
                            to_string(verdict));
    }
    return text;
}

std::string coverage(const Judgement& judgement) {
    std::map<std::string, std::pair<std::map<Outcome, std::int64_t>, std::int64_t>> metrics;
    for (const Coverage& each : judgement.coverage) {
        auto& [outcomes, judged] = metrics[label_value(each.metric)];
        for (const auto& [outcome, count] : each.outcomes) outcomes[outcome] += count;
        judged += each.judged;
    }
    std::string cells = series_head("cells", "Cells by case and outcome.");
    std::string held = series_head("cells_judged", "Cells held against peers or a limit.");
    for (auto& [metric, counts] : metrics) {
        for (const Outcome outcome : kAllOutcomes) {
            cells += fmt::format("rackproof_cells{{case={},outcome=\"{}\"}} {}\n", metric,
                                 to_string(outcome), counts.first[outcome]);
        }
        held += fmt::format("rackproof_cells_judged{{case={}}} {}\n", metric, counts.second);
    }
    return metrics.empty() ? "" : cells + held;
}

}  // namespace

std::string prometheus_text(const Run& facts, const Judgement& judgement, const RunTimes& times) {
    std::string text = series_head("run_info", "Which run the other series are of.");
    text += fmt::format("rackproof_run_info{{run={},plan={},policy={}}} 1\n",
                        label_value(judgement.run_id), label_value(facts.plan_name),
                        label_value(judgement.policy.name));
    if (times.started_s) {
        text += single_series("run_started_time_seconds", "When the run began, since 1970.",
                              *times.started_s);
    }
    if (times.finished_s) {
        text += single_series("run_finished_time_seconds", "When the run ended, since 1970.",
                              *times.finished_s);
    }
    text += single_series("run_complete", "1 if every cell was brought to its end.",
                          judgement.run_complete ? 1 : 0);
    text += single_series("stages_left_out",
                          "Stages of the plan that were not run; the table says why.",
                          static_cast<double>(judgement.left_out.size()));
    text += single_series("provisional_limits",
                          "Limits and profiles of the policy that nobody has promised or proved.",
                          static_cast<double>(judgement.provisional.size()));
    text +=
        series_head("run_verdict", "1 for the verdict on the run as a whole, 0 for the others.");
    for (const Verdict verdict : kVerdicts) {
        text += fmt::format("rackproof_run_verdict{{verdict=\"{}\"}} {}\n", to_string(verdict),
                            overall_verdict(judgement) == verdict ? 1 : 0);
    }
    text += by_verdict("nodes", "Nodes by verdict.", judgement.nodes);
    text += by_verdict("racks", "Racks by verdict.", judgement.racks);
    if (!judgement.findings.empty()) text += findings_counts(judgement);
    return text + places(judgement) + coverage(judgement);
}

}  // namespace rackproof
