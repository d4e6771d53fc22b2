#include "app/file_subcommands.hpp"

#include <memory>

#include "app/commands.hpp"

namespace rackproof {
namespace {

void add_simulate(CLI::App& app, std::function<int()>& action) {
    CLI::App* simulate =
        app.add_subcommand("simulate", "Make the run file of a fleet with planted faults");
    auto arguments = std::make_shared<SimulateArguments>();
    simulate
        ->add_option("SCENARIO", arguments->scenario,
                     "A scenario's file, or the name of a shipped one (plans/scenarios)")
        ->required()
        ->type_name("");
    simulate->add_option("--output,-o", arguments->output, "The run file to write")
        ->required()
        ->type_name("RUN.h5");
    simulate->add_option("--truth", arguments->truth, "Write there (JSON) what was planted where")
        ->type_name("FILE");
    simulate
        ->add_option("--seed", arguments->seed,
                     "The same seed gives the same fleet (default: the scenario's own, else drawn "
                     "and printed)")
        ->type_name("NUMBER");
    simulate
        ->add_option("--set", arguments->settings,
                     "Change a key of the scenario: fleet.nodes=64, fault.0.size=0.07")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    simulate->footer(
        "Example:\n"
        "  rackproof simulate slow-devices -o slow.h5 --truth truth.json --seed 7\n"
        "  rackproof judge slow.h5\n\n"
        "docs/simulator.md lists a scenario's keys.");
    simulate->callback(
        [arguments, &action] { action = [arguments] { return simulate_command(*arguments); }; });
}

}  // namespace

void add_file_subcommands(CLI::App& app, std::function<int()>& action) {
    add_simulate(app, action);
}

}  // namespace rackproof
