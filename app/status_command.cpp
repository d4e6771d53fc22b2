#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/commands.hpp"
#include "app/output.hpp"
#include "app/plan_file.hpp"
#include "app/submission.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "reports/rack_table.hpp"
#include "runners/journal_progress.hpp"
#include "runners/slurm_state.hpp"

namespace rackproof {
namespace {

namespace fs = std::filesystem;
using Queue = std::optional<std::map<std::string, QueuedJob>>;

constexpr std::size_t kMostVerdictBytes = std::size_t{1} << 30;

/// nullopt where Slurm does not answer, such as on a desk far from the machine.
Queue ask_queue() {
    try {
        return queued_jobs_now();
    } catch (const Error& error) {
        log_warning(std::string{"Slurm does not answer: "} + error.what());
        return std::nullopt;
    }
}

/// The worst of a run's nodes. Throws InputError if the file is not what `run` writes.
Verdict worst_verdict(const fs::path& verdicts) {
    const std::string text = read_text_file(verdicts, kMostVerdictBytes);
    std::optional<Verdict> found;
    std::int64_t counted = 0;
    try {
        const nlohmann::json summary = nlohmann::json::parse(text).at("summary");
        for (const Verdict verdict :
             {Verdict::Pass, Verdict::Watch, Verdict::NoData, Verdict::Fail}) {
            const auto count = summary.at(std::string{to_string(verdict)}).get<std::int64_t>();
            counted += count;
            if (count > 0) found = verdict;
        }
        if (counted != summary.at("nodes").get<std::int64_t>()) found.reset();
    } catch (const std::exception&) {
        found.reset();
    }
    if (found) return *found;
    throw InputError{{verdicts.string(), {}, {}}, "are no verdicts; expected what 'run' writes"};
}

void take_end(RackStatus& status, const fs::path& folder, RackPhase phase) {
    try {
        status.verdict = worst_verdict(folder / "verdicts.json");
        status.phase = phase;
    } catch (const InputError& error) {
        status.phase = RackPhase::Incomplete;
        status.words = error.what();
    }
}

/// Where a rack stands whose run has not ended, as far as the queue knows.
void take_queue(RackStatus& status, const Queue& queue) {
    if (status.job.empty()) {
        status.phase = RackPhase::NotSubmitted;
        if (status.left_out == status.nodes) status.phase = RackPhase::NoNodes;
        if (status.cells) status.phase = RackPhase::Unknown;  // sent by hand
        return;
    }
    if (!queue) {
        status.phase = RackPhase::Unknown;
        return;
    }
    const auto found = queue->find(status.job);
    if (found == queue->end()) {
        status.phase = RackPhase::Gone;
        status.words = "has left the queue; see slurm.log";
        return;
    }
    const bool waits = found->second.state == "PENDING" || found->second.state == "REQUEUED";
    status.phase = waits ? RackPhase::Queued : RackPhase::Running;
    if (waits) status.words = found->second.reason;
}

/// Whether the run says that it ended, and how; nullopt too where there is no journal yet.
std::optional<bool> take_journal(RackStatus& status, const fs::path& journal) {
    std::error_code error;
    if (!fs::exists(journal, error)) return std::nullopt;
    const JournalProgress progress = journal_progress(journal);
    status.cells = progress.cells;
    status.ended = progress.ended;
    return progress.complete;
}

RackStatus status_of(const SubmittedRack& rack, const fs::path& folder, const Queue& queue) {
    RackStatus status;
    status.rack = rack.rack;
    status.nodes = rack.nodes;
    status.left_out = rack.left_out;
    status.job = rack.job;
    std::optional<bool> complete;
    try {
        complete = take_journal(status, folder / "journal");
    } catch (const Error& error) {
        status.phase = RackPhase::Unknown;
        status.words = error.what();
        return status;
    }
    if (complete == true) {
        take_end(status, folder, RackPhase::Complete);
        return status;
    }
    take_queue(status, queue);
    // A run that was cut short has verdicts too, unless its job goes on with it.
    if (complete == false && status.phase < RackPhase::Queued) {
        take_end(status, folder, RackPhase::Incomplete);
    }
    return status;
}

}  // namespace

int status_command(const StatusArguments& arguments) {
    const Submission submission = read_submission(arguments.directory);
    const Queue queue = ask_queue();
    std::vector<RackStatus> racks;
    for (const SubmittedRack& rack : submission.racks) {
        racks.push_back(status_of(rack, arguments.directory / rack.folder, queue));
    }
    write_stdout(rack_table(racks, stdout_style()));
    return exit_status(racks);
}

}  // namespace rackproof
