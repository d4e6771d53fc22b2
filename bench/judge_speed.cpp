// How long it takes to judge a large run file, beside the time of merely reading its matrices with
// HDF5, in the same run.
//
//   judge_speed FILE [NODES [METRICS]]     makes FILE (131,072 nodes x 8 devices x 48 metrics x 5
//                                          repetitions) unless it is there, then measures

#include <fmt/core.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "analysis/judgement.hpp"
#include "analysis/simulator/fleet_simulator.hpp"
#include "core/memory.hpp"
#include "results/run_file_writer.hpp"
#include "results/stored_metrics.hpp"

namespace {

using namespace rackproof;

simulator::Scenario scenario(int nodes, int metrics) {
    simulator::Scenario fleet;
    fleet.name = "judge-speed";
    fleet.nodes = nodes;
    for (int i = 0; i < metrics; ++i) {
        simulator::MetricModel metric;
        metric.name = fmt::format("metric{:02}", i);
        metric.suite = fmt::format("suite{}", i / 8);
        metric.unit = "FLOP/s";
        metric.centre = 1e12 * (i + 1);
        metric.spread = 0.003 + 0.0005 * i;
        metric.tail = static_cast<simulator::Tail>(i % 3);
        fleet.metrics.push_back(metric);
    }
    simulator::FaultPlan fault;
    fault.name = "slow";
    fault.fraction = 0.001;
    fault.size_in_spreads = {8, 20};
    fleet.faults.push_back(fault);
    return fleet;
}

void make_file(const std::filesystem::path& path, int nodes, int metrics) {
    const simulator::FleetSimulator fleet{scenario(nodes, metrics), 1};
    run_file::RunFileWriter writer{fleet.frame(), path};
    for (std::size_t i = 0; i < fleet.metric_count(); ++i) writer.add(fleet.metric(i).metric);
    writer.finish({}, {});
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double peak_gigabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) * 1024 / 1e9;
}

/// Reads every metric and forgets it. Returns how many values there were.
std::size_t read_only(const std::filesystem::path& path) {
    StoredMetrics metrics{path};
    std::size_t values = 0;
    for (std::size_t i = 0; i < metrics.names().size(); ++i) {
        values += metrics.metric(i)->values.size();
    }
    return values;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: judge_speed FILE [NODES [METRICS]]\n");
        return 2;
    }
    const std::filesystem::path path = argv[1];
    const int nodes = argc > 2 ? std::atoi(argv[2]) : 131'072;
    const int metrics = argc > 3 ? std::atoi(argv[3]) : 48;
    if (!std::filesystem::exists(path)) make_file(path, nodes, metrics);
    keep_freed_memory();  // as rackproof judge does

    auto begin = std::chrono::steady_clock::now();
    const std::size_t values = read_only(path);
    const double reading = seconds_since(begin);
    fmt::print("{} values; read with HDF5: {:.2f} s\n", values, reading);

    begin = std::chrono::steady_clock::now();
    rackproof::StoredMetrics source{path};
    const rackproof::Judgement judgement = judge(source.facts(), source, {}, 2);
    const double judging = seconds_since(begin);
    fmt::print(
        "read and judged on 2 threads: {:.2f} s ({:.2f} x reading), {:.3g} values a second; "
        "peak {:.2f} GB; {} findings\n",
        judging, judging / reading, static_cast<double>(values) / judging, peak_gigabytes(),
        judgement.findings.size());
    return 0;
}
