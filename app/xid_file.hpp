#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "hwcheck/xid_table.hpp"

namespace rackproof {

/// Reads the table of XIDs (docs/hwcheck-offline.md): `version`, and `[[xid]]` with number, name,
/// meaning, severity (info, warning, error), next_step and source, all required. Throws InputError
/// with file, line, column and what was expected: unknown keys, a number that stands twice, no row.
[[nodiscard]] XidTable read_xid_table(const std::filesystem::path& path);

/// The same from text; `file` is what errors call it.
[[nodiscard]] XidTable parse_xid_table(std::string_view text, const std::string& file);

/// The shipped one, plans/xid.toml.
[[nodiscard]] XidTable shipped_xid_table();

}  // namespace rackproof
