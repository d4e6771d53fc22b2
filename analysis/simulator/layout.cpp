#include "analysis/simulator/layout.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "analysis/simulator/draws.hpp"
#include "core/index.hpp"

namespace rackproof::simulator {
namespace {

/// "r012": as many digits as the largest of `count` needs, and at least two.
std::string numbered(char letter, std::int32_t number, std::int32_t count) {
    const std::string digits = std::to_string(number);
    const std::size_t width = std::max<std::size_t>(2, std::to_string(count - 1).size());
    return letter + std::string(width - std::min(width, digits.size()), '0') + digits;
}

FaultLevel level_of(Piece piece) {
    switch (piece) {
        case Piece::Device: return FaultLevel::Device;
        case Piece::Node: return FaultLevel::Node;
        case Piece::Rack: return FaultLevel::Rack;
    }
    return FaultLevel::Device;
}

std::vector<std::int32_t> all(std::int32_t count) {
    std::vector<std::int32_t> items(at(count));
    std::iota(items.begin(), items.end(), 0);
    return items;
}

std::size_t share(double fraction, std::size_t count) {
    return static_cast<std::size_t>(std::lround(fraction * static_cast<double>(count)));
}

/// The sku of each node: the shares of all but the first are drawn, and the rest is the first.
void deal_skus(const Scenario& scenario, std::uint64_t seed, Layout& layout) {
    const FaultLevel level = level_of(scenario.skus_by);
    std::vector<std::int32_t> units = all(layout.count(level));
    const std::size_t in_all = units.size();
    const std::vector<SkuModel> skus = skus_of(scenario);
    for (std::size_t i = 1; i < skus.size(); ++i) {
        Draws draws{seed, Purpose::Sku, static_cast<std::uint32_t>(i)};
        const auto taken = chosen(units, share(skus[i].fraction, in_all), draws);
        for (const std::int32_t unit : taken) {
            const Stretch stretch = layout.stretch(level, unit);
            std::fill(layout.sku.begin() + stretch.first_node,
                      layout.sku.begin() + stretch.end_node, static_cast<std::int32_t>(i));
        }
        std::vector<std::int32_t> left;
        std::ranges::set_difference(units, taken, std::back_inserter(left));
        units = std::move(left);
    }
}

}  // namespace

std::int32_t Layout::racks() const {
    return rack_of(static_cast<std::int32_t>(nodes.size()) - 1) + 1;
}

double Layout::height_of(std::int32_t node) const {
    if (nodes_per_rack == 1) return 0;
    return static_cast<double>(node % nodes_per_rack) / (nodes_per_rack - 1);
}

std::int32_t Layout::count(FaultLevel level) const {
    switch (level) {
        case FaultLevel::Device: return slots();
        case FaultLevel::Node: return static_cast<std::int32_t>(nodes.size());
        case FaultLevel::Rack: return racks();
        case FaultLevel::Fleet: return 1;
    }
    return 0;
}

Stretch Layout::stretch(FaultLevel level, std::int32_t unit) const {
    const auto node_count = static_cast<std::int32_t>(nodes.size());
    if (level == FaultLevel::Device) {
        const std::int32_t node = node_of_slot[at(unit)];
        return {node, node + 1, unit, unit + 1};
    }
    Stretch found{0, node_count, 0, 0};
    if (level == FaultLevel::Node) found = {unit, unit + 1, 0, 0};
    if (level == FaultLevel::Rack) {
        found.first_node = unit * nodes_per_rack;
        found.end_node = std::min(found.first_node + nodes_per_rack, node_count);
    }
    found.first_slot = first_slot[at(found.first_node)];
    found.end_slot = first_slot[at(found.end_node)];
    return found;
}

std::vector<SkuModel> skus_of(const Scenario& scenario) {
    return scenario.skus.empty() ? std::vector<SkuModel>{SkuModel{}} : scenario.skus;
}

Layout lay_out(const Scenario& scenario, std::uint64_t seed) {
    Layout layout;
    layout.nodes_per_rack = scenario.nodes_per_rack;
    layout.nodes.resize(at(scenario.nodes));
    layout.sku.assign(layout.nodes.size(), 0);
    layout.first_slot.assign(layout.nodes.size() + 1, 0);
    deal_skus(scenario, seed, layout);

    const std::vector<SkuModel> skus = skus_of(scenario);
    const std::int32_t racks = layout.racks();
    for (std::int32_t i = 0; i < scenario.nodes; ++i) {
        const std::int32_t rack = layout.rack_of(i);
        const std::int32_t slot = i % scenario.nodes_per_rack;
        const SkuModel& sku = skus[at(layout.sku[at(i)])];
        Node& node = layout.nodes[at(i)];
        node.rack = numbered('r', rack, racks);
        node.name = node.rack + numbered('n', slot, scenario.nodes_per_rack);
        node.row = std::to_string(rack / scenario.racks_per_row);
        node.slot = std::to_string(slot);
        node.sku = sku.name;
        node.vendor = sku.vendor;
        const std::int32_t devices = sku.devices_per_node.value_or(scenario.devices_per_node);
        layout.first_slot[at(i) + 1] = layout.first_slot[at(i)] + devices;
        layout.node_of_slot.insert(layout.node_of_slot.end(), at(devices), i);
    }
    return layout;
}

std::vector<std::vector<bool>> deal_populations(const Scenario& scenario, const Layout& layout,
                                                std::uint64_t seed) {
    std::vector<std::vector<bool>> members;
    for (const Population& population : scenario.populations) {
        Draws draws{seed, Purpose::Population, static_cast<std::uint32_t>(members.size())};
        const FaultLevel level = level_of(population.by);
        const std::int32_t units = layout.count(level);
        std::vector<bool> belongs(at(layout.slots()), false);
        for (const std::int32_t unit :
             chosen(all(units), share(population.fraction, at(units)), draws)) {
            const Stretch stretch = layout.stretch(level, unit);
            std::fill(belongs.begin() + stretch.first_slot, belongs.begin() + stretch.end_slot,
                      true);
        }
        members.push_back(std::move(belongs));
    }
    return members;
}

}  // namespace rackproof::simulator
