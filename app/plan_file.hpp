#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/plan.hpp"

namespace rackproof {

inline constexpr std::size_t kMostPlanBytes = std::size_t{1} << 20;

/// The text of a file of at most `most_bytes`. Throws InputError if it cannot be read.
[[nodiscard]] std::string read_text_file(const std::filesystem::path& path, std::size_t most_bytes);

/// Reads a plan and checks it against the suites of this build: unknown keys, wrong types, values
/// out of range, two cases of one name, a stage that mixes scopes, a limit that matches no case
/// or is in another unit. Throws InputError with file, line, column and what was expected.
[[nodiscard]] Plan read_plan(const std::filesystem::path& path);

/// What a person changes of a plan on the command line.
struct PlanChanges {
    std::vector<std::string> settings;  ///< "KEY=VALUE" (app/toml_set.hpp)
    /// In each stage over pairs every two nodes meet, in rounds of disjoint pairs: N - 1 of them
    /// for N nodes.
    bool all_pairs = false;
};

/// The same with these changes, which are then part of the plan's text. Throws InputError, too, if
/// all pairs are to meet and no stage is over pairs.
[[nodiscard]] Plan read_plan(const std::filesystem::path& path, const PlanChanges& changes);

/// The same from text; `file` is what errors call it.
[[nodiscard]] Plan parse_plan(std::string text, const std::string& file);

/// The `[policy]` of a plan's text alone, as stored in a run file that may be older than this
/// build: suites and parameters are not looked at.
[[nodiscard]] Policy parse_plan_policy(std::string_view text, const std::string& file);

/// A policy file: the keys of a plan's `[policy]` at its top level.
[[nodiscard]] Policy read_policy(const std::filesystem::path& path);

}  // namespace rackproof
