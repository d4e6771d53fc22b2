// How long it takes to find the nodes of a large fleet whose inventory has drifted: every hundredth
// node has another value in one column, each in a column of its own turn.
//
//   inventory_drift [NODES [GPUS]]     131,072 nodes of 8 GPUs

#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "analysis/inventory_keys.hpp"
#include "analysis/judgement.hpp"
#include "app/inventory_run.hpp"
#include "core/metric_source.hpp"

namespace {

using namespace rackproof;

constexpr int kEvery = 100;

/// What a node of this kind says of itself, in the keys that hwcheck reads.
Inventory example(int gpus) {
    Inventory inventory;
    const auto add = [&](const std::string& key, const std::string& part, const std::string& text) {
        inventory.items.push_back({key, part, text, "/sys", ""});
    };
    for (int i = 0; i < 60; ++i) {
        add(fmt::format("host.setting{:02}", i), "", fmt::format("value {}", i));
    }
    add("system.serial", "", "S");
    add("memory.total_bytes", "", "2164000000000");
    for (int gpu = 0; gpu < gpus; ++gpu) {
        const std::string part = std::to_string(gpu);
        for (const char* key :
             {"gpu.model", "gpu.vbios", "gpu.driver", "gpu.inforom_image", "gpu.ecc_mode",
              "gpu.mig_mode", "gpu.persistence_mode", "gpu.compute_mode",
              "gpu.power_limit_enforced_w", "gpu.pcie_generation_max", "gpu.pcie_width",
              "gpu.bar1_bytes", "gpu.nvlinks_active", "gpu.cuda"}) {
            add(key, part, "96.00.A5.00.1A");
        }
        add("gpu.serial", part, "1650");
        add("gpu.uuid", part, "GPU");
        add("gpu.ecc.volatile.corrected", part, "0");
        const std::string port = "mlx5_" + part;
        for (const char* key : {"hca.firmware", "hca.board", "pcie.width", "pcie.speed"}) {
            add(key, port, "28.39.1002");
        }
        for (const char* key : {"port.state", "port.physical_state", "port.rate_bit_per_s"}) {
            add(key, port + "/1", "active");
        }
    }
    return inventory;
}

/// Items that are compared, and so can have drifted.
std::vector<std::size_t> comparable(const Inventory& inventory) {
    std::vector<std::size_t> items;
    for (std::size_t i = 0; i < inventory.items.size(); ++i) {
        const Comparison comparison = comparison_of(inventory.items[i].key);
        if (comparison == Comparison::Same) items.push_back(i);
    }
    return items;
}

/// The node's own: serials that differ, and the drift if it is its turn.
Inventory of_node(const Inventory& good, const std::vector<std::size_t>& items, int node) {
    Inventory own = good;
    for (InventoryItem& item : own.items) {
        if (is_identity(item.key)) item.value += fmt::format("{}-{}", node, item.part);
    }
    if (node % kEvery == kEvery - 1) {
        const auto turn = static_cast<std::size_t>(node / kEvery);
        own.items[items[turn % items.size()]].value = "another";
    }
    return own;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double peak_gigabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) * 1024 / 1e9;
}

Run fleet_of(int nodes, int gpus) {
    const Inventory good = example(gpus);
    const std::vector<std::size_t> items = comparable(good);
    InventoryRun all{{}};
    for (int i = 0; i < nodes; ++i) {
        Node node;
        node.name = fmt::format("n{:06}", i);
        node.rack = fmt::format("r{:05}", i / 18);
        node.sku = "h200-8";
        all.add(std::move(node), of_node(good, items, i));
    }
    return all.finish();
}

}  // namespace

int main(int argc, char** argv) {
    const int nodes = argc > 1 ? std::atoi(argv[1]) : 131'072;
    const int gpus = argc > 2 ? std::atoi(argv[2]) : 8;
    const auto begun = std::chrono::steady_clock::now();
    const Run run = fleet_of(nodes, gpus);
    fmt::print("{} nodes, {} columns: made in {:.1f} s, {:.1f} GB\n", nodes, run.inventory.size(),
               seconds_since(begun), peak_gigabytes());

    const auto judged = std::chrono::steady_clock::now();
    HeldMetrics metrics{run};
    const Judgement judgement = judge(run, metrics, {}, 2);
    fmt::print("judged in {:.2f} s with 2 threads, {:.1f} GB at the most\n", seconds_since(judged),
               peak_gigabytes());

    int found = 0;
    int false_alarms = 0;
    std::set<std::string> named;
    for (const Finding& finding : judgement.findings) named.insert(finding.node);
    for (int i = 0; i < nodes; ++i) {
        const bool drifted = i % kEvery == kEvery - 1;
        const bool is_named = named.contains(fmt::format("n{:06}", i));
        found += drifted && is_named ? 1 : 0;
        false_alarms += !drifted && is_named ? 1 : 0;
    }
    const int planted = nodes / kEvery;
    fmt::print("{} drifted, {} found, {} others named, {} findings\n", planted, found, false_alarms,
               judgement.findings.size());
    return found == planted && false_alarms == 0 ? 0 : 1;
}
