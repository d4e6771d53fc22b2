#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "core/manifest.hpp"
#include "runners/run_book.hpp"

namespace rackproof {

/// One run of a lead case on one target, in one attempt: what a rank (or, where they talk, all
/// ranks of a node or of several together) is sent to do.
struct Task {
    std::int32_t lead_case = 0;
    Scope scope = Scope::Device;
    Target target;
    std::vector<std::int32_t> nodes;  ///< that the target lies on, in the order of its ranks
    std::set<std::int32_t> without;   ///< those of them that take no part: excluded, or to blame
    std::int32_t attempt = 0;
    std::vector<std::int32_t> cells;   ///< that the run yields, the lead's first
    std::vector<std::int32_t> wanted;  ///< those of them that this attempt is for
    std::int32_t cut_off = 0;          ///< times its job died under it, through no fault of its own
    std::int32_t failed_starts = 0;    ///< times its rank did not come up
};

/// True where one rank does the work of a target by itself: a device's own, and of a pair of
/// devices that of the first. Else all ranks of the job do it together.
[[nodiscard]] inline bool is_by_one_rank(Scope scope) {
    return scope == Scope::Device || scope == Scope::DevicePair;
}

/// The first attempts of a stage, in the manifest's order. Throws Error if a companion's cell has
/// no cell of its lead on the same target.
[[nodiscard]] std::vector<Task> tasks_of_stage(const Manifest& manifest, std::int32_t stage);

/// The next attempts of those `tasks` of which any cell ended failed, timed_out or lost; each is
/// for those cells alone, so that what completed is never measured until it looks better.
[[nodiscard]] std::vector<Task> retests(const std::vector<Task>& tasks, const RunBook& book);

/// True once every wanted cell has ended in this attempt.
[[nodiscard]] bool is_done(const Task& task, const RunBook& book);

/// The nodes that take part.
[[nodiscard]] std::vector<std::int32_t> members(const Task& task);

/// Makes the task its own next attempt, for those cells that call for a retest; false if none does.
[[nodiscard]] bool begin_next_attempt(Task& task, const RunBook& book);

/// Makes the task its own next attempt, for all cells that this one was for.
void begin_again(Task& task);

/// Ends every wanted cell that is still open.
void end_open_cells(const Task& task, const Ending& ending, RunBook& book);

}  // namespace rackproof
