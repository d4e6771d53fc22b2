#pragma once

#include <vector>

#include "core/run.hpp"

namespace rackproof::test {

/// The part of a run that lies on these nodes: what a rack's own run file would hold. Targets,
/// groups and events that reach beyond them are left out; `shift_s` is by how much later the part
/// started (its times are that much smaller).
[[nodiscard]] Run part_of(const Run& run, const std::vector<std::int32_t>& nodes,
                          double shift_s = 0);

}  // namespace rackproof::test
