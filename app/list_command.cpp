#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/gpu_text.hpp"
#include "app/locations.hpp"
#include "app/output.hpp"
#include "app/plan_file.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "devices/device.hpp"
#include "hwcheck/inventory_reader.hpp"
#include "reports/text_format.hpp"
#include "runners/nic_binding.hpp"
#include "suites/parameters_check.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.resize(width, ' ');
    return text + "  ";
}

/// "default 10", as a plan would write it.
std::string default_text(const ParameterSpec& spec) {
    Parameters one;
    one.set(spec.name, spec.default_value);
    const std::string json = one.json();  // {"name":value}
    return json.substr(spec.name.size() + 4, json.size() - spec.name.size() - 5);
}

std::string suites_text() {
    std::string text;
    for (const Suite* suite : all_suites()) {
        text += padded(std::string{suite->name()}, 12) + std::string{suite->summary()} + "\n";
        for (const ParameterSpec& spec : suite->parameters()) {
            text += "    " + padded(spec.name, 16) + spec.help + " (default " + default_text(spec) +
                    ")\n";
        }
    }
    return text;
}

std::string cases_text() {
    std::string text;
    for (const Suite* suite : all_suites()) {
        for (const CaseSpec& spec : suite->cases(with_defaults(*suite, {}))) {
            text += padded(spec.name, 34) + padded(std::string{to_string(spec.scope)}, 7) +
                    "about " + format_duration(spec.expected_s) + ", at most " +
                    format_duration(spec.deadline_s) + "\n";
        }
    }
    return text;
}

std::string metrics_text() {
    std::string text;
    for (const Suite* suite : all_suites()) {
        for (const CaseSpec& spec : suite->cases(with_defaults(*suite, {}))) {
            text += padded(spec.name, 34) + padded(spec.unit, 6) +
                    padded(std::string{to_string(spec.better)}, 6) + spec.definition + "\n";
        }
    }
    return text;
}

std::string plans_text() {
    std::string text;
    for (const std::filesystem::path& file : shipped_files(shipped_plans())) {
        const Plan plan = read_plan(file);
        text += padded(plan.name, 10) + plan.description + "\n          " + file.string() + "\n";
    }
    return text;
}

/// ", nearest NIC mlx5_0 (PIX)"
std::string nic_text(const NodeNics& node, const DeviceInfo& device) {
    if (!node.problem.empty()) return ", nearest NIC not known: " + node.problem;
    const NearestNics nearest = nearest_nics(node, device_place(device));
    return nearest.names.empty() ? ", no NIC on the PCI bus" : ", nearest NIC " + text_of(nearest);
}

std::string devices_text() {
    constexpr std::int64_t kMiB = 1 << 20;
    std::string text;
    std::size_t gpus = 0;
    const NodeNics nics = own_node_nics();
    for (const DeviceInfo& device : list_devices({.with_gpus = true})) {
        const bool is_gpu = device.facts.kind == "gpu";
        if (is_gpu) ++gpus;
        text += device.facts.kind + std::to_string(device.facts.index) + "  " + device.facts.model +
                ", " + (is_gpu ? device.facts.pci : "cores " + device.cores);
        if (device.memory_bytes > 0) {
            const std::int64_t cache_bytes = device.last_level_cache_bytes;
            text += ", " + device.vector_unit + ", last-level cache " +
                    (cache_bytes > 0 ? format_bytes(cache_bytes) : "unknown") +
                    (is_gpu ? ", memory " : ", memory free ") +
                    format_bytes(device.memory_bytes / kMiB * kMiB);
        }
        text += nic_text(nics, device) + "\n";
    }
    const std::string problem = why_no_gpus();
    if (!problem.empty()) {
        text += (gpus == 0 ? "no GPUs: " : "no GPU can be used: ") + problem + "\n";
    }
    const std::string hidden = hidden_gpus();
    if (!hidden.empty()) text += "not all GPUs: " + hidden + "\n";
    return text + gpus_text(own_gpu_reader());
}

}  // namespace

int list_command(Listing what) {
    switch (what) {
        case Listing::Suites: write_stdout(suites_text()); break;
        case Listing::Cases: write_stdout(cases_text()); break;
        case Listing::Metrics: write_stdout(metrics_text()); break;
        case Listing::Plans: write_stdout(plans_text()); break;
        case Listing::Devices: write_stdout(devices_text()); break;
    }
    return 0;
}

}  // namespace rackproof
