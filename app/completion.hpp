#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace rackproof {

/// A script that completes the subcommands of `app`, their options and their values: words where
/// the definition knows them, shipped plans, policies and the like by name, else files or folders.
/// For bash; zsh reads it through its bashcompinit.
[[nodiscard]] std::string bash_completion(const CLI::App& app);

/// Adds the subcommand `completion`; what was typed becomes `action`.
void add_completion(CLI::App& app, std::function<int()>& action);

}  // namespace rackproof
