#include <algorithm>
#include <map>
#include <string_view>

#include "analysis/inventory_keys.hpp"
#include "core/index.hpp"
#include "reports/html_facts.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostInventoryBytes = 1'500'000;

/// What most of them say; empty if they say nothing.
std::string_view most_frequent(const std::vector<std::string>& values) {
    std::map<std::string_view, std::size_t> counts;
    for (const std::string& value : values) {
        if (!value.empty()) ++counts[value];
    }
    std::string_view most;
    std::size_t times = 0;
    for (const auto& [value, count] : counts) {
        if (count > times) {
            most = value;
            times = count;
        }
    }
    return most;
}

/// The nodes whose facts there is room for: those that did not pass, then the others in detail.
std::vector<std::int32_t> chosen(const Run& facts, const HtmlDetail& detail) {
    std::vector<std::int32_t> order;
    for (const std::int32_t node : detail.worst) {
        if (detail.of_node[at(node)] >= 0) order.push_back(node);
    }
    for (const std::int32_t node : detail.nodes) {
        if (std::ranges::find(detail.worst, node) == detail.worst.end()) order.push_back(node);
    }
    std::size_t bytes = 0;
    std::size_t taken = 0;
    for (; taken < order.size(); ++taken) {
        for (const InventoryColumn& column : facts.inventory) {
            if (column.scope == Scope::Node) bytes += column.values[at(order[taken])].size() + 2;
        }
        if (bytes > kMostInventoryBytes) break;
    }
    order.resize(taken);
    std::ranges::sort(order);
    return order;
}

}  // namespace

Json html_inventory(const Run& facts, const HtmlDetail& detail) {
    const std::vector<std::int32_t> nodes = chosen(facts, detail);
    std::vector<std::int32_t> devices;
    for (const std::int32_t device : detail.devices) {
        if (std::ranges::binary_search(nodes, facts.devices[at(device)].node)) {
            devices.push_back(device);
        }
    }
    std::vector<std::int32_t> device_node;
    std::vector<std::int32_t> device_index;
    for (const std::int32_t device : devices) {
        device_node.push_back(facts.devices[at(device)].node);
        device_index.push_back(facts.devices[at(device)].index);
    }
    Json columns = Json::array();
    for (const InventoryColumn& column : facts.inventory) {
        const bool of_devices = column.scope == Scope::Device;
        TextColumn values;
        for (const std::int32_t target : of_devices ? devices : nodes) {
            values.add(column.values[at(target)]);
        }
        const bool is_own = comparison_of(column.key) == Comparison::Own;
        columns.push_back({{"key", clean(column.key)},
                           {"source", clean(column.source)},
                           {"scope", to_string(column.scope)},
                           {"own", is_own},
                           {"most", is_own ? std::string{} : clean(most_frequent(column.values))},
                           {"values", values.json()}});
    }
    return {{"nodes", packed(nodes)},
            {"device_node", packed(device_node)},
            {"device_index", packed(device_index)},
            {"columns", std::move(columns)}};
}

}  // namespace rackproof
