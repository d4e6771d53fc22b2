#include "app/command_line.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/certificate_subcommands.hpp"
#include "app/commands.hpp"
#include "app/completion.hpp"
#include "app/file_subcommands.hpp"
#include "app/hwcheck_subcommand.hpp"
#include "app/slurm_subcommands.hpp"
#include "core/version.hpp"
#include "hwcheck/gpu_reader.hpp"
#include "hwcheck/gpu_reader_child.hpp"
#include "runners/pretend_worker.hpp"
#include "runners/run_plan.hpp"

namespace rackproof {
namespace {

constexpr int kUsageError = 2;

constexpr const char* kExitStatus =
    "Exit status: 0 all well; 1 bad hardware found; 2 wrong usage or input;\n"
    "3 the run failed, is incomplete, or a required cell has no data.";

using Action = std::function<int()>;

constexpr const char* kWaiversHelp =
    "Findings that somebody bears until a day (docs/repair.md); they are shown as waived";

void add_fleet_options(CLI::App& command, FleetArguments& where) {
    auto* fleet =
        command
            .add_option(
                "--fleet", where.fleet,
                "The nodes, TOML or CSV (docs/fleet-file.md); without it this machine, or the "
                "Slurm allocation")
            ->type_name("FILE");
    command
        .add_option("--hosts", where.hosts,
                    "The nodes by name alone, in place of a fleet file: n[001-018],gpu1")
        ->type_name("LIST")
        ->excludes(fleet);
    command
        .add_option("--launcher", where.launcher,
                    "local (default), mpirun (default with --fleet or --hosts) or slurm")
        ->type_name("NAME");
    command
        .add_option("--rsh-agent", where.rsh_agent,
                    "mpirun: starts a command on a host, as AGENT HOST COMMAND (default: ssh)")
        ->type_name("WORDS");
    command
        .add_option("--listen", where.listen,
                    "The address that workers connect to (default: that on the way to the nodes)")
        ->type_name("IPV4");
    command
        .add_option("--network", where.network,
                    "mpirun: networks (10.1.0.0/16) or interfaces for MPI (default: the network "
                    "of the --listen address)")
        ->type_name("NETS");
}

void add_plan_changes(CLI::App& command, PlanChanges& changes) {
    command
        .add_option("--set", changes.settings,
                    "Changes the plan: a path of keys, positions in lists from 0, and a TOML "
                    "value; any number of times")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command.add_flag("--all-pairs", changes.all_pairs,
                     "In stages over pairs every two nodes meet: N - 1 rounds, for a rack "
                     "(docs/plan-file.md)");
}

void add_run(CLI::App& app, Action& action, const std::vector<std::string>& typed) {
    CLI::App* run = app.add_subcommand(
        "run", "Run a plan on this machine or a fleet, judge it, print verdicts");
    auto arguments = std::make_shared<RunArguments>();
    arguments->command_line = typed;
    run->add_option(
           "PLAN", arguments->plan,
           "A plan's file, or the name of a shipped plan; with --resume it may be left out")
        ->type_name("");
    auto* out = run->add_option("--out", arguments->directory,
                                "For journal, run.h5 and verdicts.json; new or empty (default: "
                                "rackproof-PLAN-TIME here)")
                    ->type_name("FOLDER");
    run->add_option("--resume", arguments->resume,
                    "Go on with the run in that folder: only what is open runs")
        ->type_name("FOLDER")
        ->excludes(out);
    auto* only =
        run->add_option("--only", arguments->only, "With --amend: the nodes that were repaired")
            ->type_name("NODE,...")
            ->delimiter(',');
    run->add_option("--amend", arguments->amend,
                    "Run that run's own plan again on the --only nodes; the new attempts go beside "
                    "the old ones into that file (docs/repair.md)")
        ->type_name("RUN.h5")
        ->needs(only)
        ->excludes("--resume");
    only->needs("--amend");
    add_fleet_options(*run, arguments->where);
    add_plan_changes(*run, arguments->changes);
    run->add_flag("--i-have-site-consent", arguments->site_consent,
                  "Whoever feeds this site has agreed to the plan's power swing "
                  "(docs/power-swing.md); without it such a plan is refused");
    for (const char* change : {"--set", "--all-pairs"}) {
        run->get_option(change)->excludes("--resume")->excludes("--amend");
    }
    run->footer(std::string{"Examples:\n  rackproof run smoke --out runs/first\n"
                            "  rackproof run accept --fleet rack12.toml --out runs/rack12\n"
                            "  rackproof run nightly --hosts n[001-018] --set run.retests=2\n"
                            "  rackproof run --resume runs/rack12\n"
                            "  rackproof run --only n003 --amend runs/rack12/run.h5\n\n"} +
                kExitStatus);
    run->callback(
        [arguments, &action] { action = [arguments] { return run_command(*arguments); }; });
}

void add_plan(CLI::App& app, Action& action) {
    CLI::App* plan = app.add_subcommand(
        "plan", "Say what a plan asks of a fleet: cells, jobs, time, power; starts nothing");
    auto arguments = std::make_shared<PlanArguments>();
    plan->add_option("PLAN", arguments->plan, "A plan's file, or the name of a shipped plan")
        ->required()
        ->type_name("");
    plan->add_option("--fleet", arguments->fleet,
                     "The nodes, TOML or CSV (docs/fleet-file.md); without it this machine")
        ->type_name("FILE");
    plan->add_option("--devices", arguments->devices,
                     "Of each node whose devices the fleet file does not count")
        ->type_name("N")
        ->check(CLI::Range(1, 1024));
    add_plan_changes(*plan, arguments->changes);
    plan->footer("Example:\n  rackproof plan accept --fleet rack12.toml --devices 8");
    plan->callback(
        [arguments, &action] { action = [arguments] { return plan_command(*arguments); }; });
}

void add_watch(CLI::App& app, Action& action) {
    CLI::App* watch =
        app.add_subcommand("watch", "Show a run from its folder: rates, temperatures, worst first");
    auto arguments = std::make_shared<WatchArguments>();
    watch
        ->add_option("FOLDER", arguments->directory,
                     "Of a run that is under way, finished or crashed; it says which")
        ->required()
        ->type_name("");
    watch->add_flag_callback(
        "--once", [arguments] { arguments->show = WatchArguments::Show::Once; },
        "Print one table and end; so too where stdout is no terminal");
    watch->footer(
        "Examples:\n  rackproof watch runs/rack12\n  rackproof watch runs/rack12 --once\n\n"
        "On a terminal it is drawn anew each second, until the run ends or somebody types q.\n\n"
        "Exit status: 0 it runs, or is complete; 2 wrong usage or input; 3 it crashed, its\n"
        "controller writes nothing, or it ended before it was through. It judges nothing.");
    watch->callback(
        [arguments, &action] { action = [arguments] { return watch_command(*arguments); }; });
}

void add_judge(CLI::App& app, Action& action) {
    CLI::App* judge = app.add_subcommand("judge", "Judge a stored run again; never changes it");
    auto arguments = std::make_shared<JudgeArguments>();
    judge->add_option("RUN.h5", arguments->run_file, "A run file")->required()->type_name("");
    judge
        ->add_option(
            "--policy", arguments->policy,
            "A policy in place of the one in the run's own plan: a file (TOML), or the name "
            "of a shipped one (default, strict-acceptance, nightly)")
        ->type_name("POLICY");
    judge->add_option("--json", arguments->json, "Write the verdicts there; - for stdout")
        ->type_name("FILE");
    judge->add_option("--waivers", arguments->waivers, kWaiversHelp)->type_name("FILE");
    judge
        ->add_option("--history", arguments->history,
                     "A folder of earlier run files (also in its folders): say what got worse "
                     "against its own past, and since when (docs/history.md)")
        ->type_name("DIR");
    judge
        ->add_option("--baseline", arguments->baseline,
                     "An accepted run of the same sku: hold each value against the limit that its "
                     "nodes give (docs/baselines.md)")
        ->type_name("RUN.h5");
    judge->add_flag("--sensitivity", arguments->sensitivity,
                    "Say too what slowdown the run could have seen in each metric");
    judge->footer(
        std::string{"Examples:\n  rackproof judge runs/first/run.h5 --policy strict-acceptance\n"
                    "  rackproof judge runs/first/run.h5 --sensitivity\n"
                    "  rackproof judge runs/tonight/run.h5 --history runs\n\n"} +
        kExitStatus);
    judge->callback(
        [arguments, &action] { action = [arguments] { return judge_command(*arguments); }; });
}

/// One flag a format, no two of them together. Returns the one for Slurm.
/// The flags, each excluding the others; the last is that of Slurm.
std::vector<CLI::Option*> add_report_formats(CLI::App& report,
                                             const std::shared_ptr<ReportArguments>& arguments) {
    struct Choice {
        const char* flag;
        ReportFormat format;
        const char* help;
    };
    static constexpr Choice kChoices[] = {
        {"--json", ReportFormat::Json, "Verdicts as JSON (docs/file-format.md)"},
        {"--csv", ReportFormat::Csv, "Every sample, one a line, as CSV (docs/file-format.md)"},
        {"--junit", ReportFormat::Junit,
         "Verdicts as JUnit XML: a test suite for each suite, a test case for each node"},
        {"--markdown", ReportFormat::Markdown,
         "A summary for a ticket, in Markdown: counts, the worst findings, coverage"},
        {"--prometheus", ReportFormat::Prometheus,
         "Verdicts and counts for Prometheus's textfile collector (docs/reports.md)"},
        {"--slurm", ReportFormat::Slurm, "The scontrol lines that drain the nodes that failed"}};
    std::vector<CLI::Option*> flags;
    for (const Choice& choice : kChoices) {
        CLI::Option* flag = report.add_flag_callback(
            choice.flag, [arguments, &choice] { arguments->format = choice.format; }, choice.help);
        for (CLI::Option* other : flags) flag->excludes(other);
        flags.push_back(flag);
    }
    return flags;
}

/// --html, and what belongs to it alone. Returns that option.
CLI::Option* add_html_options(CLI::App& report, const std::shared_ptr<ReportArguments>& arguments) {
    CLI::Option* html = report.add_option_function<std::string>(
        "--html",
        [arguments](const std::string& file) {
            arguments->format = ReportFormat::Html;
            arguments->output = file;
        },
        "One self-contained page for people: verdicts, floor map, every node and metric "
        "(docs/reports.md)");
    html->type_name("OUT.html");
    report
        .add_option("--history", arguments->history,
                    "With --html: a folder of earlier run files, to say what got worse")
        ->type_name("DIR")
        ->needs(html);
    CLI::Option* certificate =
        report
            .add_option("--certificate", arguments->certificate,
                        "With --html: the run's certificate, of which the page then carries the "
                        "fingerprint; refused if it is not of this run and these verdicts")
            ->type_name("FILE")
            ->needs(html);
    CLI::Option* key = report
                           .add_option("--key", arguments->key,
                                       "With --certificate: the public key that it must be signed "
                                       "with")
                           ->type_name("FILE.pub");
    key->needs(certificate);
    certificate->needs(key);
    return html;
}

/// --fleet, and what belongs to it alone: the run file and all formats but JSON and Prometheus are
/// not for it.
void add_fleet_report(CLI::App& report, const std::shared_ptr<ReportArguments>& arguments,
                      CLI::Option* run_file) {
    CLI::Option* fleet =
        report
            .add_option("--fleet", arguments->fleet,
                        "In place of RUN.h5: a folder of nightly run files (also in its folders): "
                        "who got worse, repeat offenders, verdicts by night, racks and rows; as "
                        "text, --json or --prometheus (docs/reports.md)")
            ->type_name("DIR")
            ->excludes(run_file);
    for (const char* option : {"--csv", "--junit", "--markdown", "--slurm", "--html"}) {
        fleet->excludes(option);
    }
    report.add_option("--nights", arguments->nights, "With --fleet: only so many of the newest")
        ->type_name("N")
        ->check(CLI::Range(1, 366))
        ->capture_default_str()
        ->needs(fleet);
}

void add_report(CLI::App& app, Action& action) {
    CLI::App* report = app.add_subcommand("report",
                                          "Render a run, or the nights of a fleet: verdicts and "
                                          "metrics as text, HTML, JSON, CSV, JUnit, Markdown, "
                                          "Prometheus, Slurm");
    auto arguments = std::make_shared<ReportArguments>();
    CLI::Option* run_file =
        report->add_option("RUN.h5", arguments->run_file, "A run file")->type_name("");
    const std::vector<CLI::Option*> formats = add_report_formats(*report, arguments);
    CLI::Option* html = add_html_options(*report, arguments);
    for (CLI::Option* format : formats) html->excludes(format);
    report
        ->add_flag_callback(
            "--apply", [arguments] { arguments->drain = DrainNodes::Apply; },
            "With --slurm: drain them")
        ->needs(formats.back());
    report
        ->add_option(
            "--policy", arguments->policy,
            "A policy in place of the one in the run's own plan: a file (TOML), or the name "
            "of a shipped one (default, strict-acceptance, nightly)")
        ->type_name("POLICY");
    report->add_option("--output,-o", arguments->output, "Write there instead of to stdout")
        ->type_name("FILE")
        ->excludes(html);
    report->add_option("--waivers", arguments->waivers, kWaiversHelp)->type_name("FILE");
    add_fleet_report(*report, arguments, run_file);
    report->footer(std::string{"Examples:\n  rackproof report runs/first/run.h5 --html first.html\n"
                               "  rackproof report runs/first/run.h5 --csv -o first.csv\n"
                               "  rackproof report runs/first/run.h5 --junit -o first.xml\n"
                               "  rackproof report runs/first/run.h5 --markdown\n"
                               "  rackproof report --fleet runs\n"
                               "  rackproof report --fleet runs --prometheus -o fleet.prom\n\n"} +
                   kExitStatus);
    report->callback([arguments, &action] {
        if (arguments->run_file.empty() && !arguments->fleet) {
            throw CLI::RequiredError("RUN.h5, or --fleet DIR,");
        }
        action = [arguments] { return report_command(*arguments); };
    });
}

void add_rma(CLI::App& app, Action& action) {
    CLI::App* rma = app.add_subcommand(
        "rma", "List the parts that failed for their vendor: slot, serial, evidence");
    auto arguments = std::make_shared<RmaArguments>();
    rma->add_option("RUN.h5", arguments->run_file, "A run file")->required()->type_name("");
    rma->add_flag_callback(
        "--csv", [arguments] { arguments->format = RmaFormat::Csv; },
        "As CSV, a line a part and finding");
    rma->add_option("--policy", arguments->policy,
                    "A policy in place of the one in the run's own plan: a file (TOML), or the "
                    "name of a shipped one")
        ->type_name("POLICY");
    rma->add_option("--waivers", arguments->waivers, kWaiversHelp)->type_name("FILE");
    rma->add_option("--output,-o", arguments->output, "Write there instead of to stdout")
        ->type_name("FILE");
    rma->footer(std::string{"Example:\n  rackproof rma runs/first/run.h5 --csv -o rma.csv\n\n"} +
                kExitStatus);
    rma->callback(
        [arguments, &action] { action = [arguments] { return rma_command(*arguments); }; });
}

void add_list(CLI::App& app, Action& action) {
    CLI::App* list = app.add_subcommand("list", "Say what there is");
    static const std::map<std::string, Listing> kListings = {{"suites", Listing::Suites},
                                                             {"cases", Listing::Cases},
                                                             {"metrics", Listing::Metrics},
                                                             {"plans", Listing::Plans},
                                                             {"devices", Listing::Devices}};
    auto what = std::make_shared<std::string>();
    list->add_option("WHAT", *what, "suites, cases, metrics, plans or devices")
        ->required()
        ->check(CLI::IsMember(kListings));
    list->footer("Example:\n  rackproof list devices");
    list->callback(
        [what, &action] { action = [what] { return list_command(kListings.at(*what)); }; });
}

/// Started by the controller through mpirun; not for people, and not listed. --pretend is for
/// putting a controller to the test (bench/pretend_fleet.cpp).
void add_worker(CLI::App& app, Action& action) {
    CLI::App* worker = app.add_subcommand("worker", "");
    worker->group("");
    auto pretence = std::make_shared<Pretence>();
    CLI::Option* pretend = worker->add_flag("--pretend");
    worker->add_option("--ranks", pretence->ranks)->needs(pretend);
    worker->add_option("--host", pretence->host)->needs(pretend);
    worker->add_option("--sensors", pretence->sensors)->needs(pretend);
    worker->add_option("--rate", pretence->readings_per_s)->needs(pretend);
    worker->add_option("--duration", pretence->duration_s)->needs(pretend);
    worker->add_option("--records", pretence->records)->needs(pretend);
    worker->add_option("--text-size", pretence->text_size)->needs(pretend);
    worker->callback([pretence, pretend, &action] {
        action = run_worker;
        if (pretend->count() == 0) return;
        action = [pretence] { return run_pretend_workers(seat_from_environment(), *pretence); };
    });
}

/// Started by rackproof itself, to ask NVML in a process that may hang; not for people.
void add_gpu_reader(CLI::App& app, Action& action) {
    CLI::App* reader = app.add_subcommand(kGpuReaderCommand, "");
    reader->group("");
    reader->callback([&action] { action = [] { return serve_gpu_reader(STDIN_FILENO); }; });
}

}  // namespace

int run_command_line(int argc, char** argv) {
    CLI::App app{
        "rackproof proves racks before anyone trusts them: it runs compute, memory, collective\n"
        "and burn-in tests under MPI, keeps every sample, and names the nodes that are slow,\n"
        "wrong, hot, flaky or missing.",
        "rackproof"};
    app.set_version_flag("--version", std::string{"rackproof "} + kVersion);
    app.require_subcommand(1);
    app.footer(std::string{"Example:\n  rackproof run smoke\n\n"} + kExitStatus);
    Action action;
    add_run(app, action, {argv, argv + argc});
    add_plan(app, action);
    add_watch(app, action);
    add_hwcheck_subcommands(app, action);
    add_judge(app, action);
    add_report(app, action);
    add_rma(app, action);
    add_file_subcommands(app, action);
    add_certificate_subcommands(app, action);
    add_slurm_subcommands(app, action);
    add_list(app, action);
    add_completion(app, action);
    add_worker(app, action);
    add_gpu_reader(app, action);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kUsageError;
    }
    return action();
}

}  // namespace rackproof
