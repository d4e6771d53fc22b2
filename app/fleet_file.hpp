#pragma once

#include <filesystem>
#include <string>

#include "core/fleet.hpp"

namespace rackproof {

inline constexpr std::size_t kMostFleetBytes = std::size_t{64} << 20;

/// A fleet file: which nodes there must be (docs/fleet-file.md). CSV if its name ends in ".csv",
/// else TOML. Throws InputError with file, line, column and what was expected: unknown keys, what
/// is no host name, two nodes of one name (both places are named), no node at all.
[[nodiscard]] Fleet read_fleet(const std::filesystem::path& path);

[[nodiscard]] Fleet parse_fleet_toml(std::string text, const std::string& file);
[[nodiscard]] Fleet parse_fleet_csv(std::string text, const std::string& file);

}  // namespace rackproof
