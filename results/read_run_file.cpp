#include <utility>

#include "results/run_file.hpp"
#include "results/run_file_reader.hpp"

namespace rackproof {
namespace {

/// All that the reader's frame leaves out of the metrics; of the telemetry what the frame holds.
Run read_run(run_file::RunFileReader& reader) {
    std::vector<Metric> metrics;
    for (const std::string& name : reader.metric_names()) metrics.push_back(reader.metric(name));
    reader.check_references();
    Run run = std::move(reader.frame());
    run.metrics = std::move(metrics);
    return run;
}

}  // namespace

Run read_run_file(const std::filesystem::path& path) {
    run_file::RunFileReader reader{path, run_file::RunFileReader::Telemetry::Read};
    return read_run(reader);
}

OpenRunFile::OpenRunFile(const std::filesystem::path& path)
    : reader_{std::make_unique<run_file::RunFileReader>(path)}, run_{read_run(*reader_)} {}

OpenRunFile::~OpenRunFile() = default;

TelemetrySource& OpenRunFile::telemetry() { return reader_->telemetry(); }

}  // namespace rackproof
