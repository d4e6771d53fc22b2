// How long `rackproof merge` takes: writes the run files of so many racks (1,000 unless told
// otherwise; 8 nodes x 8 devices x 48 metrics x 5 repetitions each) to a folder and merges them.
//   merge_racks FOLDER [RACKS]
#include <fmt/core.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "analysis/simulator/fleet_simulator.hpp"
#include "bench/process_usage.hpp"
#include "core/clock.hpp"
#include "results/merge.hpp"
#include "results/run_file.hpp"

namespace {

using rackproof::simulator::FleetSimulator;
using rackproof::simulator::Scenario;

Scenario one_rack() {
    Scenario scenario;
    scenario.nodes = 8;
    for (int i = 0; i < 48; ++i) {
        auto& metric = scenario.metrics.emplace_back();
        metric.name = fmt::format("gemm.m{}", i);
        metric.unit = "FLOP/s";
        metric.centre = 1e12;
    }
    return scenario;
}

std::vector<std::filesystem::path> write_racks(const std::filesystem::path& folder, int racks) {
    std::vector<std::filesystem::path> paths;
    for (int rack = 0; rack < racks; ++rack) {
        rackproof::Run run = simulate(FleetSimulator{one_rack(), static_cast<std::uint64_t>(rack)});
        for (rackproof::Node& node : run.nodes) {
            node.rack = fmt::format("r{:05}", rack);
            node.name = node.rack + "n" + node.slot;
        }
        paths.push_back(folder / fmt::format("rack-{}.h5", rack));
        write_run_file(run, paths.back());
    }
    return paths;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: merge_racks FOLDER [RACKS]\n");
        return 2;
    }
    const std::filesystem::path folder{argv[1]};
    const int racks = argc > 2 ? std::atoi(argv[2]) : 1000;
    const std::vector<std::filesystem::path> paths = write_racks(folder, racks);
    const auto start = rackproof::SteadyClock::now();
    const double processor_before_s = rackproof::bench::processor_s();
    const rackproof::Merged merged = rackproof::merge_run_files({paths, folder / "all.h5"});
    const double merge_s = rackproof::seconds_since(start);
    fmt::print(
        "{} files, {} nodes, {} devices, {} metrics: merged in {:.2f} s ({:.2f} s of processor "
        "time); peak memory {:.0f} MB\n",
        racks, merged.nodes, merged.devices, merged.metrics, merge_s,
        rackproof::bench::processor_s() - processor_before_s, rackproof::bench::peak_mb());
    for (const std::filesystem::path& path : paths) std::filesystem::remove(path);
    std::filesystem::remove(folder / "all.h5");
    return 0;
}
