#pragma once

#include <span>
#include <string>

#include "analysis/judgement.hpp"
#include "reports/reports.hpp"

namespace rackproof {

/// Sentence and evidence of each finding in its order, then the next step, once for those in a row
/// that share it. No line wider than the style's columns.
[[nodiscard]] std::string findings_text(std::span<const Finding> findings, const TableStyle& style);

}  // namespace rackproof
