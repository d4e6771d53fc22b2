#include "analysis/fabric.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "core/index.hpp"

namespace rackproof {
namespace {

/// A label with one of these in its name says which part of the fabric a node hangs on.
constexpr const char* kFabric[] = {"leaf", "rail", "pod", "spine", "switch", "domain"};

bool names_fabric(std::string name) {
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return std::ranges::any_of(
        kFabric, [&](const char* part) { return name.find(part) != std::string::npos; });
}

Grouping grouped(std::string name, const std::vector<std::string_view>& values) {
    std::map<std::string_view, std::int32_t> numbers;
    for (const std::string_view value : values) {
        if (!value.empty() && value != "-") numbers.emplace(value, 0);
    }
    Grouping grouping;
    grouping.name = std::move(name);
    for (auto& [value, number] : numbers) {
        number = static_cast<std::int32_t>(grouping.names.size());
        grouping.names.emplace_back(value);
    }
    grouping.group_of.reserve(values.size());
    for (const std::string_view value : values) {
        const auto found = numbers.find(value);
        grouping.group_of.push_back(found == numbers.end() ? -1 : found->second);
    }
    return grouping;
}

/// False if it tells nobody apart, or everybody.
bool divides(const Grouping& grouping) {
    if (grouping.names.size() < 2) return false;
    const auto members = std::ranges::count_if(grouping.group_of, [](auto g) { return g >= 0; });
    return static_cast<std::size_t>(members) > grouping.names.size();
}

/// True if the groups of one are those of the other, whatever they are called.
bool divide_alike(const Grouping& a, const Grouping& b) {
    if (a.names.size() != b.names.size()) return false;
    std::vector<std::int32_t> other(a.names.size(), -1);
    for (std::size_t i = 0; i < a.group_of.size(); ++i) {
        if ((a.group_of[i] < 0) != (b.group_of[i] < 0)) return false;
        if (a.group_of[i] < 0) continue;
        std::int32_t& known = other[at(a.group_of[i])];
        if (known >= 0 && known != b.group_of[i]) return false;
        known = b.group_of[i];
    }
    return true;  // as many groups, each of one of the other's: one to one
}

void add(Grouping grouping, std::vector<Grouping>& groupings) {
    if (!divides(grouping)) return;
    const bool is_known = std::ranges::any_of(
        groupings, [&](const Grouping& known) { return divide_alike(known, grouping); });
    if (!is_known) groupings.push_back(std::move(grouping));
}

/// What `text` says of each node.
template <class Text>
std::vector<std::string_view> of_nodes(const Run& run, Text text) {
    std::vector<std::string_view> values;
    values.reserve(run.nodes.size());
    for (const Node& node : run.nodes) values.push_back(text(node));
    return values;
}

std::set<std::string_view> fabric_labels(const Run& run) {
    std::set<std::string_view> labels;
    for (const Node& node : run.nodes) {
        for (const auto& [name, value] : node.labels) {
            if (names_fabric(name)) labels.insert(name);
        }
    }
    return labels;
}

}  // namespace

std::vector<Grouping> groupings_of_nodes(const Run& run) {
    constexpr std::size_t kMostGroupings = 6;  // each doubles the kinds of pairs
    std::vector<Grouping> groupings;
    for (const std::string_view label : fabric_labels(run)) {
        add(grouped(std::string{label}, of_nodes(run,
                                                 [&](const Node& node) -> std::string_view {
                                                     const auto found =
                                                         node.labels.find(std::string{label});
                                                     if (found == node.labels.end()) return "";
                                                     return found->second;
                                                 })),
            groupings);
    }
    add(grouped("rack",
                of_nodes(run, [](const Node& node) -> std::string_view { return node.rack; })),
        groupings);
    add(grouped("row",
                of_nodes(run, [](const Node& node) -> std::string_view { return node.row; })),
        groupings);
    if (groupings.size() > kMostGroupings) groupings.resize(kMostGroupings);
    return groupings;
}

std::vector<Grouping> groupings_of_devices(const Run& run) {
    const auto node_of = [&](std::size_t device) {
        const std::int32_t node = run.devices[device].node;
        return node >= 0 && at(node) < run.nodes.size() ? node : -1;
    };
    Grouping nodes{"node", {}, {}};
    for (const Node& node : run.nodes) nodes.names.push_back(node.name);
    for (std::size_t i = 0; i < run.devices.size(); ++i) nodes.group_of.push_back(node_of(i));
    std::vector<Grouping> groupings{std::move(nodes)};
    for (Grouping& of_nodes : groupings_of_nodes(run)) {
        Grouping grouping{std::move(of_nodes.name), std::move(of_nodes.names), {}};
        for (std::size_t i = 0; i < run.devices.size(); ++i) {
            const std::int32_t node = node_of(i);
            grouping.group_of.push_back(node < 0 ? -1 : of_nodes.group_of[at(node)]);
        }
        groupings.push_back(std::move(grouping));
    }
    return groupings;
}

}  // namespace rackproof
