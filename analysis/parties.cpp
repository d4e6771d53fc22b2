#include "analysis/parties.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "analysis/curve_metrics.hpp"
#include "analysis/groups.hpp"
#include "analysis/robust.hpp"

namespace rackproof {
namespace {

double middle_of(const Cohort& cohort, const MemberIndices& indices) {
    std::vector<double> values;
    for (const std::size_t i : indices) values.push_back(cohort.members[i].worse);
    return median(std::move(values)).value_or(0.0);
}

/// How they scatter about their own nodes' middles.
Within scatter_in(const Cohort& cohort, const MemberIndices& indices) {
    std::vector<Member> members;
    members.reserve(indices.size());
    for (const std::size_t i : indices) members.push_back(cohort.members[i]);
    return scatter_of(by_node(members), cohort.floor);
}

/// Members that have a recorded fact in common.
struct Party {
    std::int32_t fact = -1;
    MemberIndices members;
    Group nodes;  ///< the middles of its nodes
};

/// The fact of a place as a number; -1 where there is none.
using FactOf = std::function<std::int32_t(const Place&)>;

bool has_several(const Cohort& cohort, const FactOf& fact_of) {
    std::int32_t first = -1;
    return std::ranges::any_of(cohort.members, [&](const Member& member) {
        const std::int32_t own = fact_of(member.place);
        if (own < 0) return false;
        if (first < 0) first = own;
        return own != first;
    });
}

/// In the order of their facts; of one node in `stride`.
std::vector<Party> parties_of(const Cohort& cohort, const FactOf& fact_of,
                              std::int32_t stride = 1) {
    std::map<std::int32_t, Party> parties;
    std::map<std::pair<std::int32_t, std::int32_t>, std::vector<double>> by_node;
    for (std::size_t i = 0; i < cohort.members.size(); ++i) {
        const Place& place = cohort.members[i].place;
        if (place.node % stride != 0) continue;
        const std::int32_t fact = fact_of(place);
        if (fact < 0) continue;
        Party& party = parties[fact];
        party.fact = fact;
        party.members.push_back(i);
        by_node[{fact, place.node}].push_back(cohort.members[i].worse);
    }
    for (auto& [key, values] : by_node) {
        parties[key.first].nodes.values.push_back(*median(std::move(values)));
    }
    std::vector<Party> found;
    for (auto& [fact, party] : parties) {
        party.nodes.middle = middle_of(cohort, party.members);
        found.push_back(std::move(party));
    }
    return found;
}

/// With which configuration the others are compared: the best of those that hold their share, else
/// the largest.
const Party& best_of_large(const std::vector<Party>& parties, std::size_t all) {
    const auto before = [&](const Party& a, const Party& b) {
        const auto large = [&](const Party& party) {
            return static_cast<double>(party.members.size()) >=
                   kLeastShareOfMode * static_cast<double>(all);
        };
        if (large(a) != large(b)) return large(a);
        if (large(a)) return a.nodes.middle < b.nodes.middle;
        return a.members.size() > b.members.size();
    };
    return *std::ranges::min_element(parties, before);
}

/// With which place in the node: the middle one, of two the better.
const Party& middle_party(const std::vector<Party>& parties) {
    std::vector<const Party*> sorted;
    sorted.reserve(parties.size());
    for (const Party& party : parties) sorted.push_back(&party);
    std::ranges::sort(sorted, {}, [](const Party* party) { return party->nodes.middle; });
    return *sorted[(sorted.size() - 1) / 2];
}

/// How sure it has to be that a party differs.
struct Certainty {
    std::size_t fewest_nodes = 2;
    double errors = 4.0;  ///< standard ones, of the difference
};

/// True if the party's nodes differ from the reference's all together and by more than noise.
bool is_different(const Party& party, const Party& reference, const Within& inside,
                  const Certainty& certainty) {
    if (party.nodes.values.size() < certainty.fewest_nodes) return false;
    const double noise = inside.spread * std::sqrt(median_variance(party.nodes.values.size()) +
                                                   median_variance(reference.nodes.values.size()));
    const double distance = party.nodes.middle - reference.nodes.middle;
    if (std::abs(distance) < certainty.errors * noise) return false;
    Group upward = party.nodes;
    if (distance < 0) {
        for (double& value : upward.values) value = 2 * reference.nodes.middle - value;
        upward.middle = 2 * reference.nodes.middle - upward.middle;
    }
    return as_a_whole(upward, reference.nodes.middle);
}

/// Takes off the members of each party that is different what it explains; adds the modes of those
/// that are worse by enough, begun by `mode_of` with the party's fact.
void take_off(Cohort& cohort, const std::vector<Party>& parties, const Party& reference,
              const Within& inside, const Certainty& certainty,
              const std::function<Mode(std::int32_t)>& mode_of, std::vector<Mode>& modes) {
    for (const Party& party : parties) {
        if (&party == &reference || !is_different(party, reference, inside, certainty)) continue;
        Mode mode = mode_of(party.fact);
        mode.worse = party.nodes.middle - reference.nodes.middle;
        const Share share = share_of_mode(cohort, party.members, reference.members);
        for (const std::size_t i : party.members) {
            expect(cohort.members[i], share);
            mode.places.push_back(cohort.members[i].place);
        }
        if (mode.worse >= cohort.min_effect) modes.push_back(std::move(mode));
    }
}

Within within_parties(const std::vector<Party>& parties, double floor) {
    std::vector<Group> groups;
    for (const Party& party : parties) groups.push_back(party.nodes);
    return within(groups, floor);
}

/// Of so many places of healthy nodes, one in 100,000 cohorts has one that differs so (Student's t,
/// either way).
double surely_apart(std::size_t places, const Within& inside) {
    constexpr double kSurely = 1e-5;
    const boost::math::students_t_distribution<double> t{
        std::max(kEfficiencyWithin * inside.freedom, 1.0)};
    const double chance = kSurely / (2 * static_cast<double>(places));
    return boost::math::quantile(boost::math::complement(t, chance));
}

/// What is asked of places in the node.
Certainty certainty_of_places(const std::vector<Party>& places, const Within& inside) {
    constexpr std::size_t kFewestNodes = 4;
    return {kFewestNodes, surely_apart(places.size(), inside)};
}

/// True if one of the places differs from the middle one.
bool differ(const std::vector<Party>& places, double floor) {
    constexpr std::size_t kFewestPlaces = 3;
    if (places.size() < kFewestPlaces) return false;
    const Within inside = within_parties(places, floor);
    const Certainty certainty = certainty_of_places(places, inside);
    const Party& reference = middle_party(places);
    return std::ranges::any_of(places, [&](const Party& place) {
        return is_different(place, reference, inside, certainty);
    });
}

/// Several places that are worse are one finding.
Mode joined(const std::vector<Mode>& modes) {
    Mode all;
    all.cause = ModeCause::PlaceInNode;
    std::string places;
    double sum = 0;
    for (const Mode& mode : modes) {
        places += (places.empty() ? "" : &mode == &modes.back() ? " or " : ", ") + mode.why;
        sum += mode.worse * static_cast<double>(mode.places.size());
        all.places.insert(all.places.end(), mode.places.begin(), mode.places.end());
    }
    std::ranges::sort(all.places);
    all.worse = sum / static_cast<double>(all.places.size());
    all.why = "each is device " + places + " of its node";
    return all;
}

}  // namespace

Share share_of_mode(const Cohort& cohort, const MemberIndices& worse, const MemberIndices& better) {
    const Member& first = cohort.members[worse.front()];
    const Group group{-1, {}, middle_of(cohort, worse), first.expected, first.unit};
    return share_of_group(cohort, group, middle_of(cohort, better), scatter_in(cohort, worse),
                          scatter_in(cohort, better));
}

void take_off_configurations(Cohort& cohort, const FleetFacts& fleet, std::vector<Mode>& modes) {
    const FactOf configuration = [&](const Place& place) { return fleet.configuration(place); };
    if (!has_several(cohort, configuration)) return;
    const std::vector<Party> parties = parties_of(cohort, configuration);
    const Party& reference = best_of_large(parties, cohort.members.size());
    const auto mode_of = [&](std::int32_t fact) {
        Mode mode;
        mode.cause = ModeCause::Configuration;
        mode.why =
            difference(fleet.configuration_facts(fact), fleet.configuration_facts(reference.fact));
        return mode;
    };
    const Within inside = within_parties(parties, cohort.floor);
    take_off(cohort, parties, reference, inside, {}, mode_of, modes);
}

void take_off_places(Cohort& cohort, const FleetFacts& fleet, std::vector<Mode>& modes) {
    constexpr std::size_t kEnough = 4000;  // of a million, as many tell what there is
    if (is_thermal(cohort.metric)) return;
    const FactOf index_in_node = [&](const Place& place) {
        const bool of_node = place.device >= 0 && place.node >= 0 && place.peer_node < 0;
        return of_node ? fleet.index_in_node(place.device) : -1;
    };
    if (!has_several(cohort, index_in_node)) return;
    const auto stride = static_cast<std::int32_t>(cohort.members.size() / kEnough + 1);
    if (!differ(parties_of(cohort, index_in_node, stride), cohort.floor)) return;
    const std::vector<Party> parties = parties_of(cohort, index_in_node);
    const auto mode_of = [](std::int32_t fact) {
        Mode mode;
        mode.why = std::to_string(fact);
        return mode;
    };
    const Within inside = within_parties(parties, cohort.floor);
    std::vector<Mode> worse;
    take_off(cohort, parties, middle_party(parties), inside, certainty_of_places(parties, inside),
             mode_of, worse);
    if (!worse.empty()) modes.push_back(joined(worse));
}

}  // namespace rackproof
