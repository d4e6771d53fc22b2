#include "core/error.hpp"
#include "results/check_run.hpp"
#include "results/run_file.hpp"
#include "results/run_file_writer.hpp"

namespace rackproof {

void write_run_file(const Run& run, const std::filesystem::path& path) {
    HeldTelemetry held{run};
    write_run_file(run, held, path);
}

void write_run_file(const Run& run, TelemetrySource& telemetry, const std::filesystem::path& path) {
    try {
        run_file::check_run(run);  // before anything is written
    } catch (const Error& error) {
        throw Error{"write the run file " + path.native(), error.what(), error.where()};
    }
    run_file::RunFileWriter writer{run, path};
    for (const Metric& metric : run.metrics) writer.add(metric);
    writer.finish(run.reasons, run.ranks, telemetry);
}

}  // namespace rackproof
