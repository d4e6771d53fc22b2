#include "analysis/modes.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <span>

#include "analysis/groups.hpp"
#include "analysis/ordering.hpp"
#include "analysis/robust.hpp"

namespace rackproof {
namespace {

constexpr double kLeastShare = 0.3;

using Indices = std::vector<std::size_t>;

double middle_of(const Cohort& cohort, const Indices& indices) {
    std::vector<double> values;
    for (const std::size_t i : indices) values.push_back(cohort.members[i].worse);
    return median(std::move(values)).value_or(0.0);
}

/// How they scatter about their own nodes' middles.
Within scatter_in(const Cohort& cohort, const Indices& indices) {
    std::vector<Member> members;
    members.reserve(indices.size());
    for (const std::size_t i : indices) members.push_back(cohort.members[i]);
    return scatter_of(by_node(members), cohort.floor);
}

/// What the worse ones have in common.
Share share_of_mode(const Cohort& cohort, const Indices& worse, const Indices& better) {
    const Member& first = cohort.members[worse.front()];
    const Group group{-1, {}, middle_of(cohort, worse), first.expected, first.unit};
    return share_of_group(cohort, group, middle_of(cohort, better), scatter_in(cohort, worse),
                          scatter_in(cohort, better));
}

/// Members of one configuration.
struct Party {
    std::int32_t configuration = -1;
    Indices members;
    Group nodes;  ///< the middles of its nodes
};

bool has_several_configurations(const Cohort& cohort, const FleetFacts& fleet) {
    std::int32_t first = -1;
    return std::ranges::any_of(cohort.members, [&](const Member& member) {
        const std::int32_t own = fleet.configuration(member.cell->place);
        if (own < 0) return false;
        if (first < 0) first = own;
        return own != first;
    });
}

std::vector<Party> parties_of(const Cohort& cohort, const FleetFacts& fleet) {
    std::map<std::int32_t, Party> parties;
    std::map<std::pair<std::int32_t, std::int32_t>, std::vector<double>> by_node;
    for (std::size_t i = 0; i < cohort.members.size(); ++i) {
        const Place& place = cohort.members[i].cell->place;
        const std::int32_t configuration = fleet.configuration(place);
        if (configuration < 0) continue;
        Party& party = parties[configuration];
        party.configuration = configuration;
        party.members.push_back(i);
        by_node[{configuration, place.node}].push_back(cohort.members[i].worse);
    }
    for (auto& [key, values] : by_node) {
        parties[key.first].nodes.values.push_back(*median(std::move(values)));
    }
    std::vector<Party> found;
    for (auto& [configuration, party] : parties) {
        party.nodes.middle = middle_of(cohort, party.members);
        found.push_back(std::move(party));
    }
    return found;
}

/// With whom the others are compared: the best of those that hold their share, else the largest.
const Party& reference_of(const std::vector<Party>& parties, std::size_t all) {
    const auto before = [&](const Party& a, const Party& b) {
        const auto large = [&](const Party& party) {
            return static_cast<double>(party.members.size()) >=
                   kLeastShare * static_cast<double>(all);
        };
        if (large(a) != large(b)) return large(a);
        if (large(a)) return a.nodes.middle < b.nodes.middle;
        return a.members.size() > b.members.size();
    };
    return *std::ranges::min_element(parties, before);
}

/// True if the party's nodes differ from the reference's all together and by more than noise.
bool is_different(const Party& party, const Party& reference, const Within& inside) {
    constexpr double kSureApart = 4.0;
    if (party.nodes.values.size() < 2) return false;
    const double noise = inside.spread * std::sqrt(median_variance(party.nodes.values.size()) +
                                                   median_variance(reference.nodes.values.size()));
    const double distance = party.nodes.middle - reference.nodes.middle;
    if (std::abs(distance) < kSureApart * noise) return false;
    Group upward = party.nodes;
    if (distance < 0) {
        for (double& value : upward.values) value = 2 * reference.nodes.middle - value;
        upward.middle = 2 * reference.nodes.middle - upward.middle;
    }
    return as_a_whole(upward, reference.nodes.middle);
}

void take_off_configurations(Cohort& cohort, const FleetFacts& fleet, std::vector<Mode>& modes) {
    if (!has_several_configurations(cohort, fleet)) return;
    const std::vector<Party> parties = parties_of(cohort, fleet);
    std::vector<Group> groups;
    for (const Party& party : parties) groups.push_back(party.nodes);
    const Within inside = within(groups, cohort.floor);
    const Party& reference = reference_of(parties, cohort.members.size());
    for (const Party& party : parties) {
        if (&party == &reference || !is_different(party, reference, inside)) continue;
        Mode mode;
        mode.worse = party.nodes.middle - reference.nodes.middle;
        mode.why = difference(fleet.configuration_facts(party.configuration),
                              fleet.configuration_facts(reference.configuration));
        const Share share = share_of_mode(cohort, party.members, reference.members);
        for (const std::size_t i : party.members) {
            expect(cohort.members[i], share);
            mode.places.push_back(cohort.members[i].cell->place);
        }
        if (mode.worse >= cohort.min_effect) modes.push_back(std::move(mode));
    }
}

/// Where two modes part.
struct Gap {
    double middle = 0;
    bool sure = false;
};

/// How many spreads of either are to be between the middle of a gap and the modes. Chance parts one
/// population of n values so in one cohort of 100,000 or fewer (`sure`), or in one of 1,000;
/// simulated, n = 10 to 100, normal, Student's t of 3 degrees and exponential.
double apart_at_least(std::size_t n, bool sure) {
    constexpr double kOfMany = 3;
    const auto values = static_cast<double>(n);
    return kOfMany + (sure ? 1300 : 300) / (values * values);
}

/// The gap between two modes if there are two, each with its share of the values, and hardly any
/// value between them.
std::optional<Gap> gap_in(std::vector<double> values) {
    constexpr std::size_t kFewest = 5;
    constexpr double kMostBetween = 0.05;  // of the smaller one's values
    const std::size_t n = values.size();
    const auto least = std::max(
        kFewest, static_cast<std::size_t>(std::ceil(kLeastShare * static_cast<double>(n))));
    if (n < 2 * least) return std::nullopt;
    sort_values(values);
    // The split with the greatest variance between its sides (Otsu 1979); the outer tenths are
    // drawn in, so that single faults do not decide.
    const double low = values[n / 10];
    const double high = values[n - 1 - n / 10];
    double all = 0;
    for (const double value : values) all += std::clamp(value, low, high);
    double sum = 0;
    double most = -1;
    std::size_t split = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const auto below = static_cast<double>(i);
        const auto above = static_cast<double>(n - i);
        if (i >= least && n - i >= least) {
            const double apart = sum / below - (all - sum) / above;
            const double between = below * above * apart * apart;
            if (between > most) {
                most = between;
                split = i;
            }
        }
        sum += std::clamp(values[i], low, high);
    }
    const std::span<const double> better = std::span{values}.first(split);
    const std::span<const double> worse = std::span{values}.subspan(split);
    const double from = *median_of_sorted(better);
    const double to = *median_of_sorted(worse);
    const double spreads = *spread_of_sorted(better) + *spread_of_sorted(worse);
    if (!(to - from > apart_at_least(n, false) * spreads)) return std::nullopt;
    const auto between = std::ranges::count_if(values, [&](double value) {
        return value > from + (to - from) / 3 && value < to - (to - from) / 3;
    });
    const auto smaller = static_cast<double>(std::min(better.size(), worse.size()));
    if (static_cast<double>(between) > kMostBetween * smaller) return std::nullopt;
    // The split above has at least the share on either side; the gap must have it, too.
    const double gap = (from + to) / 2;
    const auto beyond =
        static_cast<std::size_t>(values.end() - std::ranges::upper_bound(values, gap));
    if (beyond < least || n - beyond < least) return std::nullopt;
    return Gap{gap, to - from > apart_at_least(n, true) * spreads};
}

/// The racks of the worse members, if each rack is in one of the two as a whole.
std::vector<std::int32_t> whole_racks(const Cohort& cohort, const FleetFacts& fleet, double from) {
    constexpr double kMostStrangers = 0.1;
    std::map<std::int32_t, std::pair<double, double>> counts;  // worse, all
    for (const Member& member : cohort.members) {
        const Place& place = member.cell->place;
        if (place.node < 0 || place.peer_node >= 0) return {};
        auto& [worse, all] = counts[fleet.rack(place.node)];
        worse += member.worse > from ? 1 : 0;
        all += 1;
    }
    std::vector<std::int32_t> racks;
    for (const auto& [rack, count] : counts) {
        const double share = count.first / count.second;
        if (rack < 0 || (share > kMostStrangers && share < 1 - kMostStrangers)) return {};
        if (share > 0.5) racks.push_back(rack);
    }
    if (2 * racks.size() > counts.size()) return {};
    return racks;
}

}  // namespace

