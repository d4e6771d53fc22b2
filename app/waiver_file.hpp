#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/judgement.hpp"
#include "analysis/waivers.hpp"

namespace rackproof {

/// Reads waivers (docs/repair.md): `[[waiver]]` with node, reason, until and by, and kind, metric
/// or device, at least one of the first two. Throws InputError with file, line, column and what was
/// expected: unknown keys, what is no day of the calendar, no kind of finding.
[[nodiscard]] std::vector<Waiver> read_waivers(const std::filesystem::path& path);

/// The same from text; `file` is what errors call it.
[[nodiscard]] std::vector<Waiver> parse_waivers(std::string_view text, const std::string& file);

/// The judgement with what the waivers, if any, say today.
[[nodiscard]] Judgement waived(Judgement judgement,
                               const std::optional<std::filesystem::path>& waivers);

}  // namespace rackproof
