#pragma once

#include <filesystem>

namespace rackproof::test {

/// The root of the tree that these tests were built from.
[[nodiscard]] std::filesystem::path source_folder();

}  // namespace rackproof::test
