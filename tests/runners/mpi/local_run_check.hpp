#pragma once

#include <filesystem>

namespace rackproof::test {

/// Runs a plan whose two ranks hang, with `directory` for its journal; does not return before it
/// is killed, or the plan's deadline passes.
void run_for_ever(const std::filesystem::path& directory);

}  // namespace rackproof::test
