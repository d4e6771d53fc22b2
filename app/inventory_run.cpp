#include "app/inventory_run.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "app/profile_file.hpp"
#include "core/clock.hpp"
#include "core/version.hpp"
#include "runners/secret.hpp"
#include "suites/hwcheck_case.hpp"

namespace rackproof {
namespace {

std::optional<std::int32_t> number_of(const std::string& part) {
    std::int32_t number = 0;
    const char* const end = part.data() + part.size();
    const auto [rest, error] = std::from_chars(part.data(), end, number);
    if (error != std::errc{} || rest != end || number < 0) return std::nullopt;
    return number;
}

using GpuFact = std::string Device::*;
constexpr std::pair<std::string_view, GpuFact> kGpuFacts[] = {
    {"gpu.model", &Device::model}, {"gpu.uuid", &Device::uuid},   {"gpu.serial", &Device::serial},
    {"gpu.pci", &Device::pci},     {"gpu.vbios", &Device::vbios}, {"gpu.driver", &Device::driver}};

Metric inventory_metric() {
    const CaseSpec spec = inventory_case();
    Metric metric;
    metric.name = spec.name;
    metric.suite = "hwcheck";
    metric.scope = spec.scope;
    metric.unit = spec.unit;
    metric.better = spec.better;
    metric.definition = spec.definition;
    metric.repetitions = 1;
    return metric;
}

}  // namespace

InventoryRun::InventoryRun(const std::vector<Profile>& profiles) {
    run_.run_id = random_uuid();
    run_.started = utc_now();
    run_.tool_version = kVersion;
    run_.plan_name = "hwcheck";
    run_.plan_toml = hwcheck_plan(profiles);
    run_.launcher = "local";
    run_.variants.emplace_back();
    run_.metrics.push_back(inventory_metric());
}

InventoryColumn& InventoryRun::column(const std::string& name, const std::string& source) {
    const auto [place, is_new] = places_.try_emplace(name, run_.inventory.size());
    if (is_new) run_.inventory.push_back({name, Scope::Node, source, {}});
    return run_.inventory[place->second];
}

void InventoryRun::put(const std::string& name, const std::string& source,
                       const std::string& value) {
    InventoryColumn& into = column(name, source);
    into.values.resize(run_.nodes.size());
    into.values.back() = value;
}

void InventoryRun::add_gpus(const Inventory& inventory) {
    gpus_.clear();
    const auto node = static_cast<std::int32_t>(run_.nodes.size()) - 1;
    for (const InventoryItem& item : inventory.items) {
        const std::optional<std::int32_t> index = number_of(item.part);
        if (!item.key.starts_with("gpu.") || !index) continue;
        const auto [place, is_new] =
            gpus_.try_emplace(item.part, static_cast<std::int32_t>(run_.devices.size()));
        if (is_new) {
            run_.devices.emplace_back();
            run_.devices.back().node = node;
            run_.devices.back().index = *index;
            run_.devices.back().kind = "gpu";
        }
        Device& gpu = run_.devices[static_cast<std::size_t>(place->second)];
        const auto* const fact =
            std::ranges::find(kGpuFacts, item.key, &std::pair<std::string_view, GpuFact>::first);
        if (fact != std::end(kGpuFacts)) gpu.*fact->second = item.value;
    }
}

void InventoryRun::add_events(const Inventory& inventory) {
    const auto node = static_cast<std::int32_t>(run_.nodes.size()) - 1;
    for (const InventoryEvent& event : inventory.events) {
        const auto gpu = gpus_.find(event.part);
        const std::int32_t device = gpu == gpus_.end() ? -1 : gpu->second;
        const bool named = event.part.empty() || device >= 0;
        run_.events.push_back({0, node, device, event.severity, event.code,
                               (named ? "" : event.part + ": ") + event.text});
    }
}

void InventoryRun::add(Node node, const Inventory& inventory) {
    run_.nodes.push_back(std::move(node));
    std::size_t known = 0;
    for (const InventoryItem& item : inventory.items) {
        put(column_name(item), item.source, item.value);
        if (!item.value.empty()) ++known;
    }
    put(kNotKnownColumn, "rackproof hwcheck", why_not_known(inventory));
    add_gpus(inventory);
    add_events(inventory);
    Metric& metric = run_.metrics.front();
    const auto index = static_cast<std::int32_t>(run_.nodes.size()) - 1;
    if (known == 0) {
        const std::size_t row = metric.add_row({index, -1}, 0, Outcome::Failed);
        run_.reasons.push_back(
            {metric.name, static_cast<std::int32_t>(row), "not one item could be read"});
        return;
    }
    const std::size_t row = metric.add_row({index, -1}, 0, Outcome::Completed);
    metric.variant[row] = 0;
    metric.values[row] = static_cast<double>(known);
}

void InventoryRun::add_absent(Node node, const std::string& why) {
    run_.nodes.push_back(std::move(node));
    Metric& metric = run_.metrics.front();
    const auto index = static_cast<std::int32_t>(run_.nodes.size()) - 1;
    const std::size_t row = metric.add_row({index, -1}, 0, Outcome::Lost);
    run_.reasons.push_back({metric.name, static_cast<std::int32_t>(row), why});
}

Run InventoryRun::finish() {
    for (InventoryColumn& each : run_.inventory) each.values.resize(run_.nodes.size());
    run_.finished = utc_now();
    run_.complete = true;
    return std::move(run_);
}

std::string hwcheck_plan(const std::vector<Profile>& profiles) {
    return "name = \"hwcheck\"\n\n[[stage]]\nname = \"hwcheck\"\n\n[[stage.suite]]\n"
           "suite = \"hwcheck\"\n\n" +
           policy_table(profiles);
}

}  // namespace rackproof
