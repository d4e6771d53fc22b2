#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "results/log_facts.hpp"
#include "results/log_text.hpp"

namespace rackproof::logs {

// One reader for each tool. Each throws InputError, with file, line and what was expected, at what
// it does not understand (LogText::refuse); a test that failed is a reading that says so. The
// metrics and what the outcomes mean stand in docs/import.md.

/// What nccl-tests print, whatever column they count errors in, or their JSON (-J). `collective`
/// says which one it is where the log does not; else the file's name does.
[[nodiscard]] LogFacts read_nccl_tests(LogText& log, const std::optional<std::string>& collective);

/// What nvbandwidth prints, as text or with --json.
[[nodiscard]] LogFacts read_nvbandwidth(LogText& log);

/// What dcgmi diag -j prints: the older form by lists of GPUs, and today's by entities.
[[nodiscard]] LogFacts read_dcgm(LogText& log);

/// What gpu-burn prints.
[[nodiscard]] LogFacts read_gpu_burn(LogText& log);

/// SuperBench's results-summary.jsonl: one JSON object a line and node.
[[nodiscard]] LogFacts read_superbench(LogText& log);

}  // namespace rackproof::logs
