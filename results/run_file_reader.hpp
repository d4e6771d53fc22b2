#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/run.hpp"
#include "core/telemetry_source.hpp"
#include "results/check_run.hpp"

namespace rackproof::run_file {

/// Reads a run file one metric at a time. All members throw InputError, with the file, as
/// read_run_file does. One thread.
class RunFileReader {
  public:
    /// Whether a frame holds the telemetry, or it stays in the file, for telemetry() to give.
    enum class Telemetry : std::uint8_t { Read, LeftThere };

    explicit RunFileReader(std::filesystem::path path, Telemetry telemetry = Telemetry::LeftThere);
    /// To read metrics of a file whose frame was read before, and had these counts.
    RunFileReader(std::filesystem::path path, const TargetCounts& counts);
    ~RunFileReader();
    RunFileReader(const RunFileReader&) = delete;
    RunFileReader& operator=(const RunFileReader&) = delete;

    /// Everything but the metrics. Reasons and ranks point into metrics that are not read yet.
    [[nodiscard]] Run& frame() { return frame_; }
    /// Wherever it is. What it reads throws Error.
    [[nodiscard]] TelemetrySource& telemetry() { return *telemetry_; }
    [[nodiscard]] const std::vector<std::string>& metric_names() const { return names_; }
    [[nodiscard]] Metric metric(const std::string& name);

    /// Throws unless reasons and ranks point into the metrics, all of which were read by now.
    void check_references() const;

  private:
    struct Parts;
    void open_metrics();

    std::filesystem::path path_;
    std::unique_ptr<Parts> parts_;
    Run frame_;
    std::unique_ptr<TelemetrySource> telemetry_;
    std::optional<TargetCounts> counts_;
    std::vector<std::string> names_;
    MetricShapes shapes_;
};

}  // namespace rackproof::run_file
