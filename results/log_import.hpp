#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fleet.hpp"
#include "core/run.hpp"
#include "results/log_text.hpp"

namespace rackproof {

/// Whose logs are imported.
enum class LogTool : std::uint8_t { NcclTests, Nvbandwidth, Dcgm, GpuBurn, Superbench };

/// "nccl-tests", "nvbandwidth", "dcgm", "gpu-burn", "superbench".
[[nodiscard]] std::string_view to_string(LogTool tool) noexcept;
[[nodiscard]] std::optional<LogTool> log_tool_from(std::string_view name) noexcept;

struct LogImport {
    LogTool tool = LogTool::NcclTests;
    std::vector<std::filesystem::path> files;
    const Fleet* fleet = nullptr;
    std::optional<std::string> node;          ///< the one node that all files are of
    std::optional<std::string> node_pattern;  ///< where the node stands in a file's path
    std::optional<std::string> collective;    ///< of nccl-tests that do not say it
    BadRows bad_lines = BadRows::Refuse;
    std::string started;  ///< when it was measured: ISO 8601, UTC; empty: not known
    std::string tool_version;
};

struct LogImported {
    Run run;
    std::size_t readings = 0;
    std::vector<std::string> skipped;  ///< lines passed over: place, and what was expected
    std::vector<std::string> remarks;  ///< what else a person should hear of
};

/// Makes one run of log files (docs/import.md). Throws InputError, with file, line and what was
/// expected, at what is not understood. A node is who the log says it is; where it says nothing,
/// `node`, else `node_pattern` applied to the file's path, else the one node of the fleet whose
/// name stands in the path as a word; else the file is refused. Readings of one metric in one place
/// are repetitions, and the worst outcome stands. The same files give the same run.
[[nodiscard]] LogImported import_logs(const LogImport& import);

/// What "{node}" stands for when the end of `path` is as `pattern` says, where '*' is anything but
/// a
/// '/'; nullopt if it is not, or if several names would do. Throws InputError if the pattern does
/// not have "{node}" once.
[[nodiscard]] std::optional<std::string> node_in_path(const std::filesystem::path& path,
                                                      const std::string& pattern);

}  // namespace rackproof
