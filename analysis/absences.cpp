#include <fmt/core.h>

#include <algorithm>
#include <functional>
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
    return no_data("coverage", place, metric, std::move(what), kAfterAbsence);
}

using NodeSet = std::set<std::int32_t>;

void add_nodes_of(const Run& run, const Place& place, NodeSet& nodes) {
    if (place.node >= 0) nodes.insert(place.node);
    if (place.peer_node >= 0) nodes.insert(place.peer_node);
    if (place.group < 0) return;
    const auto& members = run.groups[static_cast<std::size_t>(place.group)];
    nodes.insert(members.begin(), members.end());
}

void mark_nodes_of(const Run& run, const Place& place, std::vector<bool>& nodes) {
    if (place.node >= 0) nodes[static_cast<std::size_t>(place.node)] = true;
    if (place.peer_node >= 0) nodes[static_cast<std::size_t>(place.peer_node)] = true;
    if (place.group < 0) return;
    for (const std::int32_t node : run.groups[static_cast<std::size_t>(place.group)]) {
        nodes[static_cast<std::size_t>(node)] = true;
    }
}

/// Devices or nodes of the run; none for pairs and groups, whose combinations nobody can list.
std::size_t targets_of(const Run& run, Scope scope) {
    if (scope == Scope::Device) return run.devices.size();
    return scope == Scope::Node ? run.nodes.size() : 0;
}

/// By node: one of the metrics has what `column` marks.
std::vector<bool> in_any(const Run& run, const std::vector<Presence>& metrics,
                         std::vector<bool> Presence::*column) {
    std::vector<bool> found(run.nodes.size(), false);
    for (const Presence& metric : metrics) {
        for (std::size_t i = 0; i < found.size(); ++i) {
            if ((metric.*column)[i]) found[i] = true;
        }
    }
    return found;
}

/// Nodes of which something already says that they cannot pass, tonight and not against their past.
NodeSet already_named(const Run& run, const std::vector<Draft>& drafts) {
    NodeSet nodes;
    for (const Draft& draft : drafts) {
        if (draft.finding.rule == kHistoryRule) continue;
        if (draft.finding.verdict >= Verdict::NoData) add_nodes_of(run, draft.place, nodes);
    }
    return nodes;
}

/// For each sku, the device indices that more than half of its nodes with cells have.
std::map<std::int32_t, NodeSet> expected_devices(const FleetFacts& fleet,
                                                 const std::vector<bool>& nodes,
                                                 const std::vector<NodeSet>& devices) {
    std::map<std::int32_t, std::size_t> nodes_of_sku;
    std::map<std::int32_t, std::map<std::int32_t, std::size_t>> nodes_with_index;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!nodes[i]) continue;
        const std::int32_t sku = fleet.sku(static_cast<std::int32_t>(i));
        ++nodes_of_sku[sku];
        for (const std::int32_t index : devices[i]) ++nodes_with_index[sku][index];
    }
    std::map<std::int32_t, NodeSet> expected;
    for (const auto& [sku, counts] : nodes_with_index) {
        for (const auto& [index, count] : counts) {
            if (2 * count > nodes_of_sku[sku]) expected[sku].insert(index);
        }
    }
    return expected;
}

void judge_missing_devices(const Survey& survey, const std::vector<bool>& nodes,
                           std::vector<Draft>& drafts) {
    std::vector<NodeSet> devices(nodes.size());
    for (const Device& device : survey.run->devices) {
        const auto node = static_cast<std::size_t>(device.node);
        if (device.node >= 0 && node < devices.size()) devices[node].insert(device.index);
    }
    const auto expected = expected_devices(survey.fleet, nodes, devices);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const auto node = static_cast<std::int32_t>(i);
        const auto wanted = expected.find(survey.fleet.sku(node));
        if (!nodes[i] || wanted == expected.end()) continue;
        for (const std::int32_t index : wanted->second) {
            if (devices[i].contains(index)) continue;
            drafts.push_back(
                absence(Place{.node = node}, kNoMetric,
                        fmt::format("device {} is missing; most nodes of its sku have it", index)));
        }
    }
}

/// The same for those of which one may expect a metric if another has it: the same sku, and the
/// same kind of device, for a node's CPUs do not do what its GPUs do.
std::int64_t peers_key(const Survey& survey, const Place& place) {
    const Run& run = *survey.run;
    const bool gpu =
        place.device >= 0 && run.devices[static_cast<std::size_t>(place.device)].kind == "gpu";
    return 2 * survey.fleet.sku_key(run, place) + (gpu ? 1 : 0);
}

/// Targets of one metric that have no row, where at least half of their peers have one.
void judge_missing_targets(const Presence& metric, std::size_t index, const Survey& survey,
                           const std::vector<bool>& nodes, std::vector<Draft>& drafts) {
    if (std::ranges::all_of(metric.targets, std::identity{})) return;
    std::map<std::int64_t, std::size_t> present;
    std::map<std::int64_t, std::size_t> places;
    std::vector<Place> absent;
    const Run& run = *survey.run;
    for (std::size_t i = 0; i < metric.targets.size(); ++i) {
        const auto place = place_of(run, metric.scope, Target{static_cast<std::int32_t>(i), -1});
        if (!place || !nodes[static_cast<std::size_t>(place->node)]) continue;
        const std::int64_t peers = peers_key(survey, *place);
        ++places[peers];
        if (metric.targets[i]) {
            ++present[peers];
        } else {
            absent.push_back(*place);
        }
    }
    for (const Place& place : absent) {
        const std::int64_t peers = peers_key(survey, place);
        if (2 * present[peers] < places[peers]) continue;
        drafts.push_back(absence(place, index,
                                 metric.name + " was not measured here, though its peers have it"));
    }
}

