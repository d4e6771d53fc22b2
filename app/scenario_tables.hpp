#pragma once

#include <vector>

#include "analysis/simulator/scenario.hpp"
#include "app/toml_table.hpp"

/// One function a table of a scenario file; each throws InputError at the place of what is wrong.
namespace rackproof::scenario_tables {

void read_fleet(TomlTable& table, simulator::Scenario& scenario);
[[nodiscard]] simulator::SkuModel read_sku(TomlTable& table);
/// `copies = 3` makes three: NAME.1, NAME.2, NAME.3.
[[nodiscard]] std::vector<simulator::MetricModel> read_metric(TomlTable& table);
[[nodiscard]] simulator::Population read_population(TomlTable& table);
[[nodiscard]] simulator::Gradient read_gradient(TomlTable& table);
[[nodiscard]] simulator::RackEffect read_rack_effect(TomlTable& table);
[[nodiscard]] simulator::FaultPlan read_fault(TomlTable& table);

}  // namespace rackproof::scenario_tables
