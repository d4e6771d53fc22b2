#include <map>
#include <set>
#include <string>

#include "core/index.hpp"
#include "results/csv_run.hpp"

namespace rackproof::csv {
namespace {

constexpr const char* kMostHaveIt =
    "the imported files have no row of it, and most nodes of its sku have one";
constexpr const char* kFleetHasIt =
    "the imported files have no row of it, and the fleet file lists its device";

/// In how many nodes of a sku a metric was measured.
struct Presence {
    std::size_t on_node = 0;                        ///< itself, or on any of its devices
    std::map<std::int32_t, std::size_t> on_device;  ///< by the device's index
};

}  // namespace

void ImportedRun::add_absences() {
    const auto sku_of = [this](std::int32_t node) -> const std::string& {
        return nodes_[at(node)].node.sku;
    };
    std::map<std::string, std::size_t> nodes_of_sku;
    for (const NodeEntry& entry : nodes_) nodes_of_sku[entry.node.sku] += entry.has_rows ? 1 : 0;
    const auto is_most = [&](std::size_t count, const std::string& sku) {
        return 2 * count > nodes_of_sku[sku];
    };
    for (ImportedMetric& metric : metrics_) {
        const bool of_devices = metric.scope() == Scope::Device;
        if (!of_devices && metric.scope() != Scope::Node) continue;
        std::map<std::string, Presence> found;
        for (std::int32_t node = 0; node < static_cast<std::int32_t>(nodes_.size()); ++node) {
            Presence& presence = found[sku_of(node)];
            bool is_here = !of_devices && metric.has(node);
            for (const auto& [index, number] : nodes_[at(node)].devices) {
                if (!of_devices || !metric.has(number)) continue;
                ++presence.on_device[index];
                is_here = true;
            }
            if (is_here) ++presence.on_node;
        }
        for (std::int32_t node = 0; node < static_cast<std::int32_t>(nodes_.size()); ++node) {
            const std::string& sku = sku_of(node);
            const Presence& presence = found[sku];
            if (!nodes_[at(node)].has_rows || !is_most(presence.on_node, sku)) continue;
            if (!of_devices) {
                metric.add_absent(node, kMostHaveIt);
                continue;
            }
            for (const auto& [index, count] : presence.on_device) {
                if (is_most(count, sku)) {
                    metric.add_absent(device_number(node, index), kMostHaveIt);
                }
            }
            if (fleet_ == nullptr) continue;
            const std::int32_t listed = fleet_->nodes[at(node)].devices.value_or(0);
            for (std::int32_t index = 0; index < listed; ++index) {
                metric.add_absent(device_number(node, index), kFleetHasIt);
            }
        }
    }
}

}  // namespace rackproof::csv
