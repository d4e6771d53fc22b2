#pragma once

#include <optional>
#include <string>

#include "results/log_facts.hpp"
#include "results/log_text.hpp"

namespace rackproof::logs {

/// What nccl-tests write with -J (versions 1 and 2 of that file).
[[nodiscard]] LogFacts read_nccl_json(LogText& log, const std::optional<std::string>& collective);

}  // namespace rackproof::logs
