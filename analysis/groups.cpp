#include "analysis/groups.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "analysis/robust.hpp"

namespace rackproof {
namespace {

/// What a MAD of k normal values about their own median must be multiplied with to be right.
/// Simulated, as are the variances of medians: 60,000 values each.
double own_median_factor(std::size_t k) {
    constexpr double kFactor[] = {1.0, 1.413, 2.116, 1.397, 1.366, 1.279, 1.229, 1.196, 1.164};
    if (k - 1 < std::size(kFactor)) return kFactor[k - 1];
    return 1 + 1.45 / static_cast<double>(k);
}

}  // namespace

double median_variance(std::size_t k) {
    constexpr double kVariance[] = {1.0, 0.496, 0.445, 0.295, 0.283, 0.221, 0.210, 0.171, 0.163};
    if (k - 1 < std::size(kVariance)) return kVariance[k - 1];
    return 1.44 / static_cast<double>(k);
}

Within within(const std::vector<Group>& groups, double floor) {
    std::vector<double> distances;
    std::vector<double> sizes;
    Within result;
    for (const Group& group : groups) {
        sizes.push_back(static_cast<double>(group.values.size()));
        if (group.values.size() < 2) continue;
        result.freedom += static_cast<double>(group.values.size() - 1);
        const double factor = own_median_factor(group.values.size());
        for (const double value : group.values) {
            distances.push_back(factor * std::abs(value - group.middle));
        }
    }
    result.usual_size = static_cast<std::size_t>(median(std::move(sizes)).value_or(1));
    result.spread = std::max(kMadToSigma * median(std::move(distances)).value_or(0), floor);
    return result;
}

bool as_a_whole(const Group& group, double centre) {
    const double halfway = (group.middle + centre) / 2;
    const auto apart =
        std::ranges::count_if(group.values, [&](double value) { return value <= halfway; });
    return static_cast<std::size_t>(apart) <= group.values.size() / 8;
}

std::vector<Group> by_node(const Cohort& cohort) {
    std::vector<Group> groups;
    for (const Member& member : cohort.members) {
        const Place& place = member.cell->place;
        if (place.node < 0 || place.peer_node >= 0) continue;
        if (groups.empty() || groups.back().index != place.node) {
            groups.push_back({place.node, {}, 0});
        }
        groups.back().values.push_back(member.worse);
    }
    for (Group& group : groups) group.middle = *median(group.values);
    return groups;
}

std::vector<Group> by_rack(const std::vector<Group>& nodes, const FleetFacts& fleet) {
    std::map<std::int32_t, Group> racks;
    for (const Group& node : nodes) {
        const std::int32_t rack = fleet.rack(node.index);
        if (rack < 0) continue;
        Group& group = racks[rack];
        group.index = rack;
        group.values.push_back(node.middle);
    }
    std::vector<Group> groups;
    for (auto& [rack, group] : racks) {
        group.middle = *median(group.values);
        groups.push_back(std::move(group));
    }
    return groups;
}

}  // namespace rackproof
