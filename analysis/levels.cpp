#include "analysis/levels.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "analysis/curve_metrics.hpp"
#include "analysis/draft.hpp"
#include "analysis/gradient.hpp"
#include "analysis/groups.hpp"
#include "analysis/robust.hpp"
#include "core/index.hpp"

namespace rackproof {
namespace {

/// What a place explains is taken off its members if a healthy one would do so once in so many
/// contests, whether or not it is large enough to matter.
constexpr double kSurelyDifferent = 0.01;
constexpr double kMostPriorWeight = 10;
/// The middles of several values are nearly normal, whatever the values are.
constexpr double kNearlyNormal = 0.97;
/// Nobody nearer to the centre can be found to be bad.
constexpr double kLeastSuspectSpreads = 2.5;

/// Scale of the middles of healthy groups, as far as the spread within them tells it. Where the
/// middles surely spread by more, what racks and nodes have of their own is more than was taken to
/// be usual, and that counts for less.
Prior prior_of(const Within& inside, const std::vector<double>& middles, double floor) {
    constexpr double kEfficiencyOfMad = 0.37;
    constexpr double kSureErrors = 2;
    constexpr std::size_t kFewestToTell = 8;
    const double variance =
        median_variance(inside.usual_size) + kHealthyGroupsDiffer * kHealthyGroupsDiffer;
    Prior prior;
    prior.floor = floor;
    prior.normal = kNearlyNormal;
    prior.scale = std::max(inside.spread * std::sqrt(variance), floor);
    prior.weight = std::min(kEfficiencyWithin * inside.freedom, kMostPriorWeight);
    if (middles.size() < kFewestToTell) return prior;
    const double error =
        kSureErrors / std::sqrt(2 * kEfficiencyOfMad * static_cast<double>(middles.size()));
    const double at_least = robust_spread(middles).value_or(0) / (1 + error);
    if (at_least <= prior.scale) return prior;
    prior.weight *= std::pow(prior.scale / at_least, 2);
    prior.seen = at_least;
    return prior;
}

/// A group's distance from the centre as if it had the usual number of values.
double standardised(const Group& group, const Within& inside, double centre) {
    const double noise = median_variance(group.values.size());
    const double usual = median_variance(inside.usual_size);
    return centre + (group.middle - centre) * std::sqrt(usual / std::max(noise, usual));
}

/// Variance of what rounding alone makes of a middle: a median of rounded values is one of them.
double rounding_variance(const Cohort& cohort) {
    constexpr double kSteps = 0.5;
    const double spread = kSteps * cohort.step.value_or(0.0);
    return spread * spread;
}

/// What of a healthy group's distance from the centre is its own and not the noise of its middle:
/// the best linear prediction of a random effect (Henderson 1975).
double own_share(const Group& group, const Within& inside, const Population& population,
                 double rounding) {
    const double noise = inside.spread * inside.spread;
    const double usual = noise * median_variance(inside.usual_size) + rounding;
    const double all = population.spread() * population.spread();
    const double between = std::max(all - usual, 0.0);
    if (between <= 0) return 0;
    const double own = between + noise * median_variance(group.values.size()) + rounding;
    return (group.middle - population.centre()) * between / own;
}

/// Whether a healthy one is so far from the centre at most with a certain chance. The farther, the
/// smaller that is: the population is asked only where the answers before do not tell.
class SurelyDifferent {
  public:
    SurelyDifferent(const Population& population, double most_chance)
        : population_{&population}, most_chance_{most_chance} {}
    bool operator()(double distance) {
        if (distance <= usual_) return false;
        if (distance >= different_) return true;
        const bool is_different =
            population_->tail(population_->centre() + distance) <= most_chance_;
        (is_different ? different_ : usual_) = distance;
        return is_different;
    }

