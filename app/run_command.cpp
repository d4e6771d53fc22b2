#include <csignal>
#include <filesystem>

#include "analysis/judgement.hpp"
#include "app/commands.hpp"
#include "app/locations.hpp"
#include "app/output.hpp"
#include "app/plan_file.hpp"
#include "app/progress_display.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "reports/reports.hpp"
#include "results/run_file.hpp"
#include "runners/run_plan.hpp"

namespace rackproof {
namespace {

volatile std::sig_atomic_t stop_asked = 0;

/// While alive, SIGINT and SIGTERM ask the run to stop instead of ending the process.
class StopSignals {
  public:
    StopSignals() {
        struct sigaction action {};
        action.sa_handler = [](int) { stop_asked = 1; };
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
    if (error) throw InputError{{directory.string(), {}, {}}, "cannot be made: " + error.message()};
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

/// Judges the file just written, not what is in memory: what is printed is what `judge` will say.
Judgement judge_stored(const std::filesystem::path& directory, const Policy& policy) {
    Judgement judgement = judge(read_run_file(directory / "run.h5"), policy);
    write_text_file(directory / "verdicts.json", verdict_json(judgement));
    return judgement;
}

}  // namespace

int run_command(const RunArguments& arguments) {
    const Plan plan = read_plan(find_plan(arguments.plan));
    const LaunchOptions launch = launch_options(arguments.where);
    const std::optional<Fleet> fleet = fleet_of(arguments.where, launch.kind);
    const std::unique_ptr<Launcher> launcher = make_launcher(launch, host_names(fleet));
    const std::filesystem::path directory = make_directory(arguments, plan);
    {
        const StopSignals signals;
        ProgressDisplay display{stderr_progress_style()};
        RunOptions options;
        options.directory = directory;
        options.executable = own_executable();
        options.on_progress = [&](const Progress& progress) { display.show(progress); };
        options.stop_requested = [] { return stop_asked != 0; };
        record::RunStarted start = planned(plan, fleet, *launcher, options);
        start.environment["command_line"] = joined(arguments.command_line);
        log_info("run " + start.run_id + ": " + std::to_string(start.manifest.cells.size()) +
                 " cells on " + std::to_string(start.manifest.devices.size()) + " devices of " +
                 std::to_string(start.manifest.nodes.size()) + " nodes, in " + directory.string());
        run_plan(plan, start, options, *launcher);
    }
    write_run_file(run_from_journal(directory / "journal"), directory / "run.h5");
    const Judgement judgement = judge_stored(directory, plan.policy);
    write_stdout(verdict_table(judgement, stdout_style()));
    write_stdout("\nresults:  " + (directory / "run.h5").string() +
                 "\nverdicts: " + (directory / "verdicts.json").string() + "\n");
    return exit_status(judgement);
}

}  // namespace rackproof
