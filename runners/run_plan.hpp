#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/fleet.hpp"
#include "core/plan.hpp"
#include "core/record.hpp"
#include "core/telemetry_source.hpp"
#include "runners/launcher.hpp"
#include "runners/progress_board.hpp"
#include "runners/run_so_far.hpp"
#include "runners/stop_request.hpp"

namespace rackproof {

/// Where a run stands, for the progress display.
struct Progress {
    std::string stage;
    std::int64_t cells = 0;  ///< of the whole run
    std::int64_t ended = 0;
    std::int64_t not_completed = 0;  ///< ended other than completed or skipped
    double elapsed_s = 0;
    double left_s = 0;  ///< estimate
    std::int32_t stage_index = 0;
    const ProgressBoard* board = nullptr;  ///< outlives the call that this is given to
    std::vector<std::string> running;  ///< "RANK CASE: OPERATION", one a live rank; with "HOST:"
                                       ///< before it if there are several nodes
};

/// A node that takes no part in later cells of several nodes, or in no later cell at all.
struct Exclusion {
    std::int32_t node = 0;
    std::string reason;
    bool from_all = false;
};

struct RunOptions {
    std::filesystem::path directory;   ///< must exist; journal and logs are written here
    std::filesystem::path executable;  ///< the rackproof binary that workers run
    std::function<void(const Progress&)> on_progress;  ///< called about ten times a second
    std::function<StopRequest()> stop_requested;       ///< asked as often
    std::shared_ptr<Resumption> resumption;            ///< to go on with a run; its claim is taken
    std::vector<Event> events;  ///< of the time before the run, for its record
    /// Called after each stage of the plan that has a gate or a stop, with the stage's number: whom
    /// the record so far, which is all on its way to the disk, keeps out. May be empty: nobody.
    std::function<std::vector<Exclusion>(std::int32_t stage)> gate;
    /// Called before a stage that is a search, with its number: why the search is due by the record
    /// so far; empty: what it is for is known to be well. Without it, every search is due.
    std::function<std::string(std::int32_t stage)> search_due;
};

/// All that is known before anything starts: this node, its devices, every case of the plan on
/// every target. Starts nothing. Throws InputError if the plan cannot be met here.
[[nodiscard]] record::RunStarted plan_run(const Plan& plan);

/// The same for a fleet whose devices are known (runners/survey.hpp), node by node.
[[nodiscard]] record::RunStarted plan_run(const Plan& plan, const Fleet& fleet,
                                          std::vector<Device> devices, const Launcher& launcher);

/// Asks every node of the fleet for its devices, by `launcher`, and plans the run on them; what is
/// to be told of it goes to `options.events`. Throws Error or InputError, with nothing left over.
[[nodiscard]] record::RunStarted survey_and_plan(const Plan& plan, const Fleet& fleet,
                                                 Launcher& launcher, RunOptions& options);

/// Runs every cell of `start.manifest`: one job a stage and node, many nodes at once, again with
/// what is open after a fault, then the retests. Each cell ends in exactly one outcome an attempt;
/// with a resumption, only those that are open run. All of it is in `directory`/journal when this
/// returns. Throws Error only when the run itself cannot go on (no mpirun, journal not writable).
void run_plan(const Plan& plan, const record::RunStarted& start, const RunOptions& options,
              Launcher& launcher);

/// The hidden subcommand `rackproof worker`: one rank of a job. Finds the controller, the job
/// and the secret in the environment that the launcher handed over. Returns an exit status.
[[nodiscard]] int run_worker();

/// A run, and apart from it its telemetry, which may be too long for the memory.
struct FoldedRun {
    Run run;  ///< without telemetry
    std::unique_ptr<TelemetrySource> telemetry;
};

/// The run that a journal holds. Cells without an outcome are `lost`, and the run is incomplete.
/// A torn tail is dropped and said in an event. Throws InputError if it is no journal. Telemetry
/// that is long is spooled to a file without a name beside the journal, and throws Error if there
/// is no room for it.
[[nodiscard]] FoldedRun fold_journal(const std::filesystem::path& journal);

/// All of it in memory.
[[nodiscard]] Run whole_run(FoldedRun folded);
[[nodiscard]] Run run_from_journal(const std::filesystem::path& journal);

}  // namespace rackproof
