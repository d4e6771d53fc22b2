#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "core/run.hpp"
#include "core/telemetry_source.hpp"

namespace rackproof::run_file {

/// Writes a run file one metric at a time, so that the whole need not fit into memory. The bytes
/// are those of write_run_file. All members throw Error; a file that was not finished is removed
/// with the writer. One thread.
class RunFileWriter {
  public:
    /// `frame` is the run without metrics, reasons and ranks (they are not looked at); it must
    /// outlive the writer.
    RunFileWriter(const Run& frame, std::filesystem::path path);
    ~RunFileWriter();
    RunFileWriter(const RunFileWriter&) = delete;
    RunFileWriter& operator=(const RunFileWriter&) = delete;

    void add(const Metric& metric);

    /// Writes what is left and puts the file in place. Nothing may be added afterwards.
    void finish(std::span<const Reason> reasons, const std::map<std::string, RankTimes>& ranks);
    /// Likewise, with this telemetry, of the frame's nodes and devices, instead of the frame's.
    void finish(std::span<const Reason> reasons, const std::map<std::string, RankTimes>& ranks,
                TelemetrySource& telemetry);

  private:
    struct Parts;
    template <class Action>
    void attempt(Action action) const;

    const Run* frame_;
    std::filesystem::path path_;
    std::unique_ptr<Parts> parts_;
};

}  // namespace rackproof::run_file
