#pragma once

#include <filesystem>
#include <memory>

#include "core/run.hpp"
#include "core/telemetry_source.hpp"

namespace rackproof {

namespace run_file {
class RunFileReader;
}

/// Writes `run` as an HDF5 run file, version 1 (docs/file-format.md), beside `path` under a
/// temporary name, flushed to disk, and puts it in place by rename. Throws Error.
void write_run_file(const Run& run, const std::filesystem::path& path);

/// Likewise, with this telemetry, of the run's nodes and devices, instead of the run's own: some
/// rows at a time.
void write_run_file(const Run& run, TelemetrySource& telemetry, const std::filesystem::path& path);

/// Reads a run file. Throws InputError, with the file and what was expected, if it is none, of a
/// newer major version, or its parts contradict each other (lengths, indices, enums).
[[nodiscard]] Run read_run_file(const std::filesystem::path& path);

/// A run file whose telemetry stays there: that of a week does not belong into memory. Throws as
/// read_run_file does; what telemetry() reads throws Error.
class OpenRunFile {
  public:
    explicit OpenRunFile(const std::filesystem::path& path);
    ~OpenRunFile();
    OpenRunFile(const OpenRunFile&) = delete;
    OpenRunFile& operator=(const OpenRunFile&) = delete;

    /// Without telemetry.
    [[nodiscard]] const Run& run() const { return run_; }
    [[nodiscard]] TelemetrySource& telemetry();

  private:
    std::unique_ptr<run_file::RunFileReader> reader_;
    Run run_;
};

}  // namespace rackproof
