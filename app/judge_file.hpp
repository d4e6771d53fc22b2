#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "analysis/judgement.hpp"
#include "core/plan.hpp"
#include "core/run.hpp"

namespace rackproof {

/// The policy named (a path, or a shipped one's name), or, without one, that of the run's own plan.
[[nodiscard]] Policy policy_for(const Run& facts, const std::filesystem::path& run_file,
                                const std::optional<std::string>& policy);

/// What a run is held against besides its peers and its policy.
struct HeldAgainst {
    std::optional<std::filesystem::path> history;   ///< a folder of earlier run files
    std::optional<std::filesystem::path> baseline;  ///< an accepted run file
    std::optional<Verdict> unjudged;                ///< in place of the policy's
};

/// Judges a stored run. Reads metric by metric: a few of them at once fit into memory where all
/// would not.
[[nodiscard]] Judgement judge_file(const std::filesystem::path& run_file,
                                   const std::optional<std::string>& policy,
                                   const HeldAgainst& others = {});

}  // namespace rackproof
