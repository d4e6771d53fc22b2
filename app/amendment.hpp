#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/fleet_options.hpp"
#include "core/fleet.hpp"
#include "core/plan.hpp"
#include "core/run.hpp"

namespace rackproof {

/// What is run again on nodes that were repaired: the part of the run's own plan that measures a
/// node alone, on these nodes as the run knows them.
struct RepairRun {
    Plan plan;
    std::optional<Fleet> fleet;  ///< nullopt: this machine, as the run was on it
    FleetArguments where;        ///< with the run's launcher, if none is said
};

/// Throws InputError if the run has no such node, was imported or simulated and so has no plan to
/// run, or has no stage that measures a node alone; or if its only machine is another one.
[[nodiscard]] RepairRun repair_run(const Run& run, const std::filesystem::path& file,
                                   const std::vector<std::string>& nodes, FleetArguments where);

/// Throws InputError if `run_file` is there and holds attempts of a repair: the journal beside it
/// does not know them, and what is made of it would lose them.
void refuse_amended(const std::filesystem::path& run_file);

}  // namespace rackproof
