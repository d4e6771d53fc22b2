#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/manifest.hpp"

namespace rackproof {

// Which runs of a folder are the nights of one fleet.

/// A node, and where it stands.
struct PlacedNode {
    std::string name;
    std::string rack = "-";
    std::string row = "-";

    friend bool operator==(const PlacedNode&, const PlacedNode&) = default;
};

/// The nodes of many runs, each once, by name.
class FleetRoster {
  public:
    /// The node's index. Its place is that of the newest run that has it.
    std::int32_t add(const Node& node, double start_s);
    [[nodiscard]] const std::vector<PlacedNode>& nodes() const { return nodes_; }

  private:
    std::vector<PlacedNode> nodes_;
    std::vector<double> placed_s_;
    std::unordered_map<std::string, std::int32_t> index_;
};

/// A run before it is judged.
struct DatedRun {
    std::string started;
    double start_s = 0;  ///< the same, since 1970
    std::string plan;
    std::vector<std::int32_t> nodes;  ///< of a FleetRoster, in the run's order
};

/// Runs belong to the night of the first one that started no more than this before them.
inline constexpr double kNightLength_s = 12 * 3600;

/// Indices of runs.
struct FleetNights {
    std::vector<std::vector<std::size_t>> nights;  ///< oldest first, in each by start
    std::vector<std::size_t> other_fleets;
    std::size_t older = 0;  ///< so many runs are of nights before the newest `most`
};

/// Runs that share a node are of one fleet, and so are racks that ran one plan in one night. That
/// with the most nodes is looked at (of several, the one that ran last): a run of a single machine
/// beside it, however new, does not take its place.
[[nodiscard]] FleetNights nights_of(const std::vector<DatedRun>& runs, std::size_t most);

}  // namespace rackproof
