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
    simulate
        ->add_option("--output,-o", arguments->output,
                     "The run file to write; a folder, if the scenario has several nights")
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
void add_import_names(CLI::App& command, ImportArguments& arguments) {
    CLI::Option* node = command
                            .add_option("--node", arguments.node,
                                        "The node that all files are of, where the logs do not "
                                        "say it")
                            ->type_name("NAME");
    command
        .add_option("--node-from", arguments.node_pattern,
                    "Where the end of a file's path has the node: 'burn-{node}.log', "
                    "'{node}/*.json'")
        ->type_name("PATTERN")
        ->excludes(node);
    command
        .add_option("--collective", arguments.collective,
                    "nccl-tests: all_reduce and the like, where neither log nor file name says it")
        ->type_name("NAME");
}

void add_import(CLI::App& app, std::function<int()>& action) {
    CLI::App* command = app.add_subcommand("import", "Make run files of what other tools measured");
    auto arguments = std::make_shared<ImportArguments>();
    command
        ->add_option("FORMAT", arguments->format,
                     "csv: one value a line (docs/file-format.md); superbench, nccl-tests, "
                     "nvbandwidth, dcgm, gpu-burn: what these print (docs/import.md)")
        ->required()
        ->check(
            CLI::IsMember({"csv", "superbench", "nccl-tests", "nvbandwidth", "dcgm", "gpu-burn"}));
    command->add_option("FILE", arguments->files, "One or more files")->required()->type_name("");
    command
        ->add_option("--output,-o", arguments->output,
                     "The run file to write; a folder, if the rows of CSV are of several runs")
        ->required()
        ->type_name("RUN.h5");
    command
        ->add_option("--fleet", arguments->fleet,
                     "Which nodes and devices there must be, and where they stand (default: what "
                     "most nodes of a sku have)")
        ->type_name("FILE");
    add_import_names(*command, *arguments);
    command
        ->add_option("--started", arguments->started,
                     "When it was measured, as 2026-11-28T04:41:11Z (or with +01:00), where the "
                     "files do not say it; without, the run has no place in a history")
        ->type_name("TIME");
    command->add_flag("--skip-bad", arguments->skip_bad,
                      "List bad rows or lines and leave them out; the run is then marked "
                      "incomplete");
    command->footer(
        "Examples:\n"
        "  rackproof import csv january.csv -o january.h5 --fleet fleet.toml\n"
        "  rackproof import nccl-tests logs/*.log -o nccl.h5 --started 2026-11-28T04:41:11Z\n"
        "  rackproof import gpu-burn */gpu_burn.log --node-from '{node}/gpu_burn.log' -o burn.h5\n"
        "  rackproof judge nccl.h5");
    command->callback(
        [arguments, &action] { action = [arguments] { return import_command(*arguments); }; });
}

void add_swing(CLI::App& app, std::function<int()>& action) {
    CLI::App* swing = app.add_subcommand(
        "swing", "Say what a run's power swing did, and whether it kept the utility's limits");
    auto arguments = std::make_shared<SwingArguments>();
    swing->add_option("RUN.h5", arguments->run_file, "A run of a plan with suite power_swing")
        ->required()
        ->type_name("");
    swing
        ->add_option("--meter", arguments->meter,
                     "What an external meter read meanwhile, CSV: time and power_W, power_kW or "
                     "power_MW; in place of the nodes' own sensors")
        ->type_name("CSV");
    swing
        ->add_option("--limits", arguments->limits,
                     "What the utility allows (TOML): range, ramp, bands (docs/power-swing.md)")
        ->type_name("FILE");
    swing->add_option("--json", arguments->json, "Write all of it there; - for stdout")
        ->type_name("FILE");
    swing->footer(
        "Examples:\n"
        "  rackproof swing runs/swing/run.h5\n"
        "  rackproof swing runs/swing/run.h5 --meter feeder.csv --limits utility.toml\n\n"
        "Exit status: 1 a limit was exceeded; else 3 a wave did not complete, or what a limit\n"
        "asks for cannot be known from this meter or these sensors; else 0; 2 wrong usage or\n"
        "input.");
    swing->callback(
        [arguments, &action] { action = [arguments] { return swing_command(*arguments); }; });
}

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
    merge
        ->add_option("--fleet", arguments->fleet,
                     "The fleet file or delivery list (CSV): nodes of it that are in no file are "
                     "judged as absent, and serials are held against it (docs/hwcheck.md)")
        ->type_name("FLEET");
    merge->footer(
        "Any subset, in any order; incomplete ones make the whole incomplete.\n"
        "Example:\n"
        "  rackproof merge racks/*/run.h5 -o all.h5\n"
        "  rackproof merge n*.h5 --fleet delivered.csv -o all.h5     # of rackproof hwcheck -o\n"
        "  rackproof judge all.h5");
    merge->callback(
        [arguments, &action] { action = [arguments] { return merge_command(*arguments); }; });
}

