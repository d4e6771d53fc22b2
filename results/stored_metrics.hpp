#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/metric_source.hpp"
#include "results/run_file_reader.hpp"

namespace rackproof {

/// The metrics of a run file, read one at a time and forgotten by their user. Throws InputError as
/// read_run_file does; what reasons and ranks point into is checked with the metric that is read
/// last. HDF5 works for one thread at a time: the others wait.
class StoredMetrics final : public MetricSource {
  public:
    explicit StoredMetrics(const std::filesystem::path& path);

    /// The run without its metrics.
    [[nodiscard]] const Run& facts() { return reader_.frame(); }
    [[nodiscard]] const std::vector<std::string>& names() const override;
    [[nodiscard]] std::shared_ptr<const Metric> metric(std::size_t index) override;

  private:
    std::mutex reading_;
    run_file::RunFileReader reader_;
    std::vector<bool> is_read_;
    std::size_t unread_;
};

}  // namespace rackproof
