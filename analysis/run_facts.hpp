#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/run.hpp"

namespace rackproof {

/// What most of a run's nodes or devices say of one thing: "gpu.vbios", "device driver".
struct RunFact {
    std::string name;
    std::string value;
    std::int64_t holders = 0;  ///< that say so
    std::int64_t known = 0;    ///< that say anything
};

/// How and on what the run was measured, by name: its environment, libraries, devices, and what
/// hwcheck read but for what is each node's own.
[[nodiscard]] std::vector<RunFact> run_facts(const Run& run);

/// A fact that is not the same in all runs.
struct FactDifference {
    std::string name;
    std::vector<std::optional<RunFact>> of_run;  ///< nullopt where the run does not say
};
[[nodiscard]] std::vector<FactDifference> differing_facts(
    const std::vector<std::vector<RunFact>>& runs);

}  // namespace rackproof
