#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/manifest.hpp"
#include "core/plan.hpp"

namespace rackproof {

/// What a stage will ask of the fleet if nothing goes wrong; retests come on top.
struct StageEstimate {
    std::string name;
    std::int64_t cells = 0;
    std::int64_t jobs = 0;
    double seconds = 0;
    std::int64_t peak_nodes = 0;    ///< at work at once
    std::int64_t peak_devices = 0;  ///< with a rank on those nodes
    std::optional<double> peak_w;   ///< of those devices; nullopt: the plan states no power
};

/// Plays the run through: one job for each node, pair or group of a stage, started as the plan's
/// limits on nodes allow, each as long as its cases are expected to take. Nothing is started.
[[nodiscard]] std::vector<StageEstimate> estimate_run(const Plan& plan, const Manifest& manifest);

}  // namespace rackproof
