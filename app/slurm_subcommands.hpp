#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace rackproof {

/// Adds the subcommands for many racks under Slurm: submit and status. What was typed becomes
/// `action`.
void add_slurm_subcommands(CLI::App& app, std::function<int()>& action);

}  // namespace rackproof
