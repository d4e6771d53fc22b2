#include "runners/run_book.hpp"

#include "core/error.hpp"

namespace rackproof {

RunBook::RunBook(const record::RunStarted& start, const std::filesystem::path& journal)
    : start_{&start},
      journal_{journal},
      cells_(start.manifest.cells.size()),
      open_of_case_(start.manifest.cases.size()) {
    for (const Cell& cell : start.manifest.cells) {
        ++open_of_case_.at(static_cast<std::size_t>(cell.case_index));
    }
    write(start);
}

void RunBook::event(std::string_view severity, std::string_view code, std::string text,
                    std::int32_t node, std::int32_t device) {
    write(record::Happened{
        {now_s(), node, device, std::string{severity}, std::string{code}, std::move(text)}});
}

const RunBook::CellState& RunBook::state(std::int32_t cell) const {
    if (cell < 0 || static_cast<std::size_t>(cell) >= cells_.size()) {
        throw Error{"look up cell " + std::to_string(cell), "the manifest has no such cell"};
    }
    return cells_[static_cast<std::size_t>(cell)];
}

void RunBook::end_cell(std::int32_t cell, std::int32_t attempt, Ending ending) {
    if (state(cell).attempts_ended != attempt) {
        throw Error{"end attempt " + std::to_string(attempt) + " of cell " + std::to_string(cell),
                    "its turn has passed, or has not come"};
    }
    write(record::CellEnded{cell, attempt, ending.outcome, ending.reason, now_s()});
    CellState& changed = cells_[static_cast<std::size_t>(cell)];
    if (attempt == 0) {
        ++cells_ended_;
        const Cell& planned = manifest().cells[static_cast<std::size_t>(cell)];
        --open_of_case_.at(static_cast<std::size_t>(planned.case_index));
        const bool well =
            ending.outcome == Outcome::Completed || ending.outcome == Outcome::Skipped;
        if (!well) ++cells_not_completed_;
    }
    changed.attempts_ended = attempt + 1;
    changed.last = std::move(ending);
}

bool RunBook::has_ended(std::int32_t cell, std::int32_t attempt) const {
    return state(cell).attempts_ended > attempt;
}

const std::optional<Ending>& RunBook::last_ending(std::int32_t cell) const {
    return state(cell).last;
}

std::int64_t RunBook::open_cells(std::int32_t case_index) const {
    return open_of_case_.at(static_cast<std::size_t>(case_index));
}

void RunBook::finish(bool complete) {
    write(record::RunFinished{utc_now(), complete});
    journal_.sync();
}

}  // namespace rackproof
