#include "analysis/two_groups.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <functional>

namespace rackproof {
namespace {

/// As of modes (modes.cpp): of 100,000 cohorts of two healthy racks one is found to differ for
/// sure, of 1,000 one at all.
constexpr double kSurelyTwo = 1e-5;
constexpr double kFoundTwo = 1e-3;
/// Who is nearer has no more than its own share taken off, whole or not.
constexpr double kHardlyDifferent = 2.5;

/// So many of the better one's members may be as bad as the worse one's.
std::size_t bad_of_a_good_group(std::size_t members) { return members / 4; }

/// What two healthy ones of this kind would differ by.
struct Healthy {
    double noise = 0;     ///< variance of the difference that their middles' noise makes
    double variance = 0;  ///< with what healthy ones differ by
    double freedom = 1;
};

Healthy healthy_pair(const Group& a, const Group& b, const Within& inside, double floor) {
    const double square = inside.spread * inside.spread;
    Healthy healthy;
    healthy.noise = square * (median_variance(a.values.size()) + median_variance(b.values.size()));
    healthy.variance =
        std::max(healthy.noise + 2 * square * kHealthyGroupsDiffer * kHealthyGroupsDiffer,
                 2 * floor * floor);
    healthy.freedom = std::max(kEfficiencyWithin * inside.freedom, 1.0);
    return healthy;
}

/// True if the one is worse as a whole, and the other is not nearly as bad.
bool differ_as_wholes(const Group& worse, const Group& better) {
    const double halfway = (worse.middle + better.middle) / 2;
    const auto bad = std::ranges::count_if(better.values, [&](double v) { return v >= halfway; });
    return as_a_whole(worse, better.middle) &&
           static_cast<std::size_t>(bad) <= bad_of_a_good_group(better.values.size());
}

double either_way(double freedom, double spreads) {
    constexpr double kLeast = 1e-300;
    const boost::math::students_t_distribution<double> t{freedom};
    return std::clamp(2 * boost::math::cdf(boost::math::complement(t, spreads)), kLeast, 1.0);
}

/// What is said of both, in order: the better one, then the worse.
struct Two {
    Level level = Level::Rack;
    std::vector<Group> groups;
    /// Whose scatter tells a group's own; of nullptr that of both.
    std::function<std::vector<Group>(const Group*)> nodes_of;
    std::function<std::int32_t(std::int32_t node)> group_of;
};

/// What is a group's own, if they surely differ: of its level, against that of the middle between
/// both; a temperature has none, and the cooler one is as it should be.
Share own_of(const Two& two, const Group& group, const Cohort& cohort, double middle) {
    const Within own = scatter_of(two.nodes_of(&group), 0);
    const Group* usual_one = is_temperature(cohort.metric.unit) ? &two.groups.front() : nullptr;
    const Within usual = scatter_of(two.nodes_of(usual_one), cohort.floor);
    return share_of_group(cohort, group, middle, own, usual);
}

void take_off(Cohort& cohort, const Two& two, const Share& of_better, const Share& of_worse) {
    for (Member& member : cohort.members) {
        const Place& place = member.place;
        if (place.node < 0 || place.peer_node >= 0) continue;
        const std::int32_t group = two.group_of(place.node);
        if (group == two.groups[1].index) expect(member, of_worse);
        if (group == two.groups[0].index) expect(member, of_better);
    }
}

std::optional<TwoGroups> take_off_two(Cohort& cohort, Two two) {
    const bool several =
        std::ranges::all_of(two.groups, [](const Group& group) { return group.values.size() > 1; });
    if (two.groups.size() != 2 || !several) return std::nullopt;
    if (two.groups[0].middle > two.groups[1].middle) std::swap(two.groups[0], two.groups[1]);
    const Group& better = two.groups[0];
    const Group& worse = two.groups[1];
    const Within inside = within(two.groups, cohort.floor);
    if (is_torn(better, inside) || is_torn(worse, inside)) return std::nullopt;
    const Healthy healthy = healthy_pair(better, worse, inside, cohort.floor);
    TwoGroups found;
    found.level = two.level;
    found.worse = worse.index;
    found.other = better.index;
    found.difference = worse.middle - better.middle;
    found.others_middle = better.middle;
    found.spreads = found.difference / std::sqrt(healthy.variance);
    found.chance = either_way(healthy.freedom, found.spreads);
    found.sure = found.chance <= kSurelyTwo;
    const bool whole = differ_as_wholes(worse, better);
    if (found.spreads >= kHardlyDifferent && !whole) return std::nullopt;  // some members are
    // The best prediction of what is the groups' own (James & Stein 1961, positive part).
    const double square = found.difference * found.difference;
    const double predicted = square > healthy.noise ? 1 - healthy.noise / square : 0;
    const double middle = (better.middle + worse.middle) / 2;
    const auto share = [&](const Group& group) {
        if (!found.sure) return Share{predicted * (group.middle - middle)};
        return own_of(two, group, cohort, middle);
    };
    take_off(cohort, two, share(better), share(worse));
    if (!whole || found.chance > kFoundTwo || found.difference < cohort.min_effect) {
        return std::nullopt;
    }
    return found;
}

}  // namespace

std::optional<TwoGroups> take_off_two_racks(Cohort& cohort, const std::vector<Group>& nodes,
                                            const FleetFacts& fleet) {
    const auto nodes_of = [&](const Group* rack) {
        return rack == nullptr ? nodes : nodes_in(rack->index, nodes, fleet);
    };
    const auto rack_of = [&](std::int32_t node) { return fleet.rack(node); };
    auto found = take_off_two(cohort, {Level::Rack, by_rack(nodes, fleet), nodes_of, rack_of});
    if (!found) return found;
    for (const Group& node : nodes) {
        if (fleet.rack(node.index) == found->worse) found->nodes.push_back(node.index);
    }
    return found;
}

std::optional<TwoGroups> take_off_two_nodes(Cohort& cohort, const std::vector<Group>& nodes) {
    const auto nodes_of = [&](const Group* node) {
        return node == nullptr ? nodes : std::vector<Group>{*node};
    };
    const auto itself = [](std::int32_t node) { return node; };
    return take_off_two(cohort, {Level::Node, nodes, nodes_of, itself});
}

}  // namespace rackproof
