#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/clock.hpp"
#include "core/record.hpp"
#include "runners/cell_outcome.hpp"
#include "runners/journal.hpp"
#include "runners/progress_board.hpp"
#include "runners/run_so_far.hpp"

namespace rackproof {

/// The controller's book of one run: every record goes into the journal before anything is done
/// about it, and each attempt of each cell ends once, in order.
class RunBook {
  public:
    /// Creates the journal and begins it with `start`, which must outlive this.
    RunBook(const record::RunStarted& start, const std::filesystem::path& journal);

    /// Goes on with a run behind what its journal holds: what has ended has ended, and the clock
    /// goes on as if somebody had been there all the time. `so_far` must outlive this.
    RunBook(const RunSoFar& so_far, JournalClaim journal);

    [[nodiscard]] const Manifest& manifest() const { return start_->manifest; }
    [[nodiscard]] const std::string& run_id() const { return start_->run_id; }
    /// Seconds since the run started.
    [[nodiscard]] double now_s() const { return seconds_since(began_); }
    /// Of these, without the times in which no controller was there: what counts for deadlines.
    [[nodiscard]] double active_s() const { return now_s() - idle_s_; }

    /// A Reading whose sensor and target have been told of goes into a Readings record with what
    /// comes right behind it, by the next other record or sync_if_due().
    void write(const record::Record& record);
    void event(std::string_view severity, std::string_view code, std::string text,
               std::int32_t node = -1, std::int32_t device = -1);

    /// Throws Error unless `attempt` is the one after the last that ended.
    void end_cell(std::int32_t cell, std::int32_t attempt, Ending ending);
    [[nodiscard]] bool has_ended(std::int32_t cell, std::int32_t attempt) const;

    /// How the cell's last attempt ended; nullopt before the first has.
    [[nodiscard]] const std::optional<Ending>& last_ending(std::int32_t cell) const;

    /// Samples of the attempt that is open, of a suite that goes on, and the last of them.
    [[nodiscard]] std::int32_t recorded(std::int32_t cell) const { return state(cell).recorded; }
    [[nodiscard]] double last_recorded(std::int32_t cell) const {
        return state(cell).last_recorded;
    }

    /// What the cell, of a calibration, has chosen; nullopt unless its last attempt completed.
    [[nodiscard]] std::optional<GemmAlgorithm> chosen_by_cell(std::int32_t cell) const;

    /// True if an event of a controller before this one said so of a calibration.
    [[nodiscard]] bool has_told_pins(const std::string& text) const {
        return pins_told_.contains(text);
    }

    /// When, in active_s(), the search began of which an event of a controller before this one
    /// begins with `text`; nullopt if none did.
    [[nodiscard]] std::optional<double> search_began_s(std::string_view text) const;

    [[nodiscard]] const ProgressBoard& board() const { return board_; }
    [[nodiscard]] std::int64_t cells_ended() const { return cells_ended_; }
    /// Cells whose first attempt ended other than completed or skipped.
    [[nodiscard]] std::int64_t cells_not_completed() const { return cells_not_completed_; }

    /// Cells of a case whose first attempt has not ended.
    [[nodiscard]] std::int64_t open_cells(std::int32_t case_index) const;

    void finish(bool complete);
    /// To be called in each turn: see JournalWriter::sync_if_due.
    void sync_if_due();

  private:
    RunBook(const record::RunStarted& start, JournalWriter journal);
    [[nodiscard]] const CellProgress& state(std::int32_t cell) const;
    void count_end(std::int32_t cell, Outcome outcome);
    [[nodiscard]] bool gather(const record::Reading& reading);
    void write_gathered();

    const record::RunStarted* start_;
    JournalWriter journal_;
    SteadyClock::time_point began_ = SteadyClock::now();
    double idle_s_ = 0;
    std::vector<CellProgress> cells_;
    std::vector<std::int64_t> open_of_case_;
    ProgressBoard board_;
    std::set<std::string> pins_told_;
    std::map<std::string, double> searches_begun_;
    /// By sensor, scope and target, with unit and resolution: the number of the Reading.
    std::map<std::tuple<std::string, Scope, std::int32_t, std::string, double>, std::uint32_t>
        series_;
    record::Readings gathered_;
    std::int64_t cells_ended_ = 0;
    std::int64_t cells_not_completed_ = 0;
};

}  // namespace rackproof
