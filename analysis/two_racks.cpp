#include "analysis/two_racks.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace rackproof {
namespace {

/// As of modes (modes.cpp): of 100,000 cohorts of two healthy racks one is found to differ for
/// sure, of 1,000 one at all.
constexpr double kSurelyTwo = 1e-5;
constexpr double kFoundTwo = 1e-3;
/// Who is nearer has no more than its own share taken off, whole or not.
constexpr double kHardlyDifferent = 2.5;

/// So many of the better rack's nodes may be as bad as the worse rack's.
std::size_t bad_of_a_good_rack(std::size_t nodes) { return nodes / 4; }

/// What two healthy racks of this kind would differ by.
struct Healthy {
    double noise = 0;     ///< variance of the difference that their middles' noise makes
    double variance = 0;  ///< with what healthy racks differ by
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
           static_cast<std::size_t>(bad) <= bad_of_a_good_rack(better.values.size());
}

double either_way(double freedom, double spreads) {
    constexpr double kLeast = 1e-300;
    const boost::math::students_t_distribution<double> t{freedom};
    return std::clamp(2 * boost::math::cdf(boost::math::complement(t, spreads)), kLeast, 1.0);
}

}  // namespace

std::optional<TwoRacks> take_off_two_racks(Cohort& cohort, const std::vector<Group>& nodes,
                                           const FleetFacts& fleet) {
    std::vector<Group> racks = by_rack(nodes, fleet);
    const bool several =
        std::ranges::all_of(racks, [](const Group& rack) { return rack.values.size() > 1; });
    if (racks.size() != 2 || !several) return std::nullopt;
    if (racks[0].middle > racks[1].middle) std::swap(racks[0], racks[1]);
    const Group& better = racks[0];
    const Group& worse = racks[1];
    const Within inside = within(racks, cohort.floor);
    if (is_torn(better, inside) || is_torn(worse, inside)) return std::nullopt;
    const Healthy healthy = healthy_pair(better, worse, inside, cohort.floor);
    TwoRacks found;
    found.worse = worse.index;
    found.other = better.index;
    found.difference = worse.middle - better.middle;
    found.others_middle = better.middle;
    found.spreads = found.difference / std::sqrt(healthy.variance);
    found.chance = either_way(healthy.freedom, found.spreads);
    found.sure = found.chance <= kSurelyTwo;
    const bool whole = differ_as_wholes(worse, better);
    if (found.spreads >= kHardlyDifferent && !whole) return std::nullopt;  // some of its nodes are
    // The best prediction of what is the racks' own (James & Stein 1961, positive part).
    const double square = found.difference * found.difference;
    const double predicted = square > healthy.noise ? 1 - healthy.noise / square : 0;
    const double middle = (better.middle + worse.middle) / 2;
    const auto share = [&](const Group& rack) {
        if (!found.sure) return Share{predicted * (rack.middle - middle)};
        const Within own = scatter_of(nodes_in(rack.index, nodes, fleet), 0);
        // The level of others is that of the middle between both; a temperature has none.
        const Within usual = is_temperature(cohort.metric.unit)
                                 ? scatter_of(nodes_in(better.index, nodes, fleet), cohort.floor)
                                 : scatter_of(nodes, cohort.floor);
        return share_of_group(cohort, rack, middle, own, usual);
    };
    const Share of_worse = share(worse);
    const Share of_better = share(better);
    for (Member& member : cohort.members) {
        const Place& place = member.cell->place;
        if (place.node < 0 || place.peer_node >= 0) continue;
        const std::int32_t rack = fleet.rack(place.node);
        if (rack == worse.index) expect(member, of_worse);
        if (rack == better.index) expect(member, of_better);
    }
    if (!whole || found.chance > kFoundTwo || found.difference < cohort.min_effect) {
        return std::nullopt;
    }
    for (const Group& node : nodes) {
        if (fleet.rack(node.index) == worse.index) found.nodes.push_back(node.index);
    }
    return found;
}

}  // namespace rackproof
