#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/outcome.hpp"
#include "reports/reports.hpp"

namespace rackproof {

/// Columns of the widest of the marks, "? NO DATA".
inline constexpr std::size_t kVerdictColumns = 9;

/// "+ PASS", "! WATCH", "x FAIL", "? NO DATA": a sign and a word, so that colour is never needed.
[[nodiscard]] std::string_view mark(Verdict verdict) noexcept;

/// `text` in the verdict's colour if the style has colours.
[[nodiscard]] std::string coloured(std::string_view text, Verdict verdict, const TableStyle& style);

/// The style's columns, but at least 40: less cannot hold a table.
[[nodiscard]] std::size_t table_columns(const TableStyle& style);

}  // namespace rackproof
