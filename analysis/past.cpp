#include "analysis/past.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/index.hpp"

namespace rackproof {
namespace {

bool is_other_part(const Device& a, const Device& b) {
    return !a.serial.empty() && !b.serial.empty() && a.serial != b.serial;
}

std::string most_usual(const std::vector<Device>& devices, std::string Device::*fact) {
    std::map<std::string_view, std::size_t> counts;
    for (const Device& device : devices) ++counts[device.*fact];
    const auto most =
        std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
    return most == counts.end() ? "" : std::string{most->first};
}

/// Matches groups whose members are the same nodes, in whatever order.
std::vector<std::int32_t> matched_groups(const Run& past, const Run& judged,
                                         const std::vector<std::int32_t>& nodes) {
    std::map<std::vector<std::int32_t>, std::int32_t> known;
    for (std::size_t i = 0; i < judged.groups.size(); ++i) {
        std::vector<std::int32_t> members = judged.groups[i];
        std::ranges::sort(members);
        known.emplace(std::move(members), static_cast<std::int32_t>(i));
    }
    std::vector<std::int32_t> matched;
    for (const std::vector<std::int32_t>& group : past.groups) {
        std::vector<std::int32_t> members;
        members.reserve(group.size());
        for (const std::int32_t member : group) members.push_back(nodes[at(member)]);
        std::ranges::sort(members);
        const auto found = known.find(members);  // none of its members is -1
        matched.push_back(found == known.end() ? -1 : found->second);
    }
    return matched;
}

}  // namespace

std::map<std::string, std::string> usual_facts(const Run& run) {
    return {{"driver", most_usual(run.devices, &Device::driver)},
            {"vbios", most_usual(run.devices, &Device::vbios)}};
}

Night night_of(const Run& past, const Run& judged) {
    Night night;
    night.run_id = past.run_id;
    night.started = past.started;
    night.facts = usual_facts(past);
    std::map<std::string_view, std::int32_t> nodes;
    for (std::size_t i = 0; i < judged.nodes.size(); ++i) {
        nodes.emplace(judged.nodes[i].name, static_cast<std::int32_t>(i));
    }
    for (const Node& node : past.nodes) {
        const auto found = nodes.find(node.name);
        night.nodes.push_back(found == nodes.end() ? -1 : found->second);
    }
    std::map<std::pair<std::int32_t, std::int32_t>, std::int32_t> devices;
    for (std::size_t i = 0; i < judged.devices.size(); ++i) {
        const Device& device = judged.devices[i];
        devices.emplace(std::pair{device.node, device.index}, static_cast<std::int32_t>(i));
    }
    for (const Device& device : past.devices) {
        const auto found = devices.find({night.nodes[at(device.node)], device.index});
        const bool is_there =
            found != devices.end() && !is_other_part(device, judged.devices[at(found->second)]);
        night.devices.push_back(is_there ? found->second : -1);
    }
    night.groups = matched_groups(past, judged, night.nodes);
    return night;
}

}  // namespace rackproof
