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
        "Examples:\n"
        "  rackproof simulate slow-devices -o slow.h5 --truth truth.json --seed 7\n"
        "  rackproof judge slow.h5\n"
        "  rackproof simulate pairs -o pairs.h5 --set pairs.rounds=8\n\n"
        "docs/simulator.md lists a scenario's keys.");
    simulate->callback(
        [arguments, &action] { action = [arguments] { return simulate_command(*arguments); }; });
}

/// How a log is told which node it is of.
void add_import_names(CLI::App& import, ImportArguments& arguments) {
    CLI::Option* node = import
                            .add_option("--node", arguments.node,
                                        "The node that all files are of, where the logs do not "
                                        "say it")
                            ->type_name("NAME");
    import
        .add_option("--node-from", arguments.node_pattern,
                    "Where the end of a file's path has the node: 'burn-{node}.log', "
                    "'{node}/*.json'")
        ->type_name("PATTERN")
        ->excludes(node);
    import
        .add_option("--collective", arguments.collective,
                    "nccl-tests: all_reduce and the like, where neither log nor file name says it")
        ->type_name("NAME");
}

void add_import(CLI::App& app, std::function<int()>& action) {
    CLI::App* import = app.add_subcommand("import", "Make run files of what other tools measured");
    auto arguments = std::make_shared<ImportArguments>();
    import
        ->add_option("FORMAT", arguments->format,
                     "csv: one value a line (docs/file-format.md); superbench, nccl-tests, "
                     "nvbandwidth, dcgm, gpu-burn: what these print (docs/import.md)")
        ->required()
        ->check(
            CLI::IsMember({"csv", "superbench", "nccl-tests", "nvbandwidth", "dcgm", "gpu-burn"}));
    import->add_option("FILE", arguments->files, "One or more files")->required()->type_name("");
    import
        ->add_option("--output,-o", arguments->output,
                     "The run file to write; a folder, if the rows of CSV are of several runs")
        ->required()
        ->type_name("RUN.h5");
    import
        ->add_option("--fleet", arguments->fleet,
                     "Which nodes and devices there must be, and where they stand (default: what "
                     "most nodes of a sku have)")
        ->type_name("FILE");
    add_import_names(*import, *arguments);
    import->add_flag("--skip-bad", arguments->skip_bad,
                     "List bad rows or lines and leave them out; the run is then marked "
                     "incomplete");
    import->footer(
        "Examples:\n"
        "  rackproof import csv january.csv -o january.h5 --fleet fleet.toml\n"
        "  rackproof import nccl-tests logs/*.log -o nccl.h5\n"
        "  rackproof import gpu-burn */gpu_burn.log --node-from '{node}/gpu_burn.log' -o burn.h5\n"
        "  rackproof judge nccl.h5");
    import->callback(
        [arguments, &action] { action = [arguments] { return import_command(*arguments);
};
}  // namespace
);
}  // namespace rackproof

void add_merge(CLI::App& app, std::function<int()>& action) {
    CLI::App* merge =
        app.add_subcommand("merge", "Join the run files of racks to one of the fleet");
    auto arguments = std::make_shared<MergeArguments>();
    merge->add_option("RUN.h5", arguments->inputs, "Run files of one plan and different nodes")
        ->required()
        ->type_name("");
    merge->add_option("--output,-o", arguments->output, "The run file to write")
        ->required()
        ->type_name("ALL.h5");
    merge->footer(
        "Any subset, in any order; incomplete ones make the whole incomplete.\n"
        "Example:\n"
        "  rackproof merge racks/*/run.h5 -o all.h5\n"
        "  rackproof judge all.h5");
    merge->callback(
        [arguments, &action] { action = [arguments] { return merge_command(*arguments); }; });
}

}  // namespace

void add_file_subcommands(CLI::App& app, std::function<int()>& action) {
    add_simulate(app, action);
    add_import(app, action);
    add_merge(app, action);
}

}  // namespace rackproof
