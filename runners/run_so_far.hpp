#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/record.hpp"
#include "devices/device.hpp"
#include "runners/cell_outcome.hpp"
#include "runners/journal.hpp"

namespace rackproof {

/// How far one cell has come.
struct CellProgress {
    std::int32_t attempts_ended = 0;
    std::optional<Outcome> first;         ///< of the first attempt
    std::optional<Ending> last;           ///< of the last attempt that ended
    std::optional<GemmAlgorithm> chosen;  ///< by a calibration's last samples (runners/pins.hpp)
    /// Of the attempt that is open, of a suite that goes on: its samples so far, and their last.
    std::int32_t recorded = 0;
    double last_recorded = 0;
};

/// What a journal says of a run: all that a controller needs to go on with it.
struct RunSoFar {
    record::RunStarted start;
    std::vector<CellProgress> cells;  ///< as many as the manifest's
    std::set<std::string> pins_told;  ///< events that say what is pinned (runners/pins.hpp)
    /// Events that say that a search began, with the time of controllers until then, in s.
    std::map<std::string, double> searches_begun;
    std::int32_t next_job = 0;        ///< no job had this number or a higher one
    double last_time_s = 0;           ///< of the latest that was recorded
    double idle_s = 0;                ///< of that, no controller was there for so long
    bool complete = false;            ///< it has come to its own end: nothing is left to do
    std::uint64_t whole_bytes = 0;    ///< of the journal
    std::uint64_t dropped_bytes = 0;  ///< behind those: torn or damaged
};

/// A run to go on with.
struct Resumption {
    JournalClaim claim;
    RunSoFar so_far;
};

/// Claims the journal, so that nobody else goes on with it, and reads it to its end. Throws
/// InputError if it is none, holds no run, contradicts itself, or somebody else has it.
[[nodiscard]] Resumption claim_run(const std::filesystem::path& journal);

}  // namespace rackproof
