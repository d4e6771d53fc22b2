#include <fmt/format.h>

#include <algorithm>

#include "runners/controller.hpp"

namespace rackproof {
namespace {

bool is_well(const Ending& ending) {
    return ending.outcome == Outcome::Completed || ending.outcome == Outcome::Skipped;
}

}  // namespace

bool Controller::stage_needs_consent() const {
    const std::vector<CaseSpec>& cases = book_.manifest().cases;
    return parts_->needs_consent && std::ranges::any_of(cases, [this](const CaseSpec& spec) {
               return spec.stage == stage_ && parts_->needs_consent(spec.suite);
           });
}

/// What went wrong with such a load, in this stage or one before; empty if nothing has. Asked of
/// the book, so that a run that goes on knows it, too.
std::string Controller::why_halted() const {
    const Manifest& manifest = book_.manifest();
    for (std::size_t cell = 0; cell < manifest.cells.size(); ++cell) {
        const CaseSpec& spec =
            manifest.cases.at(static_cast<std::size_t>(manifest.cells[cell].case_index));
        if (!parts_->needs_consent(spec.suite)) continue;
        const std::optional<Ending> ending = book_.last_ending(static_cast<std::int32_t>(cell));
        if (ending && !is_well(*ending)) return spec.name + " ended with: " + ending->reason;
    }
    return "";
}

bool Controller::is_halted(Lane& lane) {
    if (!stage_needs_consent()) return false;
    const std::string why = why_halted();
    if (why.empty()) return false;
    for (const std::vector<Task*>& part : lane.parts) {
        for (const Task* task : part) {
            end_open_cells(*task, {Outcome::Skipped, "not begun, for " + why}, book_);
        }
    }
    lane.parts.clear();
    return true;
}

/// Its one job is over, however that ended: neither what it left open nor what went wrong goes
/// again, on whatever nodes.
void Controller::end_lane(Lane& lane, const JobRun& run) {
    const Job& job = run.job();
    for (const HeldEnding& held : job.held_endings()) {
        if (held.task == nullptr || book_.has_ended(held.cell, held.task->attempt)) continue;
        book_.end_cell(held.cell, held.task->attempt, held.ending);
    }
    std::string reason = fmt::format("job {} ended before it was done", run.number());
    if (!job.problem().empty()) reason += ": " + job.problem();
    if (!job.launcher_words().empty()) reason += "; the launcher: " + job.launcher_words();
    for (const std::vector<Task*>& part : lane.parts) {
        for (const Task* task : part) end_open_cells(*task, {Outcome::Lost, reason}, book_);
    }
    lane.parts.clear();
}

}  // namespace rackproof
