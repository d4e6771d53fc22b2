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

void count_cells(const MetricCells& cells, std::vector<NodeVerdict>& nodes) {
    for (const TargetCell& cell : cells.cells()) {
        for (const std::int32_t node : nodes_of(cell.place)) {
            SuiteVerdict& suite =
                nodes[static_cast<std::size_t>(node)].suites[cells.metric().suite];
            ++suite.cells;
            if (cell.value) ++suite.completed;
            if (cell.value && is_judged(cell)) ++suite.judged;
        }
    }
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
            ++not_judged[cell.judged.why_not_peers + ", and no limit is set"];
        } else {
            ++not_judged["completed without a number"];
        }
    }
    coverage.not_judged = counted(not_judged);
    coverage.not_completed = counted(not_completed);
    return coverage;
}

}  // namespace

std::vector<NodeVerdict> node_verdicts(const Survey& survey, const std::vector<Draft>& drafts) {
    std::vector<NodeVerdict> nodes;
    for (const Node& node : survey.run->nodes) {
        NodeVerdict verdict;
        verdict.node = node.name;
        verdict.rack = node.rack;
        verdict.slot = node.slot;
        verdict.sku = node.sku;
        nodes.push_back(std::move(verdict));
    }
    for (const MetricCells& cells : survey.metrics) count_cells(cells, nodes);
    for (const Draft& draft : drafts) {
        for (const std::int32_t index : nodes_of(draft.place)) {
            NodeVerdict& node = nodes[static_cast<std::size_t>(index)];
            node.verdict = worst(node.verdict, draft.finding.verdict);
            node.findings.push_back(draft.finding.id);
            if (draft.metric == kNoMetric) continue;
            SuiteVerdict& suite = node.suites[survey.run->metrics[draft.metric].suite];
            suite.verdict = worst(suite.verdict, draft.finding.verdict);
        }
    }
    return nodes;
}

std::vector<RackVerdict> rack_verdicts(const std::vector<NodeVerdict>& nodes) {
    std::map<std::string, Verdict> best;
    for (const NodeVerdict& node : nodes) {
        const auto [rack, is_new] = best.emplace(node.rack, node.verdict);
        if (!is_new) rack->second = std::min(rack->second, node.verdict);
    }
    std::vector<RackVerdict> racks;
    for (const auto& [name, verdict] : best) racks.push_back({name, verdict, {}});
    return racks;
}

std::vector<Coverage> coverage(const Survey& survey, const Policy& policy) {
    std::vector<Coverage> all;
    for (const MetricCells& cells : survey.metrics) all.push_back(coverage_of(cells, policy));
    return all;
}

}  // namespace rackproof
