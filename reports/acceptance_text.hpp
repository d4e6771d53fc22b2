#pragma once

#include <string>

#include "analysis/acceptance.hpp"
#include "reports/reports.hpp"

namespace rackproof {

/// The acceptance rack by rack, worst first: clauses, defects, nodes without data; then each
/// attempt at every cell that took more than one; then a line that says it all. No line wider than
/// the style's columns.
[[nodiscard]] std::string acceptance_text(const Acceptance& acceptance, const TableStyle& style);

/// The same as JSON, version 1 (docs/acceptance.md); ends with a newline. The same acceptance gives
/// the same bytes.
[[nodiscard]] std::string acceptance_json(const Acceptance& acceptance);

}  // namespace rackproof
