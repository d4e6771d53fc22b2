#pragma once

#include <string>
#include <vector>

#include "core/record.hpp"

namespace rackproof::test {

/// A case of one suite that stands alone, of `repetitions` samples.
inline CaseSpec sample_case(const std::string& name, std::int32_t index, Scope scope,
                            std::int32_t repetitions = 3) {
    CaseSpec spec;
    spec.name = name;
    spec.suite = "scripted";
    spec.lead = index;
    spec.scope = scope;
    spec.unit = "1/s";
    spec.definition = "a scripted number";
    spec.repetitions = repetitions;
    spec.deadline_s = 30;
    return spec;
}

/// The beginning of a run on one node "n001" with so many devices and these cases, each on all of
/// its targets, case by case.
inline record::RunStarted sample_start(std::int32_t devices, std::vector<CaseSpec> cases) {
    record::RunStarted start;
    start.run_id = "11111111-2222-4333-8444-555555555555";
    start.started = "2026-11-23T04:41:11Z";
    start.tool_version = "0.1.0";
    start.plan_name = "sample";
    start.plan_toml = "name = \"sample\"\n";
    start.launcher = "local";
    start.environment["host"] = "n001";
    Manifest& manifest = start.manifest;
    manifest.nodes.resize(1);
    manifest.nodes[0].name = "n001";
    for (std::int32_t i = 0; i < devices; ++i) {
        manifest.devices.emplace_back();
        manifest.devices.back().index = i;
    }
    for (const CaseSpec& spec : cases) {
        while (static_cast<std::int32_t>(manifest.stages.size()) <= spec.stage) {
            manifest.stages.push_back("stage " + std::to_string(manifest.stages.size()));
        }
    }
    manifest.cases = std::move(cases);
    for (std::size_t i = 0; i < manifest.cases.size(); ++i) {
        const std::int32_t targets = manifest.cases[i].scope == Scope::Device ? devices : 1;
        for (std::int32_t target = 0; target < targets; ++target) {
            manifest.cells.push_back({static_cast<std::int32_t>(i), {target, -1}});
        }
    }
    return start;
}

/// The same on nodes "n001", "n002", ... with so many devices each.
inline record::RunStarted sample_fleet_start(std::int32_t nodes, std::int32_t devices_each,
                                             std::vector<CaseSpec> cases) {
    record::RunStarted start = sample_start(nodes * devices_each, std::move(cases));
    Manifest& manifest = start.manifest;
    manifest.nodes.clear();
    for (std::int32_t node = 0; node < nodes; ++node) {
        manifest.nodes.emplace_back();
        manifest.nodes.back().name = "n00" + std::to_string(node + 1);
    }
    for (std::size_t i = 0; i < manifest.devices.size(); ++i) {
        const auto number = static_cast<std::int32_t>(i);
        manifest.devices[i].node = number / devices_each;
        manifest.devices[i].index = number % devices_each;
    }
    manifest.cells.clear();
    for (std::size_t i = 0; i < manifest.cases.size(); ++i) {
        const bool of_devices = manifest.cases[i].scope == Scope::Device;
        const std::int32_t targets = of_devices ? nodes * devices_each : nodes;
        for (std::int32_t target = 0; target < targets; ++target) {
            manifest.cells.push_back({static_cast<std::int32_t>(i), {target, -1}});
        }
    }
    return start;
}

}  // namespace rackproof::test
