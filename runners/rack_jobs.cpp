#include "runners/rack_jobs.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "runners/launcher.hpp"

namespace rackproof {
namespace {

constexpr std::string_view kPlain =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t kLongestFolder = 64;
constexpr double kStartAndEnd_min = 10;  ///< of a job, beyond its run's deadline

constexpr const char* kScript = R"(#!/bin/sh
#SBATCH --job-name=rackproof-{folder}
#SBATCH --partition={partition}
#SBATCH --nodes={count}
#SBATCH --nodelist={nodes}
#SBATCH --exclusive
#SBATCH --no-kill
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --time={minutes}
#SBATCH --output={out}/slurm.log
# Written by "rackproof submit". A requeued job goes on with the journal of the one before.
if [ -f {out}/journal ]; then
    exec {program} run {plan} --launcher slurm --fleet {fleet} --resume {out}
fi
exec {program} run {plan} --launcher slurm --fleet {fleet} --out {out}
)";

std::string folder_of(const std::string& rack) {
    if (rack == "-") return "unracked";
    const std::string allowed = std::string{kPlain} + "-_.";
    if (!rack.empty() && rack.size() <= kLongestFolder &&
        kPlain.find(rack.front()) != std::string::npos &&
        rack.find_first_not_of(allowed) == std::string::npos) {
        return rack;
    }
    throw InputError{"the rack '" + printable(shortened(rack, 80)) +
                     "' can have no folder of its name; expected a letter or digit, then letters, "
                     "digits and any of -_., at most 64"};
}

std::string checked_path(const std::filesystem::path& path) {
    std::string text = path.string();
    const std::string allowed = std::string{kPlain} + "-_./=,+@:";
    if (path.is_absolute() && text.find_first_not_of(allowed) == std::string::npos) return text;
    throw InputError{"'" + printable(text) +
                     "' cannot stand in a batch script; expected a path of letters, digits and "
                     "any of -_./=,+@:"};
}

void take_state(FleetNode& entry, const std::map<std::string, const SlurmNode*>& known,
                const std::string& partition) {
    const auto found = known.find(entry.node.name);
    if (found == known.end()) {
        entry.node.state = "unknown";
        entry.node.labels["reason"] = "Slurm has no such node in partition " + partition;
        return;
    }
    const SlurmNode& node = *found->second;
    if (is_usable(node.state)) return;
    entry.node.state = node.state;
    entry.node.labels["reason"] = node.reason.empty() ? "Slurm gives no reason" : node.reason;
}

std::string joined(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) list.append(list.empty() ? "" : ",").append(name);
    return list;
}

}  // namespace

Fleet fleet_of_partition(const std::vector<SlurmNode>& nodes, const std::string& topology,
                         const std::string& partition) {
    const std::map<std::string, std::string> leaves = leaf_switches(topology);
    Fleet fleet;
    for (const SlurmNode& known : nodes) {
        FleetNode entry;
        entry.node.name = known.name;
        const auto leaf = leaves.find(known.name);
        if (leaf != leaves.end()) {
            entry.node.rack = leaf->second;
        } else if (leaves.empty()) {
            entry.node.rack = partition;
        }
        fleet.nodes.push_back(std::move(entry));
    }
    return fleet;
}

std::vector<RackJob> plan_rack_jobs(Fleet fleet, const std::vector<SlurmNode>& known,
                                    const std::string& partition) {
    std::map<std::string, const SlurmNode*> by_name;
    for (const SlurmNode& node : known) by_name[node.name] = &node;
    std::vector<RackJob> jobs;
    std::map<std::string, std::size_t> places;
    std::set<std::string> folders;
    for (FleetNode& entry : fleet.nodes) {
        const std::string rack = entry.node.rack;
        const auto [place, is_new] = places.emplace(rack, jobs.size());
        if (is_new) {
            jobs.push_back({rack, folder_of(rack), {}});
            if (!folders.insert(jobs.back().folder).second) {
                throw InputError{
                    "the racks '-' and 'unracked' would share a folder; expected "
                    "another name for one of them"};
            }
        }
        if (takes_part(entry.node)) take_state(entry, by_name, partition);
        jobs[place->second].nodes.push_back(std::move(entry));
    }
    return jobs;
}

std::vector<std::string> usable_nodes(const RackJob& job) {
    std::vector<std::string> names;
    for (const FleetNode& entry : job.nodes) {
        if (takes_part(entry.node)) names.push_back(entry.node.name);
    }
    return names;
}

std::string rack_script(const RackJob& job, const RackScript& parts) {
    const std::vector<std::string> nodes = usable_nodes(job);
    if (nodes.empty()) throw Error{"write a batch script", "the rack has no usable node"};
    return fmt::format(
        kScript, fmt::arg("folder", job.folder), fmt::arg("partition", parts.partition),
        fmt::arg("count", nodes.size()), fmt::arg("nodes", joined(nodes)),
        fmt::arg("minutes", std::ceil(parts.most_s / 60 + kStartAndEnd_min)),
        fmt::arg("program", checked_path(parts.executable)),
        fmt::arg("plan", checked_path(parts.plan)), fmt::arg("fleet", checked_path(parts.fleet)),
        fmt::arg("out", checked_path(parts.out)));
}

}  // namespace rackproof
