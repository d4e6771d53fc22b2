#pragma once

#include "results/log_facts.hpp"
#include "results/log_text.hpp"

namespace rackproof::logs {

/// What nvbandwidth prints with --json.
[[nodiscard]] LogFacts read_nvbandwidth_json(LogText& log);

}  // namespace rackproof::logs
