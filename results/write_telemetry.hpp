#pragma once

#include "core/telemetry_source.hpp"
#include "results/axis.hpp"

namespace rackproof::run_file {

/// Writes the group /telemetry, some rows at a time. Throws Error if sensors have names that HDF5
/// cannot hold, or times do not ascend.
void write_telemetry(TelemetrySource& telemetry, hid_t root, SharedAxes& axes);

}  // namespace rackproof::run_file
