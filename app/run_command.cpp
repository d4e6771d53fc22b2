#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>

#include "analysis/judgement.hpp"
#include "app/amendment.hpp"
#include "app/commands.hpp"
#include "app/gate.hpp"
#include "app/locations.hpp"
#include "app/output.hpp"
#include "app/plan_file.hpp"
#include "app/progress_display.hpp"
#include "app/resume.hpp"
#include "app/stop_signals.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "reports/reports.hpp"
#include "results/amend.hpp"
#include "results/run_file.hpp"
#include "results/stored_metrics.hpp"
#include "runners/run_plan.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

/// Makes the run's own folder. A folder that already holds a run is refused: nothing is lost.
std::filesystem::path make_directory(const RunArguments& arguments, const Plan& plan) {
    const std::filesystem::path directory =
        arguments.directory.value_or("rackproof-" + plan.name + "-" + utc_now());
    std::error_code error;
    if (std::filesystem::exists(directory / "journal", error)) {
        throw InputError{{directory.string(), {}, {}},
                         "already holds a run; expected a new or empty folder for --out"};
    }
    std::filesystem::create_directories(directory, error);
    if (error) throw Error{"make the folder " + directory.string(), error.message()};
    return directory;
}

std::string joined(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
    return line;
}

std::vector<std::string> host_names(const std::optional<Fleet>& fleet) {
    std::vector<std::string> names;
    if (!fleet) return names;
    for (const FleetNode& entry : fleet->nodes) {
        if (takes_part(entry.node)) names.push_back(entry.node.name);
    }
    return names;
}

record::RunStarted planned(const Plan& plan, const std::optional<Fleet>& fleet, Launcher& launcher,
                           RunOptions& options) {
    if (!fleet) return plan_run(plan);
    log_info("asking " + std::to_string(fleet->nodes.size()) + " nodes for their devices");
    return survey_and_plan(plan, *fleet, launcher, options);
}

/// A load that others feel is started by nobody who has not said so, each time.
void require_consent(const Plan& plan, const RunArguments& arguments) {
    if (arguments.site_consent) return;
    for (const Stage& stage : plan.stages) {
        for (const SuiteEntry& entry : stage.suites) {
            if (!needs_site_consent(entry.suite)) continue;
            throw InputError{"plan '" + plan.name + "', stage '" + stage.name + "': suite '" +
                             entry.suite +
                             "' makes the power of all nodes swing, which whoever feeds the site "
                             "must have agreed to; expected --i-have-site-consent"};
        }
    }
}

/// What is to be run, and where: all of a plan, or the rest of it.
struct RunToDo {
    std::filesystem::path directory;
    Plan plan;
    std::optional<Fleet> fleet;
    std::unique_ptr<Launcher> launcher;
    std::shared_ptr<Resumption> resumption;  ///< empty: a new run
    FleetArguments where;
};

RunToDo new_run(const RunArguments& arguments) {
    if (!arguments.plan) throw InputError{"expected a PLAN, or --resume with the folder of a run"};
    RunToDo work;
    work.plan = read_plan(find_plan(*arguments.plan), arguments.changes);
    require_consent(work.plan, arguments);
    const LaunchOptions launch = launch_options(arguments.where);
    work.fleet = fleet_of(arguments.where, launch.kind);
    work.launcher = make_launcher(launch, host_names(work.fleet));
    work.directory = make_directory(arguments, work.plan);
    work.where = arguments.where;
    return work;
}

/// The plan of a run again, on nodes of it that were repaired; in a folder beside its file.
RunToDo repair(const RunArguments& arguments, const Run& run) {
    if (arguments.plan || arguments.where.fleet || arguments.where.hosts) {
        throw InputError{
            "--amend takes plan and nodes from the run file; expected neither PLAN nor "
            "--fleet nor --hosts"};
    }
    RepairRun repair = repair_run(run, *arguments.amend, arguments.only, arguments.where);
    RunToDo work;
    work.plan = std::move(repair.plan);
    require_consent(work.plan, arguments);
    work.fleet = std::move(repair.fleet);
    work.where = std::move(repair.where);
    work.launcher = make_launcher(launch_options(work.where), host_names(work.fleet));
    RunArguments named = arguments;
    if (!named.directory) {
        named.directory = arguments.amend->parent_path() / ("repair-" + utc_now());
    }
    work.directory = make_directory(named, work.plan);
    return work;
}

