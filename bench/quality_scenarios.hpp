#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "analysis/simulator/scenario.hpp"

namespace rackproof::bench {

/// The kinds of fleet that the judge is tried on.
[[nodiscard]] const std::vector<std::string>& scenario_names();

/// A fleet of that kind: shape, spread, tail, noise, repetitions and sizes of faults are drawn.
[[nodiscard]] simulator::Scenario drawn_scenario(const std::string& name, std::mt19937_64& random);

}  // namespace rackproof::bench
