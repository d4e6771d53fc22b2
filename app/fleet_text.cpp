#include "app/fleet_text.hpp"

#include <toml++/toml.h>

#include <sstream>

namespace rackproof {
namespace {

toml::table table_of(const FleetNode& entry) {
    const Node& node = entry.node;
    toml::table table{{"name", node.name}, {"rack", node.rack}, {"row", node.row},
                      {"slot", node.slot}, {"sku", node.sku},   {"vendor", node.vendor}};
    if (entry.devices) table.insert("devices", *entry.devices);
    if (entry.gpus) table.insert("gpus", *entry.gpus);
    toml::table labels;
    for (const auto& [key, value] : node.labels) labels.insert(key, value);
    if (!takes_part(node)) {
        table.insert("state", node.state);
        if (const auto* reason = labels.get("reason")) table.insert("reason", *reason);
        labels.erase("reason");
    }
    if (!labels.empty()) table.insert("labels", std::move(labels));
    return table;
}

}  // namespace

std::string fleet_text(const std::vector<FleetNode>& nodes) {
    toml::array array;
    for (const FleetNode& entry : nodes) array.push_back(table_of(entry));
    std::ostringstream text;
    text << toml::table{{"node", std::move(array)}} << '\n';
    return text.str();
}

}  // namespace rackproof
