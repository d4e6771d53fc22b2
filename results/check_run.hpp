#pragma once

#include "core/run.hpp"

namespace rackproof::run_file {

/// Throws Error, naming the place as it is called in the file and what was expected, unless the
/// run's parts fit together: names that HDF5 can hold, each once; columns of equal length;
/// matrices of their rows x columns; every index within what it points into. What is read and
/// what is written pass the same check.
void check_run(const Run& run);

}  // namespace rackproof::run_file
