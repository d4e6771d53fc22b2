#include "analysis/rank_places.hpp"

namespace rackproof {

std::vector<Place> places_of_ranks(const Run& run, const std::vector<std::int32_t>& nodes,
                                   std::size_t ranks, std::string_view kind) {
    std::vector<Place> places;
    for (const std::int32_t node : nodes) {
        for (const std::int32_t device : devices_for(run.devices, node, kind)) {
            Place place;
            place.node = node;
            place.device = device;
            places.push_back(place);
        }
    }
    if (places.size() != ranks) places.clear();
    return places;
}

}  // namespace rackproof
