#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace rackproof {

/// Adds the subcommands that make run files of other things than a run on hardware: simulate,
/// import. What was typed becomes `action`.
void add_file_subcommands(CLI::App& app, std::function<int()>& action);

}  // namespace rackproof
