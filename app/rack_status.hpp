#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "app/submission.hpp"
#include "reports/rack_table.hpp"
#include "runners/slurm_state.hpp"

namespace rackproof {

/// Slurm's jobs by their numbers; nullopt where it does not answer.
using SlurmQueue = std::optional<std::map<std::string, QueuedJob>>;

/// Where a submitted rack stands: by the journal and the verdicts in its folder, and by the queue.
/// What cannot be read is a phase with words.
[[nodiscard]] RackStatus status_of(const SubmittedRack& rack, const std::filesystem::path& folder,
                                   const SlurmQueue& queue);

}  // namespace rackproof
