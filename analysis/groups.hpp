#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <span>
#include <vector>

#include "analysis/cohort.hpp"

namespace rackproof {

/// Places of one kind within a larger one: devices in a node, nodes in a rack.
struct Group {
    /// Those of most nodes are kept where the group is: there are a hundred thousand of them.
    using Values = boost::container::small_vector<double, 8>;

    std::int32_t index = -1;  ///< of the node or rack
    Values values;
    double middle = 0;    ///< their median
    double expected = 0;  ///< of the members, as Member::expected: the first one's
    double unit = 1;      ///< of the values, as Member::unit
};

/// The members by node, in order; members without one node (links, groups) are left out.
[[nodiscard]] std::vector<Group> by_node(std::span<const Member> members);

/// The nodes' middles by rack, in order; nodes without a rack are left out.
[[nodiscard]] std::vector<Group> by_rack(const std::vector<Group>& nodes, const FleetFacts& fleet);

/// Those of the rack.
[[nodiscard]] std::vector<Group> nodes_in(std::int32_t rack, const std::vector<Group>& nodes,
                                          const FleetFacts& fleet);

/// The spread of values about their own group's middle.
struct Within {
    double spread = 0;
    double freedom = 0;  ///< values less middles
    std::size_t usual_size = 1;
};
[[nodiscard]] Within within(const std::vector<Group>& groups, double floor);

/// How the values of several nodes scatter about their own node's middle or, where each has one,
/// about each other's.
[[nodiscard]] Within scatter_of(const std::vector<Group>& nodes, double floor);

/// What a group that is surely off by itself explains of its members. They count relative to its
/// level from then on (in a rack at half the rate devices differ by half as much), unless their own
/// scatter, held against the usual one, surely says otherwise. Of temperatures, in a group that is
/// warmer, that scatter alone tells.
[[nodiscard]] Share share_of_group(const Cohort& cohort, const Group& group, double centre,
                                   const Within& own, const Within& usual);

/// Of Within::spread against a standard deviation.
inline constexpr double kEfficiencyWithin = 0.8;
/// Healthy racks and nodes differ by more than the noise of their medians: by so much of the
/// spread within them. It matters only where there are too few of them to see it.
inline constexpr double kHealthyGroupsDiffer = 0.3;

/// True of a pair that differs by more than a healthy one does: its middle says nothing of both.
/// Of three or more, the middle is that of the most.
[[nodiscard]] bool is_torn(const Group& group, const Within& inside);

/// Variance of the median of k values of a standard normal distribution.
[[nodiscard]] double median_variance(std::size_t k);

/// How many of `groups` of `size` values would be bad as a whole by chance, if each of their values
/// were bad, for itself, with the chance `share`.
[[nodiscard]] double wholes_by_chance(std::size_t groups, std::size_t size, double share);
/// More than this and chance is what made a group bad as a whole.
inline constexpr double kMostByChance = 0.05;

/// True if the group is bad as a whole: of its values all but one in eight are nearer to its
/// middle than to the others' centre.
[[nodiscard]] bool as_a_whole(const Group& group, double centre);

}  // namespace rackproof
