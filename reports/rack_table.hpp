#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/outcome.hpp"
#include "reports/reports.hpp"

namespace rackproof {

/// Where a submitted rack stands; the worst stand first where verdicts do not say more.
enum class RackPhase : std::uint8_t {
    Gone,          ///< its job has left the queue and its run has not ended
    NotSubmitted,  ///< written, not sent
    NoNodes,       ///< Slurm had no usable node of it, and nothing was run
    Incomplete,    ///< its run ended before all was done
    Unknown,       ///< begun and not ended, and Slurm does not say whether it goes on
    Queued,
    Running,
    Complete,
};

struct RackStatus {
    std::string rack;
    RackPhase phase = RackPhase::NotSubmitted;
    std::int64_t nodes = 0;
    std::int64_t left_out = 0;          ///< of them, drained or down when submitted
    std::optional<std::int64_t> cells;  ///< of the run; nullopt: it has not begun
    std::int64_t ended = 0;             ///< of them
    std::optional<Verdict> verdict;     ///< of a run that has ended
    std::string job;                    ///< Slurm's number; empty: none
    std::string words;                  ///< why it waits or what is wrong
};

/// A line a rack, worst first, and a line that counts them. No line wider than the style's.
[[nodiscard]] std::string rack_table(std::vector<RackStatus> racks, const TableStyle& style);

/// 1 if a rack fails; else 3 if one is not complete or its verdict is no_data; else 0.
[[nodiscard]] int exit_status(const std::vector<RackStatus>& racks);

}  // namespace rackproof
