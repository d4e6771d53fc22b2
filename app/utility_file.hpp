#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/power_swing.hpp"

namespace rackproof {

/// What whoever feeds a site allows it to do.
struct UtilityLimits {
    std::string source;  ///< where the numbers stand
    std::vector<SwingLimit> limits;
};

/// Reads the TOML of docs/power-swing.md: `source`, and any of [range], [ramp] and [[band]]. Throws
/// InputError with the place of what is wrong, and if there is no limit.
[[nodiscard]] UtilityLimits parse_utility(std::string_view text, const std::string& file);
[[nodiscard]] UtilityLimits read_utility(const std::filesystem::path& path);

}  // namespace rackproof
