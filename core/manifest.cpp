#include "core/manifest.hpp"

#include <optional>

#include "core/error.hpp"

namespace rackproof {

std::int32_t node_of(const std::vector<Device>& devices, Scope scope, Target target) {
    if (scope == Scope::Group) throw Error{"find the node of a group", "a group has several"};
    if (scope == Scope::Node || scope == Scope::NodePair) return target.first;
    if (target.first < 0 || static_cast<std::size_t>(target.first) >= devices.size()) {
        throw Error{"find the node of device " + std::to_string(target.first), "no such device"};
    }
    return devices[static_cast<std::size_t>(target.first)].node;
}

std::string device_kind(const CaseSpec& spec) {
    return spec.parameters.has("device") ? spec.parameters.text("device") : "cpu";
}

std::vector<std::int32_t> devices_for(const std::vector<Device>& devices, std::int32_t node,
                                      std::string_view kind) {
    std::vector<std::int32_t> found;
    std::optional<std::int32_t> first;
    for (std::size_t i = 0; i < devices.size(); ++i) {
        if (devices[i].node != node) continue;
        const auto index = static_cast<std::int32_t>(i);
        if (!first) first = index;
        if (devices[i].kind == kind) found.push_back(index);
    }
    if (found.empty() && first) found.push_back(*first);
    return found;
}

std::vector<std::int32_t> nodes_of(const Manifest& manifest, Scope scope, Target target) {
    const auto fits = [](std::int32_t index, std::size_t count) {
        return index >= 0 && static_cast<std::size_t>(index) < count;
    };
    if (scope == Scope::Group) {
        if (fits(target.first, manifest.groups.size())) {
            return manifest.groups[static_cast<std::size_t>(target.first)];
        }
        throw Error{"find the nodes of group " + std::to_string(target.first), "no such group"};
    }
    std::vector<std::int32_t> nodes{node_of(manifest.devices, scope, target)};
    if (is_pair(scope)) {
        const std::int32_t other = node_of(manifest.devices, scope, {target.second, -1});
        if (other != nodes.front()) nodes.push_back(other);
    }
    for (const std::int32_t node : nodes) {
        if (fits(node, manifest.nodes.size())) continue;
        throw Error{"find node " + std::to_string(node), "no such node"};
    }
    return nodes;
}

}  // namespace rackproof
