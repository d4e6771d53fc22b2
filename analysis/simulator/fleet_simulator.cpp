#include "analysis/simulator/fleet_simulator.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "analysis/simulator/draws.hpp"
#include "core/error.hpp"
#include "core/index.hpp"
#include "core/version.hpp"

namespace rackproof::simulator {
namespace {

using namespace std::chrono_literals;

constexpr double kDuration_s = 3600;  // of the run that never was

Scenario sound(Scenario scenario) {
    if (const auto problem = find_problem(scenario)) {
        const std::string entry = problem->table.empty()
                                      ? "the scenario"
                                      : problem->table + " " + std::to_string(problem->index + 1);
        throw InputError{entry + ": " + problem->text};
    }
    return scenario;
}

/// A UUID of random numbers (version 4, RFC 9562) of the seed.
std::string uuid_of(std::uint64_t seed) {
    Draws draws{seed, Purpose::RunId};
    const std::uint32_t a = draws.word();
    const std::uint32_t b = draws.word();
    const std::uint32_t c = draws.word();
    const std::uint32_t d = draws.word();
    return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:04x}{:08x}", a, b >> 16U, b & 0xFFFU,
                       0x8000U | (c >> 18U), c & 0xFFFFU, d);
}

/// A run of one night is that of the seed itself.
std::uint64_t seed_of(std::uint64_t seed, std::int32_t night) {
    if (night == 1) return seed;
    Draws draws{seed, Purpose::Night, static_cast<std::uint32_t>(night)};
    const std::uint64_t high = draws.word();
    return high << 32U | draws.word();
}

