#include "analysis/simulator/truth.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/index.hpp"

namespace rackproof::simulator {
namespace {

using Json = nlohmann::ordered_json;

/// The names of the metrics in which the fault shows, and how large it is in each.
void add_metrics(const Scenario& scenario, const FaultPlan& plan, const Planted& fault,
                 Json& entry) {
    Json names = Json::array();
    Json sizes = Json::array();
    for (const MetricModel& metric : scenario.metrics) {
        if (!shows_in(plan, metric)) continue;
        names.push_back(metric.name);
        if (plan.size || plan.size_in_spreads) sizes.push_back(size_in(plan, fault, metric));
    }
    entry["metrics"] = std::move(names);
    entry["sizes"] = std::move(sizes);
}

Json fault_entry(const FleetSimulator& fleet, const Planted& fault) {
    const Layout& layout = fleet.layout();
    const FaultPlan& plan = fleet.scenario().faults[fault.plan];
    const Stretch stretch = layout.stretch(fault.level, fault.unit);
    const Node& node = layout.nodes[at(stretch.first_node)];
    const bool in_node = fault.level == FaultLevel::Device || fault.level == FaultLevel::Node;
    Json entry;
    entry["kind"] = to_string(plan.kind);
    entry["level"] = to_string(fault.level);
    entry["rack"] = fault.level == FaultLevel::Fleet ? Json(nullptr) : Json(node.rack);
    entry["node"] = in_node ? Json(node.name) : Json(nullptr);
    entry["device"] = nullptr;
    if (fault.level == FaultLevel::Device) {
        const std::int32_t first = layout.first_slot[at(stretch.first_node)];
        entry["device"] = std::to_string(fault.unit - first);
    }
    entry["name"] = plan.name;
    if (fleet.scenario().nights > 1) {
        entry["first_night"] = plan.nights.first;
        entry["last_night"] = std::min(plan.nights.last, fleet.scenario().nights);
        entry["growth"] = to_string(plan.growth);
    }
    if (plan.kind == FaultKind::Missing) entry["missing"] = to_string(plan.missing);
    add_metrics(fleet.scenario(), plan, fault, entry);
    return entry;
}

/// The nodes of which at least one device is of the population.
Json nodes_of(const FleetSimulator& fleet, const std::vector<bool>& members) {
    const Layout& layout = fleet.layout();
    Json names = Json::array();
    for (std::size_t i = 0; i < layout.nodes.size(); ++i) {
        const auto first = members.begin() + layout.first_slot[i];
        const auto last = members.begin() + layout.first_slot[i + 1];
        if (std::find(first, last, true) != last) names.push_back(layout.nodes[i].name);
    }
    return names;
}

Json population_entry(const FleetSimulator& fleet, std::size_t index) {
    const Population& part = fleet.scenario().populations[index];
    const bool recorded = part.driver || part.vbios || !part.inventory.empty() || part.algorithm ||
                          part.library || part.transport;
    Json entry;
    entry["name"] = part.name;
    entry["fraction"] = part.fraction;
    entry["effect"] = part.effect;
    entry["recorded"] = recorded;
    entry["nodes"] = nodes_of(fleet, fleet.members()[index]);
    return entry;
}

}  // namespace

std::string truth_json(const FleetSimulator& fleet) {
    Json truth;
    truth["format"] = "rackproof-truth";
    truth["format_version"] = 1;
    truth["run_id"] = fleet.frame().run_id;
    truth["scenario"] = fleet.scenario().name;
    truth["seed"] = fleet.seed();
    truth["faults"] = Json::array();
    for (const Planted& fault : fleet.planted()) {
        truth["faults"].push_back(fault_entry(fleet, fault));
    }
    truth["populations"] = Json::array();
    for (std::size_t i = 0; i < fleet.members().size(); ++i) {
        truth["populations"].push_back(population_entry(fleet, i));
    }
    return truth.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rackproof::simulator
