#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analysis/cohort.hpp"
#include "analysis/groups.hpp"
#include "analysis/judgement.hpp"

namespace rackproof {

/// The racks (nodes) of a cohort that has two of them, one worse as a whole. Which of the two is as
/// it should be, two cannot say: it is the other one only in that it is better.
struct TwoGroups {
    Level level = Level::Rack;  ///< or Node
    std::int32_t worse = -1;
    std::int32_t other = -1;
    double difference = 0;            ///< of their middles, > 0
    double others_middle = 0;         ///< worse than the cohort's centre by so much
    double spreads = 0;               ///< `difference` in those of two healthy ones
    double chance = 1;                ///< that two healthy ones differ so, either way
    std::vector<std::int32_t> nodes;  ///< of the worse rack; none of a node
    bool sure = false;                ///< false: chance may part two healthy ones so
};

/// Holds the two racks of a cohort against each other, where there are two with several nodes
/// each: a population of two has no centre that would tell who is off. What they differ by is taken
/// off their members, so that each is judged within its own rack. nullopt if they do not differ by
/// enough to matter, or may by chance.
[[nodiscard]] std::optional<TwoGroups> take_off_two_racks(Cohort& cohort,
                                                          const std::vector<Group>& nodes,
                                                          const FleetFacts& fleet);

/// Likewise the two nodes of a cohort that has two, with several devices each.
[[nodiscard]] std::optional<TwoGroups> take_off_two_nodes(Cohort& cohort,
                                                          const std::vector<Group>& nodes);

}  // namespace rackproof
