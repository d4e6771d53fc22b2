#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/fleet.hpp"
#include "runners/launcher.hpp"

namespace rackproof {

/// What a person says about where a run takes place: --fleet, --launcher and what belongs to them.
struct FleetArguments {
    std::optional<std::filesystem::path> fleet;
    std::optional<std::string> hosts;      ///< in place of a fleet file: "n[001-018],gpu1"
    std::optional<std::string> launcher;   ///< local, mpirun, slurm
    std::optional<std::string> rsh_agent;  ///< words, apart by spaces
    std::optional<std::string> listen;
    std::optional<std::string> network;
};

/// The launcher's options: mpirun if the nodes are named and nothing else is said, else local.
/// Throws InputError for options that the launcher does not have.
[[nodiscard]] LaunchOptions launch_options(const FleetArguments& arguments);

/// The nodes: of the fleet file or the list of hosts; without one, of the Slurm allocation;
/// nullopt: this machine alone. Inside an allocation, nodes of the file that are not part of it are
/// refused. Throws InputError.
[[nodiscard]] std::optional<Fleet> fleet_of(const FleetArguments& arguments, LauncherKind launcher);

}  // namespace rackproof
