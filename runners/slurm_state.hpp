#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rackproof {

/// A node as Slurm sees it.
struct SlurmNode {
    std::string name;
    std::string state;   ///< Slurm's word and mark: "idle", "drained", "down*"
    std::string reason;  ///< why, in the words of whoever drained it; empty if there is none
    friend bool operator==(const SlurmNode&, const SlurmNode&) = default;
};

/// True if a job may wait for a node in this state. Any word or mark that is not known to be
/// harmless counts as unusable: a job that names such a node might wait for ever.
[[nodiscard]] bool is_usable(std::string_view state);

/// The nodes of a partition, in Slurm's order, of what `sinfo -N` prints: `states` as "%N|%T" and
/// `reasons` as "%N|%E". Two listings, because a reason is free text, line breaks included, and
/// must not be able to forge the state of another node. Throws Error if `states` is anything else
/// than such lines, names what can be no host, or names a node twice in different states.
[[nodiscard]] std::vector<SlurmNode> slurm_nodes(std::string_view states, std::string_view reasons);

/// The same, asked of Slurm. Throws InputError if there is no such partition or it has no node.
[[nodiscard]] std::vector<SlurmNode> nodes_of_partition(const std::string& partition);

/// A job as Slurm's queue has it: "PENDING", "RUNNING", ...; and why it waits.
struct QueuedJob {
    std::string state;
    std::string reason;
    friend bool operator==(const QueuedJob&, const QueuedJob&) = default;
};

/// True of the state of a job (as above) that is being ended, or has ended: what dies in it then
/// says nothing of its node. False of one that goes on; nullopt of a word that is not known.
[[nodiscard]] std::optional<bool> is_job_ending(std::string_view state);

/// By job number, of what `squeue -o "%i|%T|%r"` prints. Throws Error for other lines.
[[nodiscard]] std::map<std::string, QueuedJob> queued_jobs(std::string_view listing);

/// All jobs that are waiting or running. Throws Error if Slurm does not answer.
[[nodiscard]] std::map<std::string, QueuedJob> queued_jobs_now();

/// Empty if `name` can be a partition's: letters, digits, '_', '-' and '.', beginning with none of
/// the last two. Else what was expected.
[[nodiscard]] std::string partition_name_problem(std::string_view name);

}  // namespace rackproof
