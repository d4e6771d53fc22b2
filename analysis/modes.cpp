#include "analysis/modes.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "analysis/groups.hpp"
#include "analysis/no_gap.hpp"
#include "analysis/ordering.hpp"
#include "analysis/parties.hpp"
#include "analysis/robust.hpp"

namespace rackproof {
namespace {

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
        kFewest, static_cast<std::size_t>(std::ceil(kLeastShareOfMode * static_cast<double>(n))));
    if (n < 2 * least) return std::nullopt;
    if (has_no_gap(values, {kLeastShareOfMode, kMostBetween})) return std::nullopt;
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

/// The groups (racks, nodes) of the worse members, if each group is in one of the two as a whole.
template <class GroupOf>
std::vector<std::int32_t> whole_groups(const Cohort& cohort, GroupOf group_of, double from) {
    constexpr double kMostStrangers = 0.1;
    std::map<std::int32_t, std::pair<double, double>> counts;  // worse, all
    for (const Member& member : cohort.members) {
        const Place& place = member.place;
        if (place.node < 0 || place.peer_node >= 0) return {};
        auto& [worse, all] = counts[group_of(place.node)];
        worse += member.worse > from ? 1 : 0;
        all += 1;
    }
    std::vector<std::int32_t> groups;
    for (const auto& [group, count] : counts) {
        const double share = count.first / count.second;
        if (group < 0 || (share > kMostStrangers && share < 1 - kMostStrangers)) return {};
        if (share > 0.5) groups.push_back(group);
    }
    if (2 * groups.size() > counts.size()) return {};
    return groups;
}

/// Of two nodes one is worse as a whole: take_off_two_nodes says which.
bool is_one_of_two_nodes(const Cohort& cohort, double from) {
    std::set<std::int32_t> nodes;
    for (const Member& member : cohort.members) nodes.insert(member.place.node);
    const auto itself = [](std::int32_t node) { return node; };
    return nodes.size() == 2 && whole_groups(cohort, itself, from).size() == 1;
}

}  // namespace

std::vector<Mode> take_off_modes(Cohort& cohort, const FleetFacts& fleet) {
    std::vector<Mode> modes;
    take_off_configurations(cohort, fleet, modes);
    take_off_places(cohort, fleet, modes);
    std::vector<double> values(cohort.members.size());
    std::ranges::transform(cohort.members, values.begin(), &Member::worse);
    const std::optional<Gap> gap = gap_in(std::move(values));
    if (!gap || is_one_of_two_nodes(cohort, gap->middle)) return modes;
    Mode mode;
    const auto rack_of = [&](std::int32_t node) { return fleet.rack(node); };
    mode.racks = whole_groups(cohort, rack_of, gap->middle);
    MemberIndices worse;
    MemberIndices better;
    for (std::size_t i = 0; i < cohort.members.size(); ++i) {
        const Member& member = cohort.members[i];
        // Of whole racks, a value beyond the gap in another rack is a fault of its own.
        const bool belongs = mode.racks.empty() ? member.worse > gap->middle
                                                : std::ranges::binary_search(
                                                      mode.racks, fleet.rack(member.place.node));
        (belongs ? worse : better).push_back(i);
    }
    const Share share = share_of_mode(cohort, worse, better);
    mode.worse = share.worse;
    mode.sure = gap->sure || !mode.racks.empty();
    if (mode.worse < cohort.min_effect) return modes;
    for (const std::size_t i : worse) {
        expect(cohort.members[i], share);
        mode.places.push_back(cohort.members[i].place);
    }
    modes.push_back(std::move(mode));
    return modes;
}

}  // namespace rackproof