void judge_metric(const Presence& metric, std::size_t index, const Survey& survey,
                  const std::vector<bool>& nodes, std::vector<Draft>& drafts) {
    if (metric.strays > 0) {
        drafts.push_back(
            absence({}, index,
                    fmt::format("{} has values for {} targets that the run does not list",
                                metric.name, metric.strays)));
    }
    if (metric.optional) return;
    if (!metric.anywhere) {
        drafts.push_back(absence({}, index, metric.name + " was measured nowhere"));
        return;
    }
    judge_missing_targets(metric, index, survey, nodes, drafts);
}

void judge_silent_nodes(const Run& run, const std::vector<bool>& with_cells,
                        const std::vector<bool>& with_numbers, std::vector<Draft>& drafts) {
    const NodeSet named = already_named(run, drafts);
    for (std::size_t i = 0; i < run.nodes.size(); ++i) {
        const auto node = static_cast<std::int32_t>(i);
        if (with_numbers[i] || named.contains(node)) continue;
        const char* said =
            with_cells[i] ? "not one of its cells has a number" : "it has no cell in this run";
        const std::string state = printable(run.nodes[i].state);
        drafts.push_back(absence(Place{.node = node}, kNoMetric,
                                 fmt::format("{} (its state is \"{}\")", said, state)));
    }
}

/// By sku: whether values of more than one node were held against each other. The devices of one
/// node, which may all be as slow, do not answer for it.
std::map<std::int64_t, bool> skus_of_several_nodes(const MetricCells& cells) {
    std::map<std::int64_t, std::int32_t> first;
    std::map<std::int64_t, bool> several;
    const TargetCell* before = nullptr;  // mostly of the same node
    for (const TargetCell& cell : cells.cells()) {
        if (!cell.value || !cell.judged.by_peers) continue;
        const bool alike =
            before != nullptr && before->sku == cell.sku && before->place.node == cell.place.node;
        before = &cell;
        if (alike) continue;
        const auto [known, is_new] = first.emplace(cell.sku, cell.place.node);
        if (is_new) several[cell.sku] = cell.place.peer_node >= 0;
        if (known->second != cell.place.node) several[cell.sku] = true;
    }
    return several;
}

void mark_judged(const MetricCells& cells, const Run& run, Presence& presence) {
    presence.nodes_to_judge.assign(run.nodes.size(), false);
    presence.nodes_judged.assign(run.nodes.size(), false);
    if (cells.metric().better == Direction::None || presence.scope == Scope::Group) return;
    const std::map<std::int64_t, bool> several = skus_of_several_nodes(cells);
    for (const TargetCell& cell : cells.cells()) {
        if (!cell.value) continue;
        mark_nodes_of(run, cell.place, presence.nodes_to_judge);
        if (cell.judged.by_limit || (cell.judged.by_peers && several.at(cell.sku))) {
            mark_nodes_of(run, cell.place, presence.nodes_judged);
        }
    }
}

}  // namespace

Presence presence_of(const MetricCells& cells, const Survey& survey, const Policy& policy) {
    const Run& run = *survey.run;
    Presence presence;
    presence.name = cells.metric().name;
    presence.scope = cells.metric().scope;
    presence.optional = is_optional(policy, presence.name);
    presence.anywhere = !cells.cells().empty();
    presence.strays = cells.strays();
    presence.targets.assign(targets_of(run, presence.scope), false);
    presence.nodes_with_cells.assign(run.nodes.size(), false);
    presence.nodes_with_numbers.assign(run.nodes.size(), false);
    for (const TargetCell& cell : cells.cells()) {
        const std::int32_t target =
            presence.scope == Scope::Device ? cell.place.device : cell.place.node;
        if (!presence.targets.empty()) presence.targets[static_cast<std::size_t>(target)] = true;
        mark_nodes_of(run, cell.place, presence.nodes_with_cells);
        if (cell.value) mark_nodes_of(run, cell.place, presence.nodes_with_numbers);
    }
    mark_judged(cells, run, presence);
    return presence;
}

void judge_absences(const Survey& survey, const std::vector<Presence>& metrics,
                    std::vector<Draft>& drafts) {
    const Run& run = *survey.run;
    const std::vector<bool> with_cells = in_any(run, metrics, &Presence::nodes_with_cells);
    const std::vector<bool> with_numbers = in_any(run, metrics, &Presence::nodes_with_numbers);
    if (std::ranges::none_of(with_cells, std::identity{})) {
        drafts.push_back(absence({}, kNoMetric, "no cell was measured"));
    }
    for (std::size_t i = 0; i < metrics.size(); ++i) {
        judge_metric(metrics[i], i, survey, with_cells, drafts);
    }
    judge_missing_devices(survey, with_cells, drafts);
    judge_silent_nodes(run, with_cells, with_numbers, drafts);
}

void judge_unjudged(const Run& run, const std::vector<Presence>& metrics, const Policy& policy,
                    std::vector<Draft>& drafts) {
    if (policy.unjudged != Verdict::NoData) return;
    const std::vector<bool> to_judge = in_any(run, metrics, &Presence::nodes_to_judge);
    const std::vector<bool> judged = in_any(run, metrics, &Presence::nodes_judged);
    const NodeSet named = already_named(run, drafts);
    for (std::size_t i = 0; i < run.nodes.size(); ++i) {
        const auto node = static_cast<std::int32_t>(i);
        if (!to_judge[i] || judged[i] || named.contains(node)) continue;
        drafts.push_back(no_data(
            "coverage", Place{.node = node}, kNoMetric,
            "was measured, and not one of its numbers was held against other nodes or a limit",
            "Give limits (a contract or a baseline), or judge it together with others of its kind: "
            "what nothing is held against has proved nothing."));
    }
}

}  // namespace rackproof
