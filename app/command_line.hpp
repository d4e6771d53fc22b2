#pragma once

namespace rackproof {

/// Parses the command line and runs the subcommand. Returns the exit status of the design; what
/// was typed wrongly is said on stderr, with status 2. Throws what the subcommand throws.
[[nodiscard]] int run_command_line(int argc, char** argv);

}  // namespace rackproof
