#include "analysis/fleet_facts.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

#include "analysis/cells.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

/// Labels and inventory columns with one of these in their name are configuration.
constexpr const char* kConfiguration[] = {"driver",    "vbios",    "firmware",
                                          "power_cap", "powercap", "power_limit"};

bool is_configuration(std::string name) {
    std::ranges::transform(name, name.begin(), [](char c) {
        if (c == '-' || c == ' ' || c == '.') return '_';
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return std::ranges::any_of(
        kConfiguration, [&](const char* part) { return name.find(part) != std::string::npos; });
}

/// Each text's number among the different ones, in their order.
std::map<std::string, std::int32_t> numbered(const std::set<std::string>& texts) {
    std::map<std::string, std::int32_t> numbers;
    for (const std::string& text : texts) {
        numbers.emplace(text, static_cast<std::int32_t>(numbers.size()));
    }
    return numbers;
}

double number_in(const std::string& slot) {
    constexpr std::string_view kDigits = "0123456789";
    const std::size_t first = slot.find_first_of(kDigits);
    if (first == std::string::npos) return std::numeric_limits<double>::quiet_NaN();
    std::int32_t number = 0;
    const auto [end, error] =
        std::from_chars(slot.data() + first, slot.data() + slot.size(), number);
    return error == std::errc{} ? number : std::numeric_limits<double>::quiet_NaN();
}

void add_fact(FleetFacts::Configuration& facts, const std::string& name, const std::string& value) {
    if (!value.empty()) facts.emplace(name, value);
}

/// The inventory's columns of that scope that are configuration.
using FactColumns = std::vector<const InventoryColumn*>;

FactColumns columns_of(const Run& run, Scope scope) {
    FactColumns columns;
    for (const InventoryColumn& column : run.inventory) {
        if (column.scope == scope && is_configuration(column.key)) columns.push_back(&column);
    }
    return columns;
}

std::string_view value_of(const InventoryColumn& column, std::size_t index) {
    return index < column.values.size() ? column.values[index] : std::string_view{};
}

void add_columns(const FactColumns& columns, std::size_t index, FleetFacts::Configuration& facts) {
    for (const InventoryColumn* column : columns) {
        add_fact(facts, column->key, std::string{value_of(*column, index)});
    }
}

FleetFacts::Configuration of_node(const Run& run, std::size_t index, const FactColumns& columns) {
    FleetFacts::Configuration facts;
    for (const auto& [name, value] : run.nodes[index].labels) {
        if (is_configuration(name)) add_fact(facts, name, value);
    }
    add_columns(columns, index, facts);
    return facts;
}

void add_device_facts(const Run& run, std::size_t index, const FactColumns& columns,
                      FleetFacts::Configuration& facts) {
    const Device& device = run.devices[index];
    add_fact(facts, "driver", device.driver);
    add_fact(facts, "vbios", device.vbios);
    add_fact(facts, "model", device.model);
    add_columns(columns, index, facts);
}

/// True if of_node gives the same for both; false also where that takes a closer look.
bool are_alike(const Run& run, std::size_t a, std::size_t b, const FactColumns& columns) {
    return run.nodes[a].labels == run.nodes[b].labels &&
           std::ranges::all_of(columns, [&](const InventoryColumn* column) {
               return value_of(*column, a) == value_of(*column, b);
           });
}

/// True if add_device_facts adds the same for both.
bool have_same_facts(const Run& run, std::size_t a, std::size_t b, const FactColumns& columns) {
    const Device& one = run.devices[a];
    const Device& other = run.devices[b];
    return one.driver == other.driver && one.vbios == other.vbios && one.model == other.model &&
           std::ranges::all_of(columns, [&](const InventoryColumn* column) {
               return value_of(*column, a) == value_of(*column, b);
           });
}

}  // namespace

FleetFacts::FleetFacts(const Run& run) : devices_(run.nodes.size(), 0) {
    std::set<std::string> skus;
    std::set<std::string> racks;
    for (const Node& node : run.nodes) {
        skus.insert(node.sku);
        if (!node.rack.empty() && node.rack != "-") racks.insert(node.rack);
    }
    const auto sku_numbers = numbered(skus);
    const auto rack_numbers = numbered(racks);
    racks_.assign(racks.begin(), racks.end());
    skus_ = static_cast<std::int64_t>(skus.size());
    for (const Node& node : run.nodes) {
        sku_.push_back(sku_numbers.at(node.sku));
        const auto rack = rack_numbers.find(node.rack);
        rack_.push_back(rack == rack_numbers.end() ? -1 : rack->second);
        slot_.push_back(number_in(node.slot));
    }
    for (const Device& device : run.devices) {
        index_in_node_.push_back(device.index);
        if (device.node >= 0 && at(device.node) < devices_.size()) ++devices_[at(device.node)];
    }
    number_configurations(run);
}

void FleetFacts::number_configurations(const Run& run) {
    std::map<Configuration, std::int32_t> numbers;
    std::vector<const Configuration*> by_number;
    const auto number = [&](const Configuration& facts) {
        const auto [place, is_new] =
            numbers.emplace(facts, static_cast<std::int32_t>(numbers.size()));
        if (is_new) by_number.push_back(&place->first);
        return place->second;
    };
    const FactColumns node_columns = columns_of(run, Scope::Node);
    for (std::size_t i = 0; i < run.nodes.size(); ++i) {
        const bool same = i > 0 && are_alike(run, i - 1, i, node_columns);
        configuration_of_node_.push_back(same ? configuration_of_node_.back()
                                              : number(of_node(run, i, node_columns)));
    }
    const FactColumns device_columns = columns_of(run, Scope::Device);
    std::int32_t of_its_node = -1;  // the configuration of the last device's node
    for (std::size_t i = 0; i < run.devices.size(); ++i) {
        const std::int32_t node = run.devices[i].node;
        const bool known = node >= 0 && at(node) < run.nodes.size();
        const std::int32_t before = of_its_node;
        of_its_node = known ? configuration_of_node_[at(node)] : -1;
        if (i > 0 && of_its_node == before && have_same_facts(run, i - 1, i, device_columns)) {
            configuration_of_device_.push_back(configuration_of_device_.back());
            continue;
        }
        Configuration facts;
        if (known) facts = *by_number[at(of_its_node)];
        add_device_facts(run, i, device_columns, facts);
        configuration_of_device_.push_back(number(facts));
    }
    std::vector<std::int32_t> in_order(numbers.size());
    for (auto& [facts, old] : numbers) {
        in_order[at(old)] = static_cast<std::int32_t>(configurations_.size());
        configurations_.push_back(facts);
    }
    for (std::int32_t& each : configuration_of_node_) each = in_order[at(each)];
    for (std::int32_t& each : configuration_of_device_) each = in_order[at(each)];
}

std::int64_t FleetFacts::sku_key(const Run& run, const Place& place) const {
    const std::int32_t node = place.group >= 0 ? run.groups[at(place.group)].front() : place.node;
    const std::int64_t first = sku(node);
    if (place.peer_node < 0) return first;
    const std::int64_t second = sku(place.peer_node);
    if (first == second) return first;
    return skus_ + std::min(first, second) * skus_ + std::max(first, second);
}

std::int32_t FleetFacts::configuration(const Place& place) const {
    if (place.peer_node >= 0 || place.group >= 0) return -1;
    if (place.device >= 0) return configuration_of_device_[at(place.device)];
    return place.node >= 0 ? configuration_of_node_[at(place.node)] : -1;
}

std::string difference(const FleetFacts::Configuration& mine,
                       const FleetFacts::Configuration& theirs) {
    constexpr std::size_t kMostBytes = 60;
    std::string text;
    for (const auto& [name, value] : mine) {
        const auto other = theirs.find(name);
        if (other != theirs.end() && other->second == value) continue;
        if (!text.empty()) text += ", ";
        text += shortened(printable(name), kMostBytes) + " '" +
                shortened(printable(value), kMostBytes) + "'";
        if (other == theirs.end()) continue;
        text += " instead of '" + shortened(printable(other->second), kMostBytes) + "'";
    }
    return text;
}

}  // namespace rackproof
