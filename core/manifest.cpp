#include "core/manifest.hpp"

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
