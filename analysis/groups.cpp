#include "analysis/groups.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "analysis/robust.hpp"

namespace rackproof {
namespace {

/// Values are held against so many that follow them: for groups of any size, the pairs are few.
constexpr double kMostAhead = 8;
/// And a million values against fewer: a quarter of so many differences is known well enough.
constexpr double kEnoughDifferences = 2e6;

/// So many of a group may be good, and it is bad as a whole nevertheless.
std::size_t good_of_a_whole(std::size_t size) { return size / 8; }

/// The median, without disturbing the order. `scratch` is memory to work in.
double middle_of(const Group::Values& values, std::vector<double>& scratch) {
    scratch.assign(values.begin(), values.end());
    return *median_in_place(scratch);
}

}  // namespace

double median_variance(std::size_t k) {
    constexpr double kVariance[] = {1.0, 0.496, 0.445, 0.295, 0.283, 0.221, 0.210, 0.171, 0.163};
    if (k - 1 < std::size(kVariance)) return kVariance[k - 1];
    return 1.44 / static_cast<double>(k);
}

/// From the differences between values of one group, of which a quarter may be this small or
/// smaller (Rousseeuw & Croux 1993): no middle has to be estimated, and of few normal values it
/// makes twice as much as a median of deviations does.
Within within(const std::vector<Group>& groups, double floor) {
    constexpr double kQuarterToSigma = 2.2191;  // 1 / (sqrt 2 x the normal quantile of 5/8)
    std::size_t values = 0;
    std::vector<double> sizes;
    sizes.reserve(groups.size());
    Within result;
    for (const Group& group : groups) {
        const std::size_t size = group.values.size();
        values += size;
        sizes.push_back(static_cast<double>(size));
        result.freedom += static_cast<double>(size - 1);
    }
    const auto ahead = static_cast<std::size_t>(
        std::clamp(kEnoughDifferences / static_cast<double>(values), 1.0, kMostAhead));
    std::vector<double> differences;
    differences.reserve(values * ahead);
    for (const Group& group : groups) {
        const std::size_t size = group.values.size();
        for (std::size_t i = 0; i < size; ++i) {
            for (std::size_t j = i + 1; j < std::min(size, i + 1 + ahead); ++j) {
                differences.push_back(std::abs(group.values[i] - group.values[j]));
            }
        }
    }
    result.usual_size = static_cast<std::size_t>(median(std::move(sizes)).value_or(1));
    const double quarter = quantile(std::move(differences), 0.25).value_or(0);
    result.spread = std::max(kQuarterToSigma * quarter, floor);
    return result;
}

bool is_torn(const Group& group, const Within& inside) {
    constexpr double kMostSpreads = 4;
    return group.values.size() == 2 &&
           std::abs(group.values[0] - group.values[1]) > kMostSpreads * inside.spread;
}

double wholes_by_chance(std::size_t groups, std::size_t size, double share) {
    double chance = 0;
    double ways = 1;
    for (std::size_t good = 0; good <= good_of_a_whole(size); ++good) {
        const auto bad = static_cast<double>(size - good);
        chance += ways * std::pow(share, bad) * std::pow(1 - share, static_cast<double>(good));
        ways *= bad / static_cast<double>(good + 1);
    }
    return static_cast<double>(groups) * chance;
}

bool as_a_whole(const Group& group, double centre) {
    const double halfway = (group.middle + centre) / 2;
    const auto apart =
        std::ranges::count_if(group.values, [&](double value) { return value <= halfway; });
    return static_cast<std::size_t>(apart) <= good_of_a_whole(group.values.size());
}

Within scatter_of(const std::vector<Group>& nodes, double floor) {
    if (std::ranges::any_of(nodes, [](const Group& node) { return node.values.size() > 1; })) {
        return within(nodes, floor);
    }
    Group all;
    for (const Group& node : nodes) {
        all.values.insert(all.values.end(), node.values.begin(), node.values.end());
    }
    return within({all}, floor);
}

namespace {

/// A temperature's level says nothing of how devices differ at it, for its zero is arbitrary; what
/// a clogged loop multiplies is the rise above the coolant, and their differences with it. So their
/// scatter has to say by how much, shrunk towards "not at all" as if so many values had said that.
double warmer_unit(const Within& own, const Within& usual) {
    constexpr double kDoubters = 8;
    constexpr double kMostUnit = 2;
    if (own.freedom < 1 || !(usual.spread > 0)) return 1;
    const double ratio = own.spread / usual.spread;
    const double believed = own.freedom / (own.freedom + kDoubters);
    return std::clamp(1 + (ratio - 1) * believed, 1.0, kMostUnit);
}

}  // namespace

Share share_of_group(const Cohort& cohort, const Group& group, double centre, const Within& own,
                     const Within& usual) {
    constexpr double kSureErrors = 2;
    constexpr double kLeastUnit = 0.1;  // what hardly runs at all scatters by other causes
    Share share{group.middle - centre, 1, centre};
    if (is_temperature(cohort.metric.unit)) {
        if (share.worse > 0) share.unit = warmer_unit(own, usual);
        return share;
    }
    if (!cohort.has_level) return share;
    const auto value_at = [&](double worse) {
        return cohort.value_at(group.expected + group.unit * worse);
    };
    const double level = value_at(group.middle) / value_at(centre);
    if (!std::isfinite(level)) return share;
    share.unit = std::max(level, kLeastUnit);
    if (own.freedom < 1) return share;
    const double error = kSureErrors / std::sqrt(2 * kEfficiencyWithin * own.freedom);
    const double ratio = own.spread / usual.spread;
    const double seen = std::clamp(share.unit, ratio / (1 + error), ratio * (1 + error));
    share.unit = std::clamp(seen, std::min(share.unit, 1.0), std::max(share.unit, 1.0));
    return share;
}

std::vector<Group> by_node(std::span<const Member> members) {
    std::vector<Group> groups;
    for (const Member& member : members) {
        const Place& place = member.place;
        if (place.node < 0 || place.peer_node >= 0) continue;
        if (groups.empty() || groups.back().index != place.node) {
            if (groups.size() == 1) {  // the others are mostly as large
                groups.reserve(members.size() / groups.front().values.size() + 1);
            }
            groups.push_back({place.node, {}, 0, member.expected, member.unit});
        }
        groups.back().values.push_back(member.worse);
    }
    std::vector<double> scratch;
    for (Group& group : groups) group.middle = middle_of(group.values, scratch);
    return groups;
}

std::vector<Group> nodes_in(std::int32_t rack, const std::vector<Group>& nodes,
                            const FleetFacts& fleet) {
    std::vector<Group> found;
    std::ranges::copy_if(nodes, std::back_inserter(found),
                         [&](const Group& node) { return fleet.rack(node.index) == rack; });
    return found;
}

std::vector<Group> by_rack(const std::vector<Group>& nodes, const FleetFacts& fleet) {
    std::map<std::int32_t, Group> racks;
    Group* group = nullptr;  // that of the node before is mostly its own
    for (const Group& node : nodes) {
        const std::int32_t rack = fleet.rack(node.index);
        if (rack < 0) continue;
        if (group == nullptr || group->index != rack) {
            group = &racks.try_emplace(rack, Group{rack, {}, 0, node.expected, node.unit})
                         .first->second;
        }
        group->values.push_back(node.middle);
    }
    std::vector<Group> groups;
    std::vector<double> scratch;
    for (auto& [rack, each] : racks) {
        each.middle = middle_of(each.values, scratch);
        groups.push_back(std::move(each));
    }
    return groups;
}

}  // namespace rackproof
