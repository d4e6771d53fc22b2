#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace rackproof {

/// Adds the subcommand `completion`, which prints a script that completes the subcommands of `app`,
/// their options and their values: words where the definition knows them, shipped plans, policies
/// and the like by name, else files or folders. For bash; zsh reads it through its bashcompinit.
/// What was typed becomes `action`.
void add_completion(CLI::App& app, std::function<int()>& action);

}  // namespace rackproof
