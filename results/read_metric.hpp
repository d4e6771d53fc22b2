#pragma once

#include <string>

#include "core/run.hpp"
#include "results/run_source.hpp"

namespace rackproof::run_file {

/// Reads the metric `name` of the group `metrics`. Throws Error if its parts do not fit together;
/// what its indices point into is not checked here.
[[nodiscard]] Metric read_metric(RunSource& source, hid_t metrics, const std::string& name);

/// The attribute `scope` of `object`. Throws Error if it is none.
[[nodiscard]] Scope read_scope(RunSource& source, hid_t object);

}  // namespace rackproof::run_file
