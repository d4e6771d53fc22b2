#include <fmt/core.h>

#include <future>
#include <random>

#include "analysis/simulator/fleet_simulator.hpp"
#include "analysis/simulator/truth.hpp"
#include "app/commands.hpp"
#include "app/output.hpp"
#include "app/scenario_file.hpp"
#include "core/error.hpp"
#include "results/run_file_writer.hpp"

namespace rackproof {
namespace {

std::uint64_t drawn_seed() {
    std::random_device device;
    return device();
}

/// One metric is made while the one before is written.
void write_fleet(const simulator::FleetSimulator& fleet, const std::filesystem::path& path) {
    run_file::RunFileWriter writer{fleet.frame(), path};
    const auto make = [&fleet](std::size_t index) {
        return std::async(std::launch::async, [&fleet, index] { return fleet.metric(index); });
    };
    std::vector<Reason> reasons;
    auto next = make(0);
    for (std::size_t i = 0; i < fleet.metric_count(); ++i) {
        const simulator::SimulatedMetric made = next.get();
        if (i + 1 < fleet.metric_count()) next = make(i + 1);
        writer.add(made.metric);
        reasons.insert(reasons.end(), made.reasons.begin(), made.reasons.end());
    }
    writer.finish(reasons, {});
}

/// A file a night in the folder: "night-01.h5".
void write_nights(const simulator::Scenario& scenario, std::uint64_t seed,
                  const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) throw Error{"make the folder " + folder.string(), error.message()};
    for (std::int32_t night = 1; night <= scenario.nights; ++night) {
        write_fleet(simulator::FleetSimulator{scenario, seed, night},
                    folder / fmt::format("night-{:02}.h5", night));
    }
}

}  // namespace

int simulate_command(const SimulateArguments& arguments) {
    ScenarioFile file = read_scenario(find_scenario(arguments.scenario), arguments.settings);
    const std::uint64_t seed = arguments.seed ? *arguments.seed
                               : file.seed    ? *file.seed
                                              : drawn_seed();
    const simulator::FleetSimulator fleet{file.scenario, seed};
    if (file.scenario.nights == 1) {
        write_fleet(fleet, arguments.output);
    } else {
        write_nights(file.scenario, seed, arguments.output);
    }
    if (arguments.truth) write_text_file(*arguments.truth, simulator::truth_json(fleet));
    write_stdout(fmt::format("{}: {} nodes, {} devices, {} metrics, {} planted faults; seed {}\n",
                             arguments.output.string(), fleet.frame().nodes.size(),
                             fleet.frame().devices.size(), fleet.metric_count(),
                             fleet.planted().size(), seed));
    return 0;
}

}  // namespace rackproof
