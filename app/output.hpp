#pragma once

#include <filesystem>
#include <string_view>

#include "reports/reports.hpp"

namespace rackproof {

/// Writes `text` beside `path` and puts it in place by rename. Throws Error.
void write_text_file(const std::filesystem::path& path, std::string_view text);

/// Writes to stdout, all of it. Throws Error if it cannot (a full disk, a closed pipe).
void write_stdout(std::string_view text);

/// Colour and width for what goes to stdout: colour on a terminal unless NO_COLOR is set and
/// not empty, or TERM is "dumb"; 80 columns.
[[nodiscard]] TableStyle stdout_style();

}  // namespace rackproof
