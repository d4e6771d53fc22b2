#include "analysis/at_fault.hpp"

#include <algorithm>
#include <string_view>

#include "core/event_codes.hpp"

namespace rackproof {
namespace {

bool is_blame(std::string_view code) {
    return code == event_code::kNodeToBlame || code == event_code::kNodeExcluded ||
           code == event_code::kNodeUnreached || code == event_code::kNodeOut;
}

Place place_of_node(std::int32_t node) {
    Place place;
    place.node = node;
    return place;
}

std::vector<std::int32_t> members_of(const Run& run, const Place& place) {
    if (place.group >= 0) return run.groups[static_cast<std::size_t>(place.group)];
    return {place.node, place.peer_node};
}

}  // namespace

std::set<std::int32_t> nodes_to_blame(const Run& run) {
    std::set<std::int32_t> nodes;
    for (const Event& event : run.events) {
        if (event.node >= 0 && is_blame(event.code)) nodes.insert(event.node);
    }
    return nodes;
}

std::vector<Place> places_at_fault(const Survey& survey, const Place& place) {
    const bool of_several =
        place.group >= 0 || (place.peer_node >= 0 && place.peer_node != place.node);
    if (!of_several) return {place};
    const std::vector<std::int32_t> nodes = members_of(*survey.run, place);
    std::vector<Place> blamed;
    for (const std::int32_t node : nodes) {
        if (survey.to_blame.contains(node)) blamed.push_back(place_of_node(node));
    }
    if (blamed.empty() || blamed.size() == nodes.size()) return {place};
    return blamed;
}

Place first_end(const Place& place) {
    Place end = place;
    end.peer_node = -1;
    end.peer_device = -1;
    return end;
}

Place second_end(const Place& place) {
    Place end;
    end.node = place.peer_node;
    end.device = place.peer_device;
    return end;
}

}  // namespace rackproof
