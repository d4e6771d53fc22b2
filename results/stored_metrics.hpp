#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/metric_source.hpp"
#include "results/run_file_reader.hpp"

namespace rackproof {

/// Held by whoever reads a run file while other threads may read one, too.
[[nodiscard]] std::mutex& hdf5_in_use();

/// The metrics of a run file, read one at a time and forgotten by their user. Throws InputError as
/// read_run_file does; what reasons and ranks point into is checked with the metric that is read
/// last. Threads may read from one or several of them; HDF5 works for one at a time, and the others
/// wait.
class StoredMetrics final : public MetricSource {
  public:
    explicit StoredMetrics(const std::filesystem::path& path);

    /// The run without its metrics, and without its telemetry, which stays in the file.
    [[nodiscard]] const Run& facts() { return reader_.frame(); }
    [[nodiscard]] const std::vector<std::string>& names() const override;
    [[nodiscard]] std::shared_ptr<const Metric> metric(std::size_t index) override;
    [[nodiscard]] TelemetrySource& telemetry() override { return reader_.telemetry(); }

  private:
    run_file::RunFileReader reader_;
    std::vector<bool> is_read_;
    std::size_t unread_;
};

}  // namespace rackproof
