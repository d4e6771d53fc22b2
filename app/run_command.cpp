#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>

#include "analysis/judgement.hpp"
#include "app/commands.hpp"
#include "app/fleet_file.hpp"
#include "app/gate.hpp"
#include "app/locations.hpp"
#include "app/output.hpp"
#include "app/plan_file.hpp"
#include "app/progress_display.hpp"
#include "app/resume.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "reports/reports.hpp"
#include "results/run_file.hpp"
#include "runners/run_plan.hpp"

namespace rackproof {
namespace {

volatile std::sig_atomic_t interrupts = 0;
volatile std::sig_atomic_t terminations = 0;

StopRequest stop_requested() {
    if (terminations > 0 || interrupts > 1) return StopRequest::Now;
    return interrupts > 0 ? StopRequest::AfterCell : StopRequest::No;
}

/// While alive, signals ask the run to stop instead of ending the process: the first SIGINT after
/// what is in flight, a second one or SIGTERM now. After that the system's own actions are back.
class StopSignals {
  public:
    StopSignals() {
        struct sigaction action {};
        action.sa_handler = note;
        sigaction(SIGINT, &action, &old_interrupt_);
        sigaction(SIGTERM, &action, &old_terminate_);
    }
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals() {
        sigaction(SIGINT, &old_interrupt_, nullptr);
        sigaction(SIGTERM, &old_terminate_, nullptr);
    }

  private:
    static void note(int signal) {
        volatile std::sig_atomic_t& count = signal == SIGINT ? interrupts : terminations;
        count = count + 1;
        if (stop_requested() == StopRequest::Now) (void)std::signal(signal, SIG_DFL);
    }
    struct sigaction old_interrupt_ {};
    struct sigaction old_terminate_ {};
};

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

/// Judges the file just written, not what is in memory: what is printed is what `judge` will say.
Judgement judge_stored(const std::filesystem::path& directory, const Policy& policy) {
    Judgement judgement = judge(read_run_file(directory / "run.h5"), policy);
    write_text_file(directory / "verdicts.json", verdict_json(judgement));
    return judgement;
}

/// What is to be run: all of a plan, or the rest of it.
struct Work {
    std::filesystem::path directory;
    Plan plan;
    record::RunStarted start;
    std::shared_ptr<Resumption> resumption;  ///< empty: a new run
    std::unique_ptr<Launcher> launcher;
    std::vector<Event> events;  ///< of the time before the run
};

std::vector<std::string> host_names(const Fleet& fleet) {
    std::vector<std::string> names;
    for (const FleetNode& entry : fleet.nodes) names.push_back(entry.node.name);
    return names;
}

/// Asks the nodes for their devices before it says what is to be run.
record::RunStarted surveyed(Work& work, const Fleet& fleet) {
    const StopSignals signals;
    RunOptions options;
    options.directory = work.directory;
    options.executable = own_executable();
    options.stop_requested = stop_requested;
    log_info("asking " + std::to_string(fleet.nodes.size()) + " nodes for their devices");
    record::RunStarted start = survey_and_plan(work.plan, fleet, *work.launcher, options);
    work.events = std::move(options.events);
    return start;
}

Work new_run(const RunArguments& arguments) {
    if (!arguments.plan) throw InputError{"expected a PLAN, or --resume with the folder of a run"};
    Work work;
    work.plan = read_plan(find_plan(*arguments.plan));
    const LaunchOptions launch = launch_options(arguments.where);
    const std::optional<Fleet> fleet = fleet_of(arguments.where, launch.kind);
    work.launcher = make_launcher(launch, fleet ? host_names(*fleet) : std::vector<std::string>{});
    work.directory = make_directory(arguments, work.plan);
    work.start = fleet ? surveyed(work, *fleet) : plan_run(work.plan);
    work.start.environment["command_line"] = joined(arguments.command_line);
    log_info("run " + work.start.run_id + ": " + std::to_string(work.start.manifest.cells.size()) +
             " cells on " + std::to_string(work.start.manifest.devices.size()) + " devices of " +
             std::to_string(work.start.manifest.nodes.size()) + " nodes, in " +
             work.directory.string());
    return work;
}

/// The launcher that a run was begun with, for the nodes that it was begun on.
std::unique_ptr<Launcher> launcher_of(FleetArguments where, const record::RunStarted& start) {
    if (where.launcher.value_or(start.launcher) != start.launcher) {
        throw InputError{"the run was begun with --launcher " + start.launcher +
                         "; expected the same"};
    }
    where.launcher = start.launcher;
    if (where.fleet) {
        refuse_change("fleet file", *where.fleet, start.fleet_toml,
                      read_text_file(*where.fleet, kMostFleetBytes));
    }
    std::vector<std::string> hosts;
    for (const Node& node : start.manifest.nodes) hosts.push_back(node.name);
    return make_launcher(launch_options(where), hosts);
}

Work rest_of_run(const RunArguments& arguments) {
    std::optional<std::filesystem::path> plan_file;
    if (arguments.plan) plan_file = find_plan(*arguments.plan);
    ResumedRun run = resume_run(*arguments.resume, plan_file);
    const RunSoFar& so_far = run.resumption->so_far;
    const auto open = std::ranges::count(so_far.cells, 0, &CellProgress::attempts_ended);
    log_info("run " + so_far.start.run_id + " goes on: " + std::to_string(open) + " of " +
             std::to_string(so_far.cells.size()) + " cells are open, in " +
             arguments.resume->string());
    if (so_far.dropped_bytes > 0) {
        log_warning("the journal's last " + std::to_string(so_far.dropped_bytes) +
                    " bytes are torn or damaged, and dropped");
    }
    std::unique_ptr<Launcher> launcher = launcher_of(arguments.where, so_far.start);
    return {*arguments.resume,         std::move(run.plan), so_far.start,
            std::move(run.resumption), std::move(launcher), {}};
}

void carry_out(const Work& work) {
    const StopSignals signals;
    ProgressDisplay display{stderr_progress_style()};
    RunOptions options;
    options.directory = work.directory;
    options.executable = own_executable();
    options.resumption = work.resumption;
    options.events = work.events;
    options.gate = [&work](std::int32_t stage) {
        return kept_out_by_gate(work.plan, work.start.manifest, stage, work.directory / "journal");
    };
    options.on_progress = [&](const Progress& progress) { display.show(progress); };
    options.stop_requested = stop_requested;
    run_plan(work.plan, work.start, options, *work.launcher);
}

}  // namespace

int run_command(const RunArguments& arguments) {
    (void)std::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is an error, not a death
    const Work work = arguments.resume ? rest_of_run(arguments) : new_run(arguments);
    const bool all_done = work.resumption && work.resumption->so_far.complete;
    if (!all_done) carry_out(work);
    write_run_file(run_from_journal(work.directory / "journal"), work.directory / "run.h5");
    const Judgement judgement = judge_stored(work.directory, work.plan.policy);
    write_stdout(verdict_table(judgement, stdout_style()));
    write_stdout("\nresults:  " + (work.directory / "run.h5").string() +
                 "\nverdicts: " + (work.directory / "verdicts.json").string() + "\n");
    return exit_status(judgement);
}

}  // namespace rackproof
