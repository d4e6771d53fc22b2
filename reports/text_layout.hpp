#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rackproof {

// Text for a terminal of so many columns. Everything here takes text that clean() has been over.

/// `text` made harmless: printable(), and the marks that reverse the order of what follows
/// (U+202A-202E, U+2066-2069) replaced as well, so that no node's name rewrites a verdict. Cut at
/// 4 KiB.
[[nodiscard]] std::string clean(std::string_view text);

/// Columns that a terminal needs: 2 for East Asian wide characters and emoji, 0 for combining
/// marks, else 1 (after Unicode's East Asian Width, by blocks).
[[nodiscard]] std::size_t display_width(std::string_view text);

/// `text` padded with spaces to exactly `columns`, or cut in its middle, "abc...xyz", to fit.
[[nodiscard]] std::string fitted(std::string_view text, std::size_t columns);

/// `text` in lines of at most `columns`, broken at spaces; a longer word is broken where it must.
/// `columns` is at least 2.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

/// `text` wrapped under `prefix`, its later lines indented by `indent` spaces; ends with a newline.
[[nodiscard]] std::string paragraph(std::string_view prefix, std::size_t indent,
                                    std::string_view text, std::size_t columns);

/// An empty line, the title, and each note as a paragraph, made harmless; nothing without notes.
[[nodiscard]] std::string notes_section(std::string_view title,
                                        const std::vector<std::string>& notes, std::size_t columns);

}  // namespace rackproof
