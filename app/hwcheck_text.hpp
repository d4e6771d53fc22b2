#pragma once

#include <string>

#include "analysis/judgement.hpp"
#include "hwcheck/inventory.hpp"
#include "reports/reports.hpp"

namespace rackproof {

/// The inventory for people: grouped, equal parts on one line, then what is not known and why, then
/// what has happened. No line wider than the style's columns.
[[nodiscard]] std::string inventory_text(const Inventory& inventory, const TableStyle& style);

/// {"format": "rackproof-inventory", "format_version": 1, "node", "read", "items", "events",
/// "verdicts"}: docs/hwcheck.md.
[[nodiscard]] std::string inventory_json(const Inventory& inventory, const Judgement& judgement,
                                         const std::string& read_at);

/// For Prometheus's textfile collector: the verdict, how many findings and items, every counter.
[[nodiscard]] std::string inventory_metrics(const Inventory& inventory, const Judgement& judgement);

}  // namespace rackproof
