#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rackproof {

/// What a small text file holds, without white space at its end; nullopt if it is no regular
/// file, cannot be read, or holds more than 64 bytes. Never blocks on a pipe or device that
/// stands in its place.
[[nodiscard]] std::optional<std::string> read_text(const std::filesystem::path& file);

/// The whole number that the file holds and nothing else; nullopt otherwise.
[[nodiscard]] std::optional<std::int64_t> read_whole_number(const std::filesystem::path& file);

/// What stands in `folder`, by name, "cpu2" before "cpu10". Empty if it cannot be read.
[[nodiscard]] std::vector<std::filesystem::path> entries(const std::filesystem::path& folder);

/// The digits of `name` between `before` and `after`; nullopt if it is not made so.
[[nodiscard]] std::optional<std::string> number_between(std::string_view name,
                                                        std::string_view before,
                                                        std::string_view after);

}  // namespace rackproof