RunToDo rest_of_run(const RunArguments& arguments) {
    std::optional<std::filesystem::path> plan_file;
    if (arguments.plan) plan_file = find_plan(*arguments.plan);
    RunToDo work;
    refuse_amended(*arguments.resume / "run.h5");
    ResumedRun run = resume_run(*arguments.resume, plan_file, arguments.where);
    std::vector<std::string> hosts;
    for (const Node& node : run.resumption->so_far.start.manifest.nodes) hosts.push_back(node.name);
    work.directory = *arguments.resume;
    work.plan = std::move(run.plan);
    require_consent(work.plan, arguments);
    work.launcher = make_launcher(run.launch, hosts);
    work.resumption = std::move(run.resumption);
    work.where = arguments.where;
    return work;
}

void announce(const RunToDo& work, const record::RunStarted& start) {
    const std::size_t cells = start.manifest.cells.size();
    std::string line = "run " + start.run_id + ": " + std::to_string(cells) + " cells on " +
                       std::to_string(start.manifest.devices.size()) + " devices of " +
                       std::to_string(start.manifest.nodes.size()) + " nodes, in " +
                       work.directory.string();
    if (work.resumption) {
        const RunSoFar& so_far = work.resumption->so_far;
        const auto open = std::ranges::count(so_far.cells, 0, &CellProgress::attempts_ended);
        line += "; it goes on with " + std::to_string(open) + " open cells";
        if (so_far.dropped_bytes > 0) {
            log_warning("the journal's last " + std::to_string(so_far.dropped_bytes) +
                        " bytes are torn or damaged, and dropped");
        }
    }
    log_info(line);
}

record::RunStarted begun(const RunToDo& work, const RunArguments& arguments, RunOptions& options) {
    if (work.resumption) return work.resumption->so_far.start;
    record::RunStarted start = planned(work.plan, work.fleet, *work.launcher, options);
    start.environment["command_line"] = joined(arguments.command_line);
    note_launch(work.where, start.environment);
    return start;
}

void carry_out(const RunToDo& work, const RunArguments& arguments) {
    const StopSignals signals;
    ProgressDisplay display{stderr_progress_style()};
    RunOptions options;
    options.directory = work.directory;
    options.executable = own_executable();
    options.resumption = work.resumption;
    options.on_progress = [&](const Progress& progress) { display.show(progress); };
    options.stop_requested = StopSignals::request;
    const record::RunStarted start = begun(work, arguments, options);
    options.gate = [&](std::int32_t stage) {
        return kept_out_by_gate(work.plan, start.manifest, stage, work.directory / "journal");
    };
    options.search_due = [&](std::int32_t stage) {
        return why_search_is_due(work.plan, start.manifest, stage, work.directory / "journal");
    };
    options.confirmation = [&](std::int32_t stage) {
        return confirmation_for(work.plan, start.manifest, stage, work.directory / "journal");
    };
    announce(work, start);
    run_plan(work.plan, start, options, *work.launcher);
}

/// Makes the run file of what the folder's journal says. Returns the run, without telemetry.
Run finish_run_file(const std::filesystem::path& directory) {
    FoldedRun folded = fold_journal(directory / "journal");
    write_run_file(folded.run, *folded.telemetry, directory / "run.h5");
    return std::move(folded.run);
}

/// Judges the file just written, not what is in memory: what is printed is what `judge` will say.
int tell(const std::filesystem::path& run_file, const Policy& policy) {
    const std::filesystem::path verdicts = run_file.parent_path() / "verdicts.json";
    StoredMetrics stored{run_file};
    const Judgement judgement = judge(stored.facts(), stored, policy, 1);
    write_text_file(verdicts, verdict_json(judgement));
    write_stdout(verdict_table(judgement, stdout_style()));
    write_stdout("\nresults:  " + run_file.string() + "\nverdicts: " + verdicts.string() + "\n");
    return exit_status(judgement);
}

int amend_command(const RunArguments& arguments) {
    Run run = read_run_file(*arguments.amend);
    const RunToDo work = repair(arguments, run);
    carry_out(work, arguments);
    const Run again = finish_run_file(work.directory);
    write_run_file(amended(std::move(run), again, work.directory.string()), *arguments.amend);
    return tell(*arguments.amend, work.plan.policy);
}

}  // namespace

int run_command(const RunArguments& arguments) {
    (void)std::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is an error, not a death
    if (arguments.amend) return amend_command(arguments);
    const RunToDo work = arguments.resume ? rest_of_run(arguments) : new_run(arguments);
    const bool all_done = work.resumption && work.resumption->so_far.complete;
    if (!all_done) carry_out(work, arguments);
    (void)finish_run_file(work.directory);
    return tell(work.directory / "run.h5", work.plan.policy);
}

}  // namespace rackproof