void add_history(CLI::App& app, std::function<int()>& action) {
    CLI::App* history = app.add_subcommand(
        "history", "Show one node's past: its numbers, verdicts and events, run by run");
    auto arguments = std::make_shared<HistoryArguments>();
    history->add_option("DIR", arguments->folder, "A folder of run files, also in its folders")
        ->required()
        ->type_name("");
    history->add_option("NODE", arguments->node, "The node's name")->required()->type_name("");
    history
        ->add_option("--policy", arguments->policy,
                     "A policy in place of those in the runs' own plans: a file (TOML), or the "
                     "name of a shipped one")
        ->type_name("POLICY");
    history
        ->add_option("--waivers", arguments->waivers,
                     "Findings that somebody bears until a day (docs/repair.md); they are shown as "
                     "waived")
        ->type_name("FILE");
    history->footer(
        "Example:\n  rackproof history runs n003\n\n"
        "Exit status: 0 shown; 2 wrong usage or input. docs/history.md");
    history->callback(
        [arguments, &action] { action = [arguments] { return history_command(*arguments); }; });
}

void add_baseline(CLI::App& app, std::function<int()>& action) {
    CLI::App* baseline = app.add_subcommand(
        "baseline", "Derive limits with confidence from accepted racks, as a policy");
    auto arguments = std::make_shared<BaselineArguments>();
    baseline->add_option("RUN.h5", arguments->run_files, "Run files of accepted racks of one sku")
        ->required()
        ->type_name("");
    baseline->add_option("--output,-o", arguments->output, "The policy to write")
        ->required()
        ->type_name("LIMITS.toml");
    baseline
        ->add_option("--policy", arguments->policy,
                     "Nodes that fail by it, or have no data, are left out (default: by the runs' "
                     "own plans'): a file (TOML), or the name of a shipped one")
        ->type_name("POLICY");
    baseline
        ->add_option("--content", arguments->content,
                     "The share of healthy devices that is to keep a limit")
        ->type_name("SHARE")
        ->check(CLI::Range(0.5, 0.999999))
        ->capture_default_str();
    baseline->add_option("--confidence", arguments->confidence, "And how sure that is")
        ->type_name("SHARE")
        ->check(CLI::Range(0.5, 0.999999))
        ->capture_default_str();
    baseline->footer(
        "Example:\n"
        "  rackproof baseline accepted/*.h5 -o limits.toml\n"
        "  rackproof judge rack13/run.h5 --policy limits.toml\n\n"
        "docs/baselines.md says what the limits rest on.");
    baseline->callback(
        [arguments, &action] { action = [arguments] { return baseline_command(*arguments); }; });
}

void add_compare(CLI::App& app, std::function<int()>& action) {
    CLI::App* compare = app.add_subcommand(
        "compare",
        "Hold runs against each other, like with like: vendors, racks, before and after");
    auto arguments = std::make_shared<CompareArguments>();
    constexpr int kFewestRuns = 2;
    compare->add_option("RUN.h5", arguments->run_files, "Each is held against the first")
        ->required()
        ->expected(kFewestRuns, -1)
        ->type_name("");
    compare
        ->add_option(
            "--policy", arguments->policy,
            "By which the nodes of all are judged (default: that of the first run's plan): "
            "a file (TOML), or the name of a shipped one")
        ->type_name("POLICY");
    CLI::Option* csv = compare->add_flag_callback(
        "--csv", [arguments] { arguments->format = CompareFormat::Csv; },
        "As CSV, a line a metric and pair");
    CLI::Option* output =
        compare->add_option("--output,-o", arguments->output, "Write there instead of to stdout")
            ->type_name("FILE");
    compare
        ->add_option_function<std::string>(
            "--html",
            [arguments](const std::string& file) {
                arguments->format = CompareFormat::Html;
                arguments->output = file;
            },
            "One self-contained page for people: yield, differences with intervals, distributions")
        ->type_name("OUT.html")
        ->excludes(csv)
        ->excludes(output);
    compare->footer(
        "Examples:\n"
        "  rackproof compare acme.h5 bolt.h5 --policy strict-acceptance\n"
        "  rackproof compare acme.h5 bolt.h5 --html vendors.html\n\n"
        "Exit status: 0 something was compared; 3 nothing could be; 2 wrong usage or input.\n"
        "docs/compare.md");
    compare->callback(
        [arguments, &action] { action = [arguments] { return compare_command(*arguments); }; });
}

}  // namespace

void add_file_subcommands(CLI::App& app, std::function<int()>& action) {
    add_simulate(app, action);
    add_import(app, action);
    add_merge(app, action);
    add_swing(app, action);
    add_history(app, action);
    add_baseline(app, action);
    add_compare(app, action);
}

}  // namespace rackproof
