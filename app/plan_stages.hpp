#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/plan_checks.hpp"
#include "app/toml_table.hpp"
#include "core/plan.hpp"

namespace rackproof {

/// One `[[stage]]` of a plan; where it and its entries stand is appended to `places`. Throws
/// InputError for unknown keys, wrong types, values out of range, and keys that say nothing here
/// (`rounds` without pairs).
[[nodiscard]] Stage parse_stage(TomlTable table, PlanPlaces& places);

/// True of a `[[stage]]` that measures again whom one before it suspects.
[[nodiscard]] bool is_confirmation(TomlTable& table);

/// Such a `[[stage]]`, with all that it takes over from the one of `before` that it `confirms`.
/// Throws InputError as above; and if none of them can be confirmed.
[[nodiscard]] Stage parse_confirmation(TomlTable table, const std::vector<Stage>& before,
                                       PlanPlaces& places);

/// A text of 1 to 64 letters, digits, '_' or '-'. Throws InputError if it is missing or is not.
[[nodiscard]] std::string plain_name(TomlTable& table, std::string_view key,
                                     std::string_view expected);

}  // namespace rackproof
