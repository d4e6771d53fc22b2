#include "app/rack_status.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "app/plan_file.hpp"
#include "core/error.hpp"
#include "runners/journal_progress.hpp"

namespace rackproof {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostVerdictBytes = std::size_t{1} << 30;

/// Of a finding, which a waiver turns into `watch`.
Verdict verdict_of(const nlohmann::json& finding) {
    if (!finding.at("waived").is_null()) return Verdict::Watch;
    const std::optional<Verdict> verdict = verdict_from(finding.at("verdict").get<std::string>());
    if (!verdict) throw std::invalid_argument{"no verdict"};
    return *verdict;
}

/// The worst of a run's nodes and findings, of which one on a rack or on the fleet fails no node;
/// nullopt where the counts are none. Throws what nlohmann::json throws.
std::optional<Verdict> worst_of(const nlohmann::json& verdicts) {
    const nlohmann::json& summary = verdicts.at("summary");
    Verdict found = Verdict::Pass;
    std::int64_t counted = 0;
    for (const Verdict verdict : {Verdict::Pass, Verdict::Watch, Verdict::NoData, Verdict::Fail}) {
        const auto count = summary.at(std::string{to_string(verdict)}).get<std::int64_t>();
        counted += count;
        if (count > 0) found = worst(found, verdict);
    }
    if (counted == 0 || counted != summary.at("nodes").get<std::int64_t>()) return std::nullopt;
    for (const nlohmann::json& finding : verdicts.at("findings")) {
        found = worst(found, verdict_of(finding));
    }
    return found;
}

/// Throws InputError if the file is not what `run` writes.
Verdict worst_verdict(const fs::path& verdicts) {
    const std::string text = read_text_file(verdicts, kMostVerdictBytes);
    try {
        if (const auto found = worst_of(nlohmann::json::parse(text))) return *found;
    } catch (const std::exception&) {
        // It is no such file, as below.
    }
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
void take_queue(RackStatus& status, const SlurmQueue& queue) {
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

}  // namespace

RackStatus status_of(const SubmittedRack& rack, const fs::path& folder, const SlurmQueue& queue) {
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

}  // namespace rackproof
