#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "analysis/rules.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr const char* kAfterAbsence =
    "Check that it is powered, visible and in the host list, then run again: what was not measured "
    "cannot pass.";

Draft absence(const Place& place, std::size_t metric, std::string what) {
    Draft draft;
    draft.finding.verdict = Verdict::NoData;
    draft.finding.kind = FindingKind::Missing;
    draft.finding.rule = "coverage";
    draft.finding.action = kAfterAbsence;
    draft.place = place;
    draft.metric = metric;
    draft.what = std::move(what);
    return draft;
}

/// Every device or node of the run as a target of the scope; none for pairs and groups, whose
/// combinations nobody can list.
std::vector<Place> all_places(const Run& run, Scope scope) {
    const std::size_t count = scope == Scope::Device ? run.devices.size()
                              : scope == Scope::Node ? run.nodes.size()
                                                     : 0;
    std::vector<Place> places;
    for (std::size_t i = 0; i < count; ++i) {
        const auto place = place_of(run, scope, Target{static_cast<std::int32_t>(i), -1});
        if (place) places.push_back(*place);
    }
    return places;
}

using NodeSet = std::set<std::int32_t>;

void add_nodes_of(const Run& run, const Place& place, NodeSet& nodes) {
    if (place.node >= 0) nodes.insert(place.node);
    if (place.peer_node >= 0) nodes.insert(place.peer_node);
    if (place.group < 0) return;
    const auto& members = run.groups[static_cast<std::size_t>(place.group)];
    nodes.insert(members.begin(), members.end());
}

struct Presence {
    NodeSet with_cells;
    NodeSet with_numbers;
};

Presence presence(const Survey& survey) {
    Presence found;
    for (const MetricCells& cells : survey.metrics) {
        for (const TargetCell& cell : cells.cells()) {
            add_nodes_of(*survey.run, cell.place, found.with_cells);
            if (cell.value) add_nodes_of(*survey.run, cell.place, found.with_numbers);
        }
    }
    return found;
}

/// Nodes of which something already says that they cannot pass.
NodeSet already_named(const Run& run, const std::vector<Draft>& drafts) {
    NodeSet nodes;
    for (const Draft& draft : drafts) {
        if (draft.finding.verdict >= Verdict::NoData) add_nodes_of(run, draft.place, nodes);
    }
    return nodes;
}

/// For each sku, the device indices that more than half of its nodes with cells have.
std::map<std::string, NodeSet> expected_devices(
    const Run& run, const NodeSet& nodes, const std::map<std::int32_t, NodeSet>& devices_of_node) {
    std::map<std::string, std::size_t> nodes_of_sku;
    std::map<std::string, std::map<std::int32_t, std::size_t>> nodes_with_index;
    for (const std::int32_t node : nodes) {
        const std::string& sku = run.nodes[static_cast<std::size_t>(node)].sku;
        ++nodes_of_sku[sku];
        const auto found = devices_of_node.find(node);
        if (found == devices_of_node.end()) continue;
        for (const std::int32_t index : found->second) ++nodes_with_index[sku][index];
    }
    std::map<std::string, NodeSet> expected;
    for (const auto& [sku, counts] : nodes_with_index) {
        for (const auto& [index, count] : counts) {
            if (2 * count > nodes_of_sku[sku]) expected[sku].insert(index);
        }
    }
    return expected;
}

void judge_missing_devices(const Run& run, const NodeSet& nodes, std::vector<Draft>& drafts) {
    std::map<std::int32_t, NodeSet> devices_of_node;
    for (const Device& device : run.devices) devices_of_node[device.node].insert(device.index);
    const auto expected = expected_devices(run, nodes, devices_of_node);
    for (const std::int32_t node : nodes) {
        const auto wanted = expected.find(run.nodes[static_cast<std::size_t>(node)].sku);
        if (wanted == expected.end()) continue;
        for (const std::int32_t index : wanted->second) {
            if (devices_of_node[node].contains(index)) continue;
            drafts.push_back(
                absence(Place{.node = node}, kNoMetric,
                        fmt::format("device {} is missing; most nodes of its sku have it", index)));
        }
    }
}

/// Targets of one metric that have no row, where at least half of their sku's have one.
void judge_missing_targets(const MetricCells& cells, const Run& run, const NodeSet& nodes,
                           std::vector<Draft>& drafts) {
    std::set<Place> present;
    std::map<std::string, std::size_t> present_of_sku;
    for (const TargetCell& cell : cells.cells()) {
        present.insert(cell.place);
        ++present_of_sku[sku_of(run, cell.place)];
    }
    std::vector<Place> places = all_places(run, cells.metric().scope);
    std::erase_if(places, [&](const Place& place) { return !nodes.contains(place.node); });
    std::map<std::string, std::size_t> places_of_sku;
    for (const Place& place : places) ++places_of_sku[sku_of(run, place)];
    for (const Place& place : places) {
        const std::string sku = sku_of(run, place);
        const bool expected = 2 * present_of_sku[sku] >= places_of_sku[sku];
        if (!expected || present.contains(place)) continue;
        drafts.push_back(
            absence(place, cells.index(),
                    cells.metric().name + " was not measured here, though its peers have it"));
    }
}

void judge_metric(const MetricCells& cells, const Run& run, const Policy& policy,
                  const NodeSet& nodes, std::vector<Draft>& drafts) {
    const std::string& name = cells.metric().name;
    if (cells.strays() > 0) {
        drafts.push_back(
            absence({}, cells.index(),
                    fmt::format("{} has values for {} targets that the run does not list", name,
                                cells.strays())));
    }
    if (is_optional(policy, name)) return;
    if (cells.cells().empty()) {
        drafts.push_back(absence({}, cells.index(), name + " was measured nowhere"));
        return;
    }
    judge_missing_targets(cells, run, nodes, drafts);
}

void judge_silent_nodes(const Run& run, const Presence& found, std::vector<Draft>& drafts) {
    const NodeSet named = already_named(run, drafts);
    for (std::int32_t node = 0; node < static_cast<std::int32_t>(run.nodes.size()); ++node) {
        if (found.with_numbers.contains(node) || named.contains(node)) continue;
        const char* said = found.with_cells.contains(node) ? "not one of its cells has a number"
                                                           : "it has no cell in this run";
        const std::string state = printable(run.nodes[static_cast<std::size_t>(node)].state);
        drafts.push_back(absence(Place{.node = node}, kNoMetric,
                                 fmt::format("{} (its state is \"{}\")", said, state)));
    }
}

}  // namespace

void judge_absences(const Survey& survey, const Policy& policy, std::vector<Draft>& drafts) {
    const Run& run = *survey.run;
    const Presence found = presence(survey);
    if (found.with_cells.empty()) drafts.push_back(absence({}, kNoMetric, "no cell was measured"));
    for (const MetricCells& cells : survey.metrics) {
        judge_metric(cells, run, policy, found.with_cells, drafts);
    }
    judge_missing_devices(run, found.with_cells, drafts);
    judge_silent_nodes(run, found, drafts);
}

}  // namespace rackproof
