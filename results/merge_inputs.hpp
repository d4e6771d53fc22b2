#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/run.hpp"
#include "results/check_run.hpp"
#include "results/merge.hpp"

namespace rackproof::merging {

/// One file, and where its parts are in the whole.
struct Input {
    std::filesystem::path path;
    Run frame;
    std::vector<std::string> metrics;
    std::optional<run_file::TargetCounts> counts;
    double shift_s = 0;  ///< from its start to the whole's
    std::vector<std::int32_t> node;
    std::vector<std::int32_t> device;
    std::vector<std::int32_t> group;
    std::vector<std::int32_t> variant;
    /// By metric: row in its own file, and text.
    std::map<std::string, std::vector<std::pair<std::int32_t, std::string>>> reasons;
};

/// Reads all but the metrics of each file, in an order of their own (by first node), and refuses
/// nodes that are in two and plans that differ.
[[nodiscard]] std::vector<Input> read_inputs(const std::vector<std::filesystem::path>& paths);

/// The whole without metrics, reasons and ranks; fills in where the inputs' parts are in it. Of
/// what a fleet does: merge_run_files.
[[nodiscard]] Run joined_frame(std::vector<Input>& inputs, const std::optional<Fleet>& fleet,
                               Merged& merged);

/// The names of all metrics: in the order of the first file, then what later ones add.
[[nodiscard]] std::vector<std::string> metric_names(const std::vector<Input>& inputs);

}  // namespace rackproof::merging
