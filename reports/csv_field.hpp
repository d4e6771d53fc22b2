#pragma once

#include <string>
#include <string_view>

namespace rackproof {

/// A text as a CSV field (RFC 4180), its control characters replaced. A spreadsheet would run a
/// text that begins with one of = + - @ or a tab as a formula: it gets an apostrophe in front, but
/// for the lone "-" that stands for "no rack".
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace rackproof
