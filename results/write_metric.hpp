#pragma once

#include "core/run.hpp"
#include "results/hdf5.hpp"

namespace rackproof::run_file {

/// Writes one metric as a group of its name in `metrics`: its matrices, columns and attributes.
void write_metric(hid_t metrics, const Metric& metric);

}  // namespace rackproof::run_file
