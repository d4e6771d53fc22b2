#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/simulator/scenario.hpp"

namespace rackproof {

struct ScenarioFile {
    simulator::Scenario scenario;
    std::optional<std::uint64_t> seed;
};

/// `given` if it names a file; else the shipped scenario of that name. Throws InputError that
/// lists the shipped ones.
[[nodiscard]] std::filesystem::path find_scenario(const std::string& given);

/// Reads a scenario (docs/simulator.md), with the settings "KEY=VALUE" applied. Unknown keys, wrong
/// types and what the simulator cannot make throw InputError with file, line, column and what was
/// expected. A `[policy]` is checked and kept with the text, for the judge to find.
[[nodiscard]] ScenarioFile read_scenario(const std::filesystem::path& path,
                                         const std::vector<std::string>& settings);

/// The same from text; `file` is what errors call it.
[[nodiscard]] ScenarioFile parse_scenario(std::string text, const std::string& file,
                                          const std::vector<std::string>& settings);

}  // namespace rackproof