std::vector<Mode> take_off_modes(Cohort& cohort, const FleetFacts& fleet) {
    std::vector<Mode> modes;
    take_off_configurations(cohort, fleet, modes);
    std::vector<double> values;
    values.reserve(cohort.members.size());
    for (const Member& member : cohort.members) values.push_back(member.worse);
    const std::optional<Gap> gap = gap_in(std::move(values));
    if (!gap) return modes;
    Mode mode;
    mode.racks = whole_racks(cohort, fleet, gap->middle);
    Indices worse;
    Indices better;
    for (std::size_t i = 0; i < cohort.members.size(); ++i) {
        const Member& member = cohort.members[i];
        // Of whole racks, a value beyond the gap in another rack is a fault of its own.
        const bool belongs =
            mode.racks.empty()
                ? member.worse > gap->middle
                : std::ranges::binary_search(mode.racks, fleet.rack(member.cell->place.node));
        (belongs ? worse : better).push_back(i);
    }
    const Share share = share_of_mode(cohort, worse, better);
    mode.worse = share.worse;
    mode.sure = gap->sure || !mode.racks.empty();
    if (mode.worse < cohort.min_effect) return modes;
    for (const std::size_t i : worse) {
        expect(cohort.members[i], share);
        mode.places.push_back(cohort.members[i].cell->place);
    }
    modes.push_back(std::move(mode));
    return modes;
}

}  // namespace rackproof
