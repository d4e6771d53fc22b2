#include "analysis/verdicts.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "analysis/rules.hpp"

namespace rackproof {
namespace {

bool is_judged(const TargetCell& cell) { return cell.judged.by_peers || cell.judged.by_limit; }

/// The nodes at which this place's faults count. A group names no one node.
std::set<std::int32_t> nodes_of(const Place& place) {
    std::set<std::int32_t> nodes{place.node, place.peer_node};
    nodes.erase(-1);
    return nodes;
}

/// "a (3), b (1) and 2 more reasons": the most frequent first, then by text.
std::string counted(const std::map<std::string, std::int64_t>& reasons) {
    constexpr std::size_t kMostReasons = 3;
    std::vector<std::pair<std::string, std::int64_t>> sorted{reasons.begin(), reasons.end()};
    std::ranges::stable_sort(sorted,
                             [](const auto& a, const auto& b) { return a.second > b.second; });
    std::string text;
    for (std::size_t i = 0; i < std::min(sorted.size(), kMostReasons); ++i) {
        if (i > 0) text += "; ";
        text += fmt::format("{} ({})", sorted[i].first, sorted[i].second);
    }
    if (sorted.size() > kMostReasons) {
        text += fmt::format(" and {} more reasons", sorted.size() - kMostReasons);
    }
    return text;
}

std::string ended_how(const MetricCells& cells, const TargetCell& cell) {
    std::string text{to_string(cells.last_outcome(cell))};
    const std::string reason = cells.reason(cells.rows(cell).back());
    return reason.empty() ? text : text + ": " + reason;
}

}  // namespace

std::vector<CellCounts> counts_of(const MetricCells& cells, std::size_t nodes) {
    std::vector<CellCounts> counts(nodes);
    for (const TargetCell& cell : cells.cells()) {
        for (const std::int32_t node : {cell.place.node, cell.place.peer_node}) {
            if (node < 0) continue;
            if (node == cell.place.peer_node && node == cell.place.node) break;
            CellCounts& count = counts[static_cast<std::size_t>(node)];
            ++count.cells;
            if (cell.value) ++count.completed;
            if (cell.value && is_judged(cell)) ++count.judged;
        }
    }
    return counts;
}

Coverage coverage_of(const MetricCells& cells, const Policy& policy) {
    Coverage coverage;
    coverage.metric = cells.metric().name;
    coverage.suite = cells.metric().suite;
    coverage.required = !is_optional(policy, coverage.metric);
    std::map<std::string, std::int64_t> not_judged;
    std::map<std::string, std::int64_t> not_completed;
    for (const TargetCell& cell : cells.cells()) {
        ++coverage.outcomes[cells.first_outcome(cell)];
        coverage.attempts += static_cast<std::int64_t>(cells.rows(cell).size());
        if (cells.last_outcome(cell) != Outcome::Completed) {
            ++not_completed[ended_how(cells, cell)];
        } else if (is_judged(cell)) {
            ++coverage.judged;
        } else if (cell.value) {
            ++not_judged[cells.why_not_peers(cell) + ", and no limit is set"];
        } else {
            ++not_judged["completed without a number"];
        }
    }
    coverage.not_judged = counted(not_judged);
    coverage.not_completed = counted(not_completed);
    return coverage;
}

std::vector<NodeVerdict> node_verdicts(const Run& run) {
    std::vector<NodeVerdict> nodes;
    for (const Node& node : run.nodes) {
        NodeVerdict verdict;
        verdict.node = node.name;
        verdict.rack = node.rack;
        verdict.slot = node.slot;
        verdict.sku = node.sku;
        nodes.push_back(std::move(verdict));
    }
    return nodes;
}

void add_counts(const std::string& suite, const std::vector<CellCounts>& counts,
                std::vector<NodeVerdict>& nodes) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (counts[i].cells == 0) continue;
        SuiteVerdict& verdict = nodes[i].suites[suite];
        verdict.cells += counts[i].cells;
        verdict.completed += counts[i].completed;
        verdict.judged += counts[i].judged;
    }
}

void add_findings(const std::vector<Draft>& drafts, const std::vector<MetricIdentity>& metrics,
                  std::vector<NodeVerdict>& nodes) {
    for (const Draft& draft : drafts) {
        const std::set<std::int32_t> at_fault = nodes_of(draft.place);
        const auto add = [&](std::int32_t index, Verdict verdict) {
            NodeVerdict& node = nodes[static_cast<std::size_t>(index)];
            node.verdict = worst(node.verdict, verdict);
            node.findings.push_back(draft.finding.id);
            if (draft.metric == kNoMetric) return;
            SuiteVerdict& suite = node.suites[metrics[draft.metric].suite];
            suite.verdict = worst(suite.verdict, verdict);
        };
        for (const std::int32_t index : at_fault) add(index, draft.finding.verdict);
        for (const std::int32_t index : draft.watched) {
            if (!at_fault.contains(index)) add(index, Verdict::Watch);
        }
    }
}

std::vector<RackVerdict> rack_verdicts(const std::vector<NodeVerdict>& nodes,
                                       const std::vector<Draft>& drafts) {
    std::map<std::string, Verdict> best;
    for (const NodeVerdict& node : nodes) {
        const auto [rack, is_new] = best.emplace(node.rack, node.verdict);
        if (!is_new) rack->second = std::min(rack->second, node.verdict);
    }
    std::map<std::string, RackVerdict> racks;
    for (const auto& [name, verdict] : best) racks[name] = {name, verdict, {}};
    for (const Draft& draft : drafts) {
        if (draft.finding.level != Level::Rack) continue;
        RackVerdict& rack = racks[draft.finding.rack];
        rack.verdict = worst(rack.verdict, draft.finding.verdict);
        rack.findings.push_back(draft.finding.id);
    }
    std::vector<RackVerdict> sorted;
    for (auto& [name, rack] : racks) sorted.push_back(std::move(rack));
    return sorted;
}

}  // namespace rackproof
