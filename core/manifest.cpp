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

}  // namespace rackproof
