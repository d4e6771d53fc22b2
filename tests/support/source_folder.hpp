#pragma once

#include <filesystem>
#include <string>

namespace rackproof::test {

/// The root of the tree that these tests were built from.
[[nodiscard]] std::filesystem::path source_folder();

/// Outputs of real tools, where the checkout has them beside it; a test that finds none says that
/// it is skipped, and why.
[[nodiscard]] std::filesystem::path real_data(const std::string& name);

}  // namespace rackproof::test
