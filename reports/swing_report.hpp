#pragma once

#include <string>

#include "analysis/power_swing.hpp"
#include "reports/reports.hpp"

namespace rackproof {

/// A line a wave (phase error, range, its strongest line), who stood furthest from the others, what
/// the power is known from and what that cannot show, then each limit with its answer. `source`:
/// where the limits stand. No line wider than `style.columns`.
[[nodiscard]] std::string swing_text(const SwingReport& report, const std::string& source,
                                     const TableStyle& style);

/// The same with all lines of each spectrum, as one JSON object (docs/power-swing.md).
[[nodiscard]] std::string swing_json(const SwingReport& report, const std::string& source);

}  // namespace rackproof
