#pragma once

#include <string>
#include <vector>

#include "core/fleet.hpp"
#include "core/run.hpp"
#include "results/log_facts.hpp"

namespace rackproof::logs {

/// What one file holds, with every node called by its name.
struct NamedFacts {
    std::string file;
    LogFacts facts;
};

/// Numbers nodes (in the fleet's order, else by name), devices and groups, and lays the readings
/// out as metrics. Readings of one metric in one place are repetitions; of their outcomes the worst
/// stands, with the file that says so. With a fleet, nodes and devices that no file names are
/// there, too. Throws InputError, with the file, where two files contradict each other about what a
/// metric is or how it was measured.
[[nodiscard]] Run assemble_run(const std::vector<NamedFacts>& files, const Fleet* fleet);

}  // namespace rackproof::logs
