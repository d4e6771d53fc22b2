#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rackproof {

/// The file of this very program, for starting workers of the same build.
[[nodiscard]] std::filesystem::path own_executable();

/// The folder of the shipped plans: share/rackproof/plans beside an installed program, or plans/
/// of the source tree that this build was made from. Throws InputError if there is none.
[[nodiscard]] std::filesystem::path shipped_plans();

/// The TOML files in a folder of the shipped plans, by name; of plans/ itself without xid.toml,
/// which is no plan but the table of XIDs.
[[nodiscard]] std::vector<std::filesystem::path> shipped_files(const std::filesystem::path& folder);

/// `given` if it names a file; else the shipped plan of that name ("smoke"). Throws InputError
/// that lists the shipped plans.
[[nodiscard]] std::filesystem::path find_plan(const std::string& given);

/// Likewise for policies ("strict-acceptance").
[[nodiscard]] std::filesystem::path find_policy(const std::string& given);

/// Likewise for profiles ("h200-8").
[[nodiscard]] std::filesystem::path find_profile(const std::string& given);

}  // namespace rackproof