  private:
    const Population* population_;
    double most_chance_;
    double usual_ = -std::numeric_limits<double>::infinity();
    double different_ = std::numeric_limits<double>::infinity();
};

/// So many values elsewhere are this bad that they would fill a group by chance, each for itself;
/// the centre if what is so common is still healthy.
double commonly_bad(const std::vector<const Group*>& others, std::size_t groups,
                    const Within& inside, double centre) {
    constexpr double kHealthySpreads = 5;
    constexpr int kHalvings = 30;
    double rare = 0;
    double common = 1;
    for (int i = 0; i < kHalvings; ++i) {
        const double share = (rare + common) / 2;
        const bool fills = wholes_by_chance(groups, inside.usual_size, share) > kMostByChance;
        (fills ? common : rare) = share;
    }
    std::vector<double> values;
    for (const Group* group : others) {
        values.insert(values.end(), group->values.begin(), group->values.end());
    }
    const double bad = quantile(std::move(values), 1 - common).value_or(centre);
    return bad > centre + kHealthySpreads * inside.spread ? bad : centre;
}

Suspect suspect_of(const Group& group, Level level, double centre, double seen_as) {
    Suspect suspect;
    suspect.worse = group.middle - centre;
    suspect.expected = group.expected + group.unit * centre;
    suspect.unit = group.unit;
    suspect.seen_as = seen_as;
    (level == Level::Rack ? suspect.place.rack : suspect.place.node) = group.index;
    return suspect;
}

/// A run's devices need not stand in the order of its nodes.
void put_in_order(std::vector<Standing>& standings) {
    if (std::ranges::is_sorted(standings, {}, &Standing::index)) return;
    std::ranges::stable_sort(standings, {}, &Standing::index);
}

struct Outcomes {
    std::optional<Contest> contest;
    std::vector<Share> explained;  ///< by group, to be taken off its members
};

/// Holds the groups' middles against each other. The scatter within `nodes` is the usual one, and
/// within those of them that `nodes_of` gives for a group its own.
template <class Nodes>
Outcomes compare(const Cohort& cohort, const std::vector<Group>& groups, Level level,
                 const std::vector<Group>& nodes, Nodes nodes_of) {
    Outcomes outcomes;
    outcomes.explained.resize(groups.size());
    const Within inside = within(groups, cohort.floor);
    std::vector<std::size_t> compared;
    std::vector<double> middles;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (is_torn(groups[i], inside)) continue;
        compared.push_back(i);
        middles.push_back(groups[i].middle);
    }
    const double near = median(middles).value_or(0);
    for (std::size_t i = 0; i < compared.size(); ++i) {
        middles[i] = standardised(groups[compared[i]], inside, near);
    }
    const auto population = Population::fitted(middles, prior_of(inside, middles, cohort.floor));
    if (!population) return outcomes;
    Contest contest{level, Compared::Middles, compared.size(), *population, {}, {}};
    const double centre = population->centre();
    const double rounding = rounding_variance(cohort);
    SurelyDifferent is_sure{*population, kSurelyDifferent / static_cast<double>(compared.size())};
    const auto is_suspect = [&](std::size_t i) {
        return middles[i] - centre >= kLeastSuspectSpreads * population->spread() &&
               as_a_whole(groups[compared[i]], centre);
    };
    std::optional<Within> usual;
    std::vector<const Group*> others;
    for (std::size_t i = 0; i < compared.size(); ++i) {
        if (!is_suspect(i)) others.push_back(&groups[compared[i]]);
    }
    const double common = others.size() == compared.size()
                              ? centre
                              : commonly_bad(others, compared.size(), inside, centre);
    for (std::size_t i = 0; i < compared.size(); ++i) {
        const Group& group = groups[compared[i]];
        Share& explained = outcomes.explained[compared[i]];
        contest.standings.push_back({group.index, static_cast<float>(middles[i])});
        const double worse = middles[i] - centre;
        if (std::abs(worse) < kLeastSuspectSpreads * population->spread()) {
            explained.worse = own_share(group, inside, *population, rounding);
            continue;
        }
        const bool better = worse < 0;
        if (!better && !as_a_whole(group, centre)) continue;
        if (!better && (group.middle + centre) / 2 < common) continue;
        explained.worse = own_share(group, inside, *population, rounding);
        if (is_sure(std::abs(worse))) {
            if (!usual) usual = scatter_of(nodes, cohort.floor);
            const Within own = scatter_of(nodes_of(group), 0);
            explained = share_of_group(cohort, group, centre, own, *usual);
        }
        if (better) continue;
        contest.suspects.push_back(suspect_of(group, level, centre, middles[i]));
    }
    put_in_order(contest.standings);
    outcomes.contest = std::move(contest);
    return outcomes;
}

/// Takes off each member what `share` says of its node.
template <class Share>
void take_off(Cohort& cohort, Share share) {
    for (Member& member : cohort.members) {
        const Place& place = member.place;
        if (place.node >= 0 && place.peer_node < 0) expect(member, share(place.node));
    }
}

/// What each group explains, by index of its node or rack.
std::vector<Share> by_index(const std::vector<Group>& groups, const std::vector<Share>& explained) {
    std::vector<Share> shares;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const std::size_t index = at(groups[i].index);
        if (index >= shares.size()) shares.resize(index + 1);
        shares[index] = explained[i];
    }
    return shares;
}

Share share_of(const std::vector<Share>& shares, std::int32_t index) {
    return index >= 0 && at(index) < shares.size() ? shares[at(index)] : Share{};
}

