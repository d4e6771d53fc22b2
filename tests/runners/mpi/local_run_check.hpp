#pragma once

#include <filesystem>

namespace rackproof::test {

/// Names the folder that this program's reader of counters takes for the root of /proc and /sys.
inline constexpr const char* kTreeVariable = "RACKPROOF_TEST_TREE";

/// Runs a plan whose two ranks hang, with `directory` for its journal; does not return before it
/// is killed, or the plan's deadline passes.
void run_for_ever(const std::filesystem::path& directory);

}  // namespace rackproof::test
