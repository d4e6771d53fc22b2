#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace rackproof {

/// `rackproof hwcheck`, and the hidden process that reads for it. Each sets `action` when it has
/// been typed.
void add_hwcheck_subcommands(CLI::App& app, std::function<int()>& action);

}  // namespace rackproof
