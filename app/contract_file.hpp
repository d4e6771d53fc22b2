#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "analysis/acceptance.hpp"

namespace rackproof {

/// Reads a contract (docs/acceptance.md). Throws InputError with file, line, column and what was
/// expected: unknown keys, shares and percentiles that are none, a contract that asks for nothing.
[[nodiscard]] Contract read_contract(const std::filesystem::path& path);

/// The same from text; `file` is what errors call it.
[[nodiscard]] Contract parse_contract(std::string_view text, const std::string& file);

}  // namespace rackproof
