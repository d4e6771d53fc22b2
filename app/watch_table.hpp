#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "runners/run_watch.hpp"

namespace rackproof {

/// What is known of whoever writes a run that has not said that it ended.
enum class RunLife : std::uint8_t {
    Running,
    Silent,  ///< a controller holds the journal and writes nothing
    Crashed,
    Ended,  ///< by itself; complete or not
};

struct WatchState {
    RunLife life = RunLife::Crashed;
    std::optional<double> written_ago_s;  ///< of the journal; nullopt: by a clock that is ahead
    bool has_run_file = false;            ///< beside the journal
    std::string directory;
};

/// A run that is watched: how it stands, its stage, then a line a device, the worst first: broken
/// cells, then those that have said nothing for 30 s while they are at work, then the lowest rate
/// against the median of the same rate of their sku (where at least four devices have it), then the
/// highest temperature. At most `lines` lines (at least 5), none wider than `columns` (at least
/// 40); a last line counts who had no room.
[[nodiscard]] std::string watch_table(const RunWatch& run, const WatchState& state,
                                      std::size_t columns, std::size_t lines);

/// 0 while it runs or if it is complete; 3 if it crashed, is silent, or ended before it was
/// through.
[[nodiscard]] int watch_exit_status(const RunWatch& run, const WatchState& state);

}  // namespace rackproof
