#include "analysis/gradient.hpp"

#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "analysis/curve_metrics.hpp"
#include "analysis/groups.hpp"
#include "analysis/robust.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

/// Standard errors that Kendall's statistic must be off zero: one in 5,000 of either sign.
constexpr double kSure = 3.5;

struct Seat {
    std::int32_t node;
    double slot;
    double middle;
};

/// The nodes with a numbered slot, by rack.
std::map<std::int32_t, std::vector<Seat>> seats_of(const Cohort& cohort, const FleetFacts& fleet) {
    std::map<std::int32_t, std::vector<Seat>> racks;
    std::pair<std::int32_t, std::vector<Seat>*> last{-1, nullptr};  // mostly the next one's, too
    std::vector<double> values;
    for (std::size_t i = 0; i < cohort.members.size(); ++i) {
        const Place& place = cohort.members[i].place;
        if (place.node < 0 || place.peer_node >= 0) continue;
        const std::int32_t rack = fleet.rack(place.node);
        if (rack < 0 || !std::isfinite(fleet.slot(place.node))) continue;
        values.push_back(cohort.members[i].worse);
        const bool is_whole =
            i + 1 == cohort.members.size() || cohort.members[i + 1].place.node != place.node;
        if (!is_whole) continue;
        if (last.first != rack) last = {rack, &racks[rack]};
        last.second->push_back({place.node, fleet.slot(place.node), *median_in_place(values)});
        values.clear();
    }
    return racks;
}

/// Pairs of nodes of one rack: Theil 1950 and Sen 1968 for the slope, Kendall 1938 for the
/// certainty, both within racks, so that a rack's own offset does not matter.
struct Pairs {
    std::vector<double> slopes;
    double score = 0;  ///< pairs that are worse upwards, less those that are better
    double variance = 0;
};

void add_pairs(const std::vector<Seat>& seats, Pairs& pairs) {
    for (std::size_t i = 0; i < seats.size(); ++i) {
        for (std::size_t j = i + 1; j < seats.size(); ++j) {
            const double up = seats[j].slot - seats[i].slot;
            if (up == 0) continue;
            const double slope = (seats[j].middle - seats[i].middle) / up;
            pairs.slopes.push_back(slope);
            pairs.score += slope > 0 ? 1 : slope < 0 ? -1 : 0;
        }
    }
    const auto n = static_cast<double>(seats.size());
    pairs.variance += n * (n - 1) * (2 * n + 5) / 18;
}

/// By rack; nodes without one are as one rack.
std::map<std::int32_t, double> middles_of_racks(const Cohort& cohort, const FleetFacts& fleet) {
    std::map<std::int32_t, std::vector<double>> values;
    for (const Member& member : cohort.members) {
        const Place& place = member.place;
        if (place.node < 0 || place.peer_node >= 0) continue;
        values[fleet.rack(place.node)].push_back(member.worse);
    }
    std::map<std::int32_t, double> middles;
    for (auto& [rack, of_rack] : values) middles[rack] = *median_in_place(of_rack);
    return middles;
}

}  // namespace

std::optional<double> take_off_gradient(Cohort& cohort, const FleetFacts& fleet) {
    constexpr std::size_t kFewestToExpect = 6;  // one bad node among fewer would pass for a slope
    constexpr std::size_t kMostSeats = 256;     // a "rack" of more is a room: pairs are quadratic
    Pairs pairs;
    std::vector<double> slots;
    for (const auto& [rack, seats] : seats_of(cohort, fleet)) {
        for (const Seat& seat : seats) slots.push_back(seat.slot);
        if (seats.size() <= kMostSeats) add_pairs(seats, pairs);
    }
    const bool sure = std::abs(pairs.score) >= kSure * std::sqrt(pairs.variance);
    const bool expected = is_thermal(cohort.metric) && slots.size() >= kFewestToExpect;
    if (pairs.slopes.empty() || (!sure && !expected)) return std::nullopt;
    const double slope = *median(std::move(pairs.slopes));
    const double middle = *median(std::move(slots));
    for (Member& member : cohort.members) {
        const Place& place = member.place;
        if (place.node < 0 || place.peer_node >= 0 || fleet.rack(place.node) < 0) continue;
        const double slot = fleet.slot(place.node);
        if (std::isfinite(slot)) expect(member, {slope * (slot - middle)});
    }
    return sure ? std::optional{slope} : std::nullopt;
}

void take_off_places_in_node(Cohort& cohort, const FleetFacts& fleet) {
    constexpr std::size_t kFewestNodes = 4;
    if (!is_thermal(cohort.metric)) return;
    const std::map<std::int32_t, double> middle_of_rack = middles_of_racks(cohort, fleet);
    std::map<std::int32_t, Group> by_place;
    for (const Member& member : cohort.members) {
        const Place& place = member.place;
        if (place.device < 0 || place.node < 0 || place.peer_node >= 0) continue;
        Group& group = by_place[fleet.index_in_node(place.device)];
        group.index = fleet.index_in_node(place.device);
        group.values.push_back(member.worse - middle_of_rack.at(fleet.rack(place.node)));
    }
    std::vector<Group> groups;
    std::vector<double> middles;
    for (auto& [index, group] : by_place) {
        if (group.values.size() < kFewestNodes) continue;
        group.middle = *median({group.values.begin(), group.values.end()});
        middles.push_back(group.middle);
        groups.push_back(group);
    }
    if (groups.size() < 2) return;
    const double centre = *median(middles);
    const double spread = within(groups, cohort.floor).spread;
    double square = 0;
    double noise = 0;
    for (const Group& group : groups) {
        square += (group.middle - centre) * (group.middle - centre);
        noise += spread * spread * median_variance(group.values.size());
    }
    const double between = square - noise;
    if (between <= 0) return;
    std::map<std::int32_t, double> shares;
    for (const Group& group : groups) {
        shares[group.index] = (group.middle - centre) * between / square;
    }
    for (Member& member : cohort.members) {
        const Place& place = member.place;
        if (place.device < 0 || place.peer_node >= 0) continue;
        const auto share = shares.find(fleet.index_in_node(place.device));
        if (share != shares.end()) expect(member, {share->second});
    }
}

}  // namespace rackproof
