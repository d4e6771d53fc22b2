#pragma once

#include <string>
#include <string_view>

namespace rackproof {

/// What differs between two texts, for people: the lines from the first that differs to the last,
/// with their numbers, "-" before those of `before` and "+" before those of `after`; of long ones
/// the first few, and how many there are more. Empty if the texts are equal.
[[nodiscard]] std::string text_difference(std::string_view before, std::string_view after);

}  // namespace rackproof
