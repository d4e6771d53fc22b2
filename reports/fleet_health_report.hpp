#pragma once

#include <optional>
#include <string>

#include "analysis/fleet_health.hpp"
#include "reports/reports.hpp"

namespace rackproof {

/// A page for the morning: the last night, what changed since the night before, who got worse,
/// repeat offenders, racks and rows. Lists are cut, and say how many more there are. No line wider
/// than the style's columns, of which 80 are used at least.
[[nodiscard]] std::string fleet_health_text(const FleetHealth& health, const TableStyle& asked);

/// The fleet JSON, version 1, of docs/file-format.md; nothing is cut. Ends with a newline.
[[nodiscard]] std::string fleet_health_json(const FleetHealth& health);

/// For Prometheus's textfile collector, in the text exposition format 0.0.4. `last_started_s`: when
/// the last night began, since 1970.
[[nodiscard]] std::string fleet_health_prometheus(const FleetHealth& health,
                                                  const std::optional<double>& last_started_s);

}  // namespace rackproof
