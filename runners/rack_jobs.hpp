#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/fleet.hpp"
#include "runners/slurm_state.hpp"

namespace rackproof {

/// What one Slurm job shall test.
struct RackJob {
    std::string rack;
    std::string folder;            ///< the rack's name as a folder's; "unracked" for the rack "-"
    std::vector<FleetNode> nodes;  ///< all that the rack must have; see takes_part
    friend bool operator==(const RackJob&, const RackJob&) = default;
};

/// The racks of a partition where no fleet file says them: its leaf switches (`topology` as
/// `scontrol show topology` prints it); nodes under none are of the rack "-"; without any switch,
/// all are of one rack, the partition's name.
[[nodiscard]] Fleet fleet_of_partition(const std::vector<SlurmNode>& nodes,
                                       const std::string& topology, const std::string& partition);

/// One job a rack, in the fleet's order. A node that Slurm has drained, that is down or that is
/// not in the partition keeps its place, with its state and the reason: it is left out of the job
/// and not out of the run. Throws InputError if a rack's name can be no folder's, or two racks
/// would share one.
[[nodiscard]] std::vector<RackJob> plan_rack_jobs(Fleet fleet, const std::vector<SlurmNode>& known,
                                                  const std::string& partition);

/// Those of the rack's nodes that a job may name.
[[nodiscard]] std::vector<std::string> usable_nodes(const RackJob& job);

/// What a rack's batch script holds besides the nodes.
struct RackScript {
    std::string partition;
    double most_s = 0;                 ///< the run's deadline; the job gets some minutes more
    std::filesystem::path executable;  ///< all paths absolute
    std::filesystem::path plan;
    std::filesystem::path fleet;
    std::filesystem::path out;  ///< the rack's folder
};

/// A script for sbatch: exclusive, survives the death of a node, and may be requeued, for it goes
/// on with the journal that it finds. Throws InputError if a path has other characters than
/// letters, digits and any of "-_./=,+@:": nothing in the script needs quoting then.
[[nodiscard]] std::string rack_script(const RackJob& job, const RackScript& parts);

}  // namespace rackproof
