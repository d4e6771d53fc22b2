#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace rackproof {

/// Adds the subcommands of acceptance and its certificate: accept, keygen, sign and verify. What
/// was typed becomes `action`.
void add_certificate_subcommands(CLI::App& app, std::function<int()>& action);

}  // namespace rackproof
