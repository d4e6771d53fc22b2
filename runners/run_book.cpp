#include "runners/run_book.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.hpp"
#include "runners/pins.hpp"
#include "suites/suite.hpp"

namespace rackproof {

RunBook::RunBook(const record::RunStarted& start, JournalWriter journal)
    : start_{&start},
      journal_{std::move(journal)},
      cells_(start.manifest.cells.size()),
      open_of_case_(start.manifest.cases.size()),
      board_{start.manifest} {
    for (const Cell& cell : start.manifest.cells) {
        ++open_of_case_.at(static_cast<std::size_t>(cell.case_index));
    }
}

RunBook::RunBook(const record::RunStarted& start, const std::filesystem::path& journal)
    : RunBook{start, JournalWriter{journal}} {
    write(start);
}

RunBook::RunBook(const RunSoFar& so_far, JournalClaim journal)
    : RunBook{so_far.start, JournalWriter{std::move(journal), so_far.whole_bytes}} {
    cells_ = so_far.cells;
    pins_told_ = so_far.pins_told;
    searches_begun_ = so_far.searches_begun;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        const std::optional<Outcome> first = cells_[i].first;
        if (first) count_end(static_cast<std::int32_t>(i), *first);
    }
    // A clock that was set back must not let time run backwards.
    const double elapsed_s = utc_seconds_since(so_far.start.started).value_or(so_far.last_time_s);
    const double now_s = std::max(so_far.last_time_s, elapsed_s);
    began_ = SteadyClock::now() - seconds(now_s);
    idle_s_ = so_far.idle_s + (now_s - so_far.last_time_s);
    write(record::Resumed{utc_now(), now_s, now_s - so_far.last_time_s, so_far.dropped_bytes});
}

/// True if the reading is kept for a Readings record; else it is to be written, and begins a
/// series.
bool RunBook::gather(const record::Reading& reading) {
    constexpr std::size_t kMostTogether = 4096;
    constexpr double kLongest_s = 10;  // a float tells a microsecond of it
    const auto [series, is_new] = series_.emplace(
        std::tuple{reading.sensor, reading.scope, reading.target, reading.unit, reading.resolution},
        static_cast<std::uint32_t>(series_.size()));
    if (is_new) return false;
    const bool full = gathered_.series.size() >= kMostTogether ||
                      std::abs(reading.time_s - gathered_.time_s) > kLongest_s;
    if (!gathered_.series.empty() && full) write_gathered();
    if (gathered_.series.empty()) gathered_.time_s = reading.time_s;
    gathered_.series.push_back(series->second);
    gathered_.after_s.push_back(static_cast<float>(reading.time_s - gathered_.time_s));
    gathered_.values.push_back(static_cast<float>(reading.value));
    return true;
}

void RunBook::write_gathered() {
    if (gathered_.series.empty()) return;
    const record::Readings gathered = std::exchange(gathered_, {});
    journal_.append(gathered);
}

void RunBook::sync_if_due() {
    write_gathered();
    journal_.sync_if_due();
}

void RunBook::write(const record::Record& record) {
    if (const auto* reading = std::get_if<record::Reading>(&record)) {
        if (gather(*reading)) return;
    }
    write_gathered();
    journal_.append(record);
    const auto* samples = std::get_if<record::Samples>(&record);
    if (samples == nullptr) return;
    board_.measured(*samples);
    const auto cell = static_cast<std::size_t>(samples->cell);
    const auto index = static_cast<std::size_t>(manifest().cells.at(cell).case_index);
    const CaseSpec& spec = manifest().cases.at(index);
    if (goes_on(spec.suite)) {
        const auto more = static_cast<std::int32_t>(samples->values.size());
        cells_.at(cell).recorded = spec.repetitions == 1 ? 1 : cells_.at(cell).recorded + more;
        cells_.at(cell).last_recorded = samples->values.back();
    }
    if (!is_calibration(spec)) return;
    cells_.at(cell).chosen = chosen_by(samples->variant);
}

std::optional<GemmAlgorithm> RunBook::chosen_by_cell(std::int32_t cell) const {
    const CellProgress& progress = state(cell);
    const bool completed = progress.last && progress.last->outcome == Outcome::Completed;
    return completed ? progress.chosen : std::nullopt;
}

std::optional<double> RunBook::search_began_s(std::string_view text) const {
    const auto found = std::ranges::find_if(
        searches_begun_, [&](const auto& begun) { return begun.first.starts_with(text); });
    if (found == searches_begun_.end()) return std::nullopt;
    return found->second;
}

void RunBook::event(std::string_view severity, std::string_view code, std::string text,
                    std::int32_t node, std::int32_t device) {
    write(record::Happened{
        {now_s(), node, device, std::string{severity}, std::string{code}, std::move(text)}});
}

const CellProgress& RunBook::state(std::int32_t cell) const {
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
    CellProgress& changed = cells_[static_cast<std::size_t>(cell)];
    if (attempt == 0) {
        changed.first = ending.outcome;
        count_end(cell, ending.outcome);
    }
    changed.attempts_ended = attempt + 1;
    changed.recorded = 0;
    changed.last = std::move(ending);
}

/// Of a cell's first attempt.
void RunBook::count_end(std::int32_t cell, Outcome outcome) {
    ++cells_ended_;
    board_.cell_ended(cell, outcome);
    const Cell& planned = manifest().cells[static_cast<std::size_t>(cell)];
    --open_of_case_.at(static_cast<std::size_t>(planned.case_index));
    if (outcome != Outcome::Completed && outcome != Outcome::Skipped) ++cells_not_completed_;
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
