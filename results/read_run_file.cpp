#include <utility>

#include "results/run_file.hpp"
#include "results/run_file_reader.hpp"

namespace rackproof {

Run read_run_file(const std::filesystem::path& path) {
    run_file::RunFileReader reader{path};
    std::vector<Metric> metrics;
    for (const std::string& name : reader.metric_names()) metrics.push_back(reader.metric(name));
    reader.check_references();
    Run run = std::move(reader.frame());
    run.metrics = std::move(metrics);
    return run;
}

}  // namespace rackproof