void judge_racks(Cohort& cohort, const FleetFacts& fleet, Levels& levels) {
    const std::vector<Group> nodes = by_node(cohort.members);
    const std::vector<Group> racks = by_rack(nodes, fleet);
    if (racks.size() == 2) levels.two = take_off_two_racks(cohort, nodes, fleet);
    const bool several =
        std::ranges::any_of(racks, [](const Group& rack) { return rack.values.size() > 1; });
    if (racks.size() < 3 || !several) return;
    Outcomes outcomes = compare(cohort, racks, Level::Rack, nodes, [&](const Group& rack) {
        return nodes_in(rack.index, nodes, fleet);
    });
    if (!outcomes.contest) return;
    for (Suspect& suspect : outcomes.contest->suspects) {
        for (const Group& node : nodes) {
            if (fleet.rack(node.index) == suspect.place.rack) suspect.nodes.push_back(node.index);
        }
    }
    std::erase_if(outcomes.contest->suspects,
                  [](const Suspect& suspect) { return suspect.nodes.size() < 2; });
    const auto shares = by_index(racks, outcomes.explained);
    take_off(cohort, [&](std::int32_t node) { return share_of(shares, fleet.rack(node)); });
    levels.contests.push_back(std::move(*outcomes.contest));
}

void judge_nodes(Cohort& cohort, Levels& levels) {
    const std::vector<Group> nodes = by_node(cohort.members);
    if (nodes.size() == 2) levels.two = take_off_two_nodes(cohort, nodes);
    const bool several =
        std::ranges::any_of(nodes, [](const Group& node) { return node.values.size() > 1; });
    if (nodes.size() < 3 || !several) return;
    Outcomes outcomes = compare(cohort, nodes, Level::Node, nodes,
                                [](const Group& node) { return std::vector<Group>{node}; });
    if (!outcomes.contest) return;
    std::vector<Suspect>& suspects = outcomes.contest->suspects;
    std::size_t next = 0;
    for (const Group& node : nodes) {  // a node of one device is judged as that device
        if (next == suspects.size()) break;
        if (suspects[next].place.node != node.index) continue;
        if (node.values.size() > 1) {
            ++next;
        } else {
            suspects.erase(suspects.begin() + static_cast<std::ptrdiff_t>(next));
        }
    }
    auto shares = by_index(nodes, outcomes.explained);
    for (const Group& node : nodes) {
        if (node.values.size() < 2) shares[at(node.index)] = {};
    }
    take_off(cohort, [&](std::int32_t node) { return share_of(shares, node); });
    levels.contests.push_back(std::move(*outcomes.contest));
}

void judge_members(const Cohort& cohort, Levels& levels) {
    std::vector<double> values(cohort.members.size());
    std::ranges::transform(cohort.members, values.begin(), &Member::worse);
    const auto population = Population::fitted(std::move(values), prior_of_values(cohort));
    if (!population) return;
    const Level level = level_of(cohort.members.front().place);
    Contest contest{level, Compared::Values, cohort.members.size(), *population, {}, {}};
    contest.standings.reserve(cohort.members.size());
    const double centre = population->centre();
    const double spread = population->spread();
    for (const Member& member : cohort.members) {
        const double worse = member.worse - centre;
        const double narrowed =
            worse / std::sqrt(1 + member.doubt * member.doubt / (spread * spread));
        if (level == Level::Device || level == Level::Node) {
            const Place& place = member.place;
            contest.standings.push_back({level == Level::Device ? place.device : place.node,
                                         static_cast<float>(centre + narrowed)});
        }
        if (narrowed < kLeastSuspectSpreads * spread) continue;
        contest.suspects.push_back({member.place,
                                    worse,
                                    member.expected + member.unit * centre,
                                    centre + narrowed,
                                    {},
                                    member.unit});
    }
    put_in_order(contest.standings);
    levels.contests.push_back(std::move(contest));
}

}  // namespace

Prior prior_of_values(const Cohort& cohort) {
    constexpr double kThermalNormal = 0.999;
    constexpr double kThermalHeavy = 0.02;
    constexpr std::size_t kFewestThermalForSkew = 100;
    Prior prior{.floor = cohort.floor, .step = cohort.step.value_or(0.0)};
    if (is_thermal(cohort.metric)) {
        prior.normal = kThermalNormal;
        prior.cautious_heavy = kThermalHeavy;
        prior.fewest_for_skew = kFewestThermalForSkew;
    }
    return prior;
}

bool shares_its_tail(const Contest& contest, const Cohort& cohort) {
    return contest.compared == Compared::Middles || !is_thermal(cohort.metric);
}

Levels levels_of(Cohort& cohort, const FleetFacts& fleet) {
    Levels levels;
    levels.gradient = take_off_gradient(cohort, fleet);
    take_off_places_in_node(cohort, fleet);
    judge_racks(cohort, fleet, levels);
    judge_nodes(cohort, levels);
    judge_members(cohort, levels);
    return levels;
}

}  // namespace rackproof
