#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/toml_table.hpp"
#include "core/plan.hpp"
#include "hwcheck/inventory.hpp"

namespace rackproof {

/// A profile's table: of a file of its own, or [[policy.profile]] of a plan. Throws InputError with
/// file, line, column and what was expected.
[[nodiscard]] Profile parse_profile(TomlTable table);
[[nodiscard]] Profile read_profile(const std::filesystem::path& path);

/// What a good node of that sku says of itself, as a profile: all that is not bound to differ.
[[nodiscard]] Profile golden_profile(const Inventory& inventory, const std::string& sku,
                                     const std::string& source);

/// The text of a profile's file, which parse_profile reads back as the same.
[[nodiscard]] std::string profile_text(const Profile& profile);

/// The table [policy] with these profiles, for a plan.
[[nodiscard]] std::string policy_table(const std::vector<Profile>& profiles);

}  // namespace rackproof
