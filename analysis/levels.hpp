#pragma once

#include <optional>
#include <vector>

#include "analysis/cohort.hpp"
#include "analysis/judgement.hpp"
#include "analysis/population.hpp"
#include "analysis/two_groups.hpp"

namespace rackproof {

/// A rack, node, device or link of which the cohort's others let expect better.
struct Suspect {
    Place place;
    double worse = 0;     ///< than expected of it: relative, or K
    double expected = 0;  ///< how much worse than the centre its surroundings let expect
    double seen_as = 0;   ///< `worse` as the population is to be asked for it: less its doubt
    std::vector<std::int32_t> nodes;  ///< of a rack
    double unit = 1;                  ///< of `worse`, as Member::unit
};

/// One that was compared: index of the rack, node or device, and Suspect::seen_as.
struct Standing {
    std::int32_t index = -1;
    float seen_as = 0;
};

/// What a contest's values are: tails are shared among those of one kind.
enum class Compared : std::uint8_t { Values, Middles };

/// Everything of one level of one cohort, held against each other.
struct Contest {
    Level level = Level::Device;
    Compared compared = Compared::Values;
    std::size_t size = 0;  ///< how many were compared
    Population population;
    std::vector<Suspect> suspects;    ///< all that could be found to be bad, in no order
    std::vector<Standing> standings;  ///< of all, by index; none of links and groups
};

/// A contest that waits for its verdicts, with the cohort that it is about, less its members.
struct Contested {
    Contest contest;
    Cohort cohort;
};

/// False of what is known of beforehand (prior_of_values): other metrics' tails tell it nothing.
[[nodiscard]] bool shares_its_tail(const Contest& contest, const Cohort& cohort);

/// What a cohort's places explain, and who is left to blame.
struct Levels {
    std::vector<Contest> contests;
    std::optional<double> gradient;  ///< worse by so much a slot; only if there surely is one
    std::optional<TwoGroups> two;    ///< racks or nodes, of which there are no more
};

/// What is known of a cohort's values beforehand. Thermal ones are taken to have nearly normal
/// tails: how a cold plate is mounted has none but those of bad mountings, which are what is looked
/// for.
[[nodiscard]] Prior prior_of_values(const Cohort& cohort);

/// Takes the cohort apart from the top: slot (and place in the node), rack, node, device. What a
/// level explains is taken off its members' `worse`, so that each fault is suspected once, where it
/// sits.
[[nodiscard]] Levels levels_of(Cohort& cohort, const FleetFacts& fleet);

}  // namespace rackproof
