#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/baseline.hpp"

namespace rackproof {

/// What accepted run files measured, and who was left out of it: nodes that fail or have no data by
/// `policy` (a path or a shipped one's name; without one by the run's own plan's).
struct AcceptedRuns {
    Baseline baseline;
    std::vector<std::string> left_out;  ///< "n003 of rack12.h5"
};
[[nodiscard]] AcceptedRuns read_accepted(const std::vector<std::filesystem::path>& run_files,
                                         const std::optional<std::string>& policy);

/// Adds to the policy the limits that an accepted run gives to the metrics that the judged run has.
/// Returns what is to be said of it. Throws InputError if the judged run has nodes of another sku,
/// or the accepted one gives no limit.
std::vector<std::string> add_baseline(const std::filesystem::path& accepted,
                                      const std::optional<std::string>& policy_name,
                                      const Run& judged, const std::vector<std::string>& metrics,
                                      Policy& policy);

}  // namespace rackproof
