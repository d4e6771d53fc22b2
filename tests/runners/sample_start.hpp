#pragma once

#include <numeric>
#include <string>
#include <vector>

#include "core/record.hpp"
#include "runners/device_pairs.hpp"

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
        if (manifest.cases[i].scope == Scope::DevicePair) {
            std::vector<std::int32_t> all(static_cast<std::size_t>(devices));
            std::iota(all.begin(), all.end(), 0);
            for (const Target& pair : device_pairs(all)) {
                manifest.cells.push_back({static_cast<std::int32_t>(i), pair});
            }
            continue;
        }
        const std::int32_t targets = manifest.cases[i].scope == Scope::Device ? devices : 1;
        for (std::int32_t target = 0; target < targets; ++target) {
            manifest.cells.push_back({static_cast<std::int32_t>(i), {target, -1}});
        }
    }
    return start;
}

/// Every device, every node, neighbours in pairs, or one group of all nodes.
inline std::vector<Target> fleet_targets(const Manifest& manifest, Scope scope) {
    std::vector<Target> targets;
    const auto nodes = static_cast<std::int32_t>(manifest.nodes.size());
    const auto devices = static_cast<std::int32_t>(manifest.devices.size());
    if (scope == Scope::Group) targets.push_back({0, -1});
    if (scope == Scope::NodePair) {
        for (std::int32_t node = 0; node + 1 < nodes; node += 2)
            targets.push_back({node, node + 1});
    }
    if (scope == Scope::Device || scope == Scope::Node) {
        for (std::int32_t i = 0; i < (scope == Scope::Device ? devices : nodes); ++i) {
            targets.push_back({i, -1});
        }
    }
    return targets;
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
    manifest.groups.emplace_back(nodes);
    std::iota(manifest.groups.back().begin(), manifest.groups.back().end(), 0);
    manifest.cells.clear();
    for (std::size_t i = 0; i < manifest.cases.size(); ++i) {
        for (const Target& target : fleet_targets(manifest, manifest.cases[i].scope)) {
            manifest.cells.push_back({static_cast<std::int32_t>(i), target});
        }
    }
    return start;
}

}  // namespace rackproof::test
