#include "results/run_file.hpp"
#include "results/run_file_writer.hpp"

namespace rackproof {

void write_run_file(const Run& run, const std::filesystem::path& path) {
    run_file::RunFileWriter writer{run, path};
    for (const Metric& metric : run.metrics) writer.add(metric);
    writer.finish(run.reasons, run.ranks);
}

}  // namespace rackproof