/// "2026-01-01" for the first night.
std::string day_of(std::int32_t night) {
    using std::chrono::January;
    const std::chrono::year_month_day day{std::chrono::sys_days{2026y / January / 1} +
                                          std::chrono::days{night - 1}};
    return fmt::format("{}-{:02}-{:02}", static_cast<int>(day.year()),
                       static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

/// The last population with the fact wins, as the last rollout does.
template <class Fact>
void replace_by(const std::optional<Fact>& fact, Fact& current) {
    if (fact) current = *fact;
}

}  // namespace

FleetSimulator::FleetSimulator(Scenario scenario, std::uint64_t seed, std::int32_t night)
    : scenario_{sound(std::move(scenario))},
      seed_{seed},
      night_{night},
      night_seed_{seed_of(seed, night)},
      skus_{skus_of(scenario_)},
      layout_{lay_out(scenario_, seed)},
      members_{deal_populations(scenario_, layout_, seed)},
      planted_{plant(scenario_, layout_, seed)} {
    name_run();
    list_devices();
    list_inventory();
    list_variants();
    list_events();
    for (std::int32_t slot = 0; slot < layout_.slots(); ++slot) {
        Draws draws{seed, Purpose::DeviceGoodness, static_cast<std::uint32_t>(slot)};
        device_goodness_.push_back(draws.normal());
    }
    for (std::int32_t node = 0; node < scenario_.nodes; ++node) {
        Draws draws{seed, Purpose::NodeEffect, static_cast<std::uint32_t>(node)};
        node_effect_.push_back(scenario_.node_spread * draws.normal());
    }
}

void FleetSimulator::name_run() {
    frame_.run_id = uuid_of(night_seed_);
    frame_.started = day_of(night_) + "T00:00:00Z";
    frame_.finished = day_of(night_) + "T01:00:00Z";
    frame_.tool_version = kVersion;
    frame_.plan_name = scenario_.name;
    frame_.launcher = "simulate";
    frame_.plan_toml = scenario_.toml;
    frame_.complete = true;
    frame_.environment["seed"] = std::to_string(seed_);
    frame_.nodes = layout_.nodes;
}

bool FleetSimulator::has_effect(std::size_t population, std::int32_t slot) const {
    return members_[population][at(slot)] &&
           scenario_.populations[population].nights.contains(night_);
}

std::vector<bool> FleetSimulator::absent_slots() const {
    std::vector<bool> absent(at(layout_.slots()), false);
    for (const Planted& fault : planted_) {
        const FaultPlan& plan = scenario_.faults[fault.plan];
        const bool whole = plan.kind == FaultKind::Missing && plan.missing == Missing::Absent &&
                           plan.metrics.empty() && plan.nights.contains(night_);
        if (!whole) continue;
        const Stretch stretch = layout_.stretch(fault.level, fault.unit);
        std::fill(absent.begin() + stretch.first_slot, absent.begin() + stretch.end_slot, true);
    }
    return absent;
}

void FleetSimulator::list_devices() {
    const std::vector<bool> absent = absent_slots();
    std::vector<bool> present(layout_.nodes.size(), false);
    for (std::int32_t slot = 0; slot < layout_.slots(); ++slot) {
        device_of_slot_.push_back(-1);
        if (absent[at(slot)]) continue;
        Device device;
        device.node = layout_.node_of_slot[at(slot)];
        device.index = slot - layout_.first_slot[at(device.node)];
        device.kind = scenario_.device_kind;
        device.model = skus_[at(layout_.sku[at(device.node)])].model;
        device.driver = scenario_.driver;
        device.vbios = scenario_.vbios;
        for (std::size_t i = 0; i < members_.size(); ++i) {
            if (!has_effect(i, slot)) continue;
            replace_by(scenario_.populations[i].driver, device.driver);
            replace_by(scenario_.populations[i].vbios, device.vbios);
        }
        present[at(device.node)] = true;
        device_of_slot_.back() = static_cast<std::int32_t>(frame_.devices.size());
        frame_.devices.push_back(std::move(device));
    }
    for (std::size_t i = 0; i < present.size(); ++i) {
        if (!present[i]) frame_.nodes[i].state = "down";
    }
}

void FleetSimulator::list_inventory() {
    std::set<std::string> keys;
    for (const auto& [key, value] : scenario_.inventory) keys.insert(key);
    for (const Population& part : scenario_.populations) {
        for (const auto& [key, value] : part.inventory) keys.insert(key);
    }
    for (const std::string& key : keys) {
        const auto usual = scenario_.inventory.find(key);
        InventoryColumn column{key, Scope::Device, "scenario", {}};
        for (std::int32_t slot = 0; slot < layout_.slots(); ++slot) {
            if (device_of_slot_[at(slot)] < 0) continue;
            std::string value = usual == scenario_.inventory.end() ? "" : usual->second;
            for (std::size_t i = 0; i < members_.size(); ++i) {
                const auto& facts = scenario_.populations[i].inventory;
                const auto fact = facts.find(key);
                if (has_effect(i, slot) && fact != facts.end()) value = fact->second;
            }
            column.values.push_back(std::move(value));
        }
        frame_.inventory.push_back(std::move(column));
    }
}

void FleetSimulator::list_variants() {
    std::map<Variant, std::int32_t> known;
    for (std::int32_t slot = 0; slot < layout_.slots(); ++slot) {
        Variant variant{"{}", scenario_.algorithm, scenario_.library, scenario_.transport};
        for (std::size_t i = 0; i < members_.size(); ++i) {
            if (!has_effect(i, slot)) continue;
            replace_by(scenario_.populations[i].algorithm, variant.algorithm);
            replace_by(scenario_.populations[i].library, variant.library);
            replace_by(scenario_.populations[i].transport, variant.transport);
        }
        const auto [found, is_new] =
            known.emplace(variant, static_cast<std::int32_t>(frame_.variants.size()));
        if (is_new) frame_.variants.push_back(variant);
        variant_of_slot_.push_back(found->second);
    }
}

void FleetSimulator::list_events() {
    for (std::size_t i = 0; i < planted_.size(); ++i) {
        const FaultPlan& plan = scenario_.faults[planted_[i].plan];
        if (plan.kind != FaultKind::Hardware || !plan.nights.contains(night_)) continue;
        const Stretch stretch = layout_.stretch(planted_[i].level, planted_[i].unit);
        Draws draws{night_seed_, Purpose::Event, static_cast<std::uint32_t>(i)};
        for (std::int32_t node = stretch.first_node; node < stretch.end_node; ++node) {
            const bool of_device = planted_[i].level == FaultLevel::Device;
            Event event;
            event.time = draws.between(0, kDuration_s);
            event.node = node;
            event.device = of_device ? device_of_slot_[at(stretch.first_slot)] : -1;
            event.severity = "error";
            event.code = plan.code;
            event.text = plan.text;
            frame_.events.push_back(std::move(event));
        }
    }
    std::ranges::stable_sort(frame_.events, {}, &Event::time);
}

Run simulate(const FleetSimulator& fleet) {
    Run run = fleet.frame();
    for (std::size_t i = 0; i < fleet.metric_count(); ++i) {
        SimulatedMetric made = fleet.metric(i);
        run.metrics.push_back(std::move(made.metric));
        run.reasons.insert(run.reasons.end(), made.reasons.begin(), made.reasons.end());
    }
    return run;
}

}  // namespace rackproof::simulator
