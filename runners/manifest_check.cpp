#include "runners/manifest_check.hpp"

#include <set>
#include <vector>

namespace rackproof {

void contradicts(const std::string& what) {
    throw InputError{"the journal contradicts its own manifest: " + what};
}

std::string numbered(const char* what, std::int64_t number) {
    return std::string{what} + " " + std::to_string(number) + " does not exist";
}

std::size_t targets_of(const Manifest& manifest, Scope scope) {
    switch (scope) {
        case Scope::Device:
        case Scope::DevicePair: return manifest.devices.size();
        case Scope::Node:
        case Scope::NodePair: return manifest.nodes.size();
        case Scope::Group: return manifest.groups.size();
    }
    return 0;
}

namespace {

void check_groups(const Manifest& manifest) {
    for (const std::vector<std::int32_t>& members : manifest.groups) {
        if (members.empty()) contradicts("a group has no members");
        for (const std::int32_t node : members) {
            if (!is_index(node, manifest.nodes)) contradicts(numbered("node", node));
        }
        if (std::set(members.begin(), members.end()).size() != members.size()) {
            contradicts("a group has a member twice");
        }
    }
}

}  // namespace

void check_manifest(const Manifest& manifest) {
    for (const Device& device : manifest.devices) {
        if (!is_index(device.node, manifest.nodes)) contradicts(numbered("node", device.node));
    }
    std::set<std::string> names;
    for (const CaseSpec& spec : manifest.cases) {
        if (!is_index(spec.lead, manifest.cases)) contradicts(numbered("case", spec.lead));
        if (spec.repetitions < 1) contradicts(spec.name + " has no repetitions");
        if (!names.insert(spec.name).second) contradicts("two cases are named " + spec.name);
    }
    check_groups(manifest);
    for (const Cell& cell : manifest.cells) {
        if (!is_index(cell.case_index, manifest.cases)) {
            contradicts(numbered("case", cell.case_index));
        }
        const Scope scope = manifest.cases[static_cast<std::size_t>(cell.case_index)].scope;
        const auto count = static_cast<std::int64_t>(targets_of(manifest, scope));
        const auto require = [count](std::int32_t member) {
            if (member < 0 || member >= count) contradicts(numbered("target", member));
        };
        require(cell.target.first);
        if (is_pair(scope)) require(cell.target.second);
    }
}

}  // namespace rackproof
