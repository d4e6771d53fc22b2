#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/run.hpp"

namespace rackproof {

/// How far the ranks were apart when their load began and ended, from their own records.
struct PhaseError {
    double median_s = 0;  ///< over the periods, of the largest distance of two ranks
    double worst_s = 0;
    double clock_error_s = 0;  ///< half width, the largest of the ranks'
    std::size_t ranks = 0;
    /// Who stands furthest from the others in the middle (by its median), and by how much: behind
    /// them if positive. "n003, device 2"; empty where the file does not say who it was.
    std::string furthest;
    double furthest_s = 0;
};

/// When all ranks together had load, one period: from the middle rank's beginning to its end.
struct LoadedTime {
    double from_s = 0;
    double to_s = 0;
};

/// One wave of one job's power swing, as a run file has it.
struct SwingWaveFacts {
    std::string metric;  ///< "power_swing.phase.group.square_1Hz.50pct"
    std::string shape;   ///< "step", "ramp", "square"
    double period_s = 0;
    double level = 0;                 ///< share of the time that a device worked at the most
    std::vector<std::int32_t> nodes;  ///< whose devices swung
    Outcome outcome = Outcome::Lost;
    std::string reason;               ///< unless completed
    std::optional<PhaseError> phase;  ///< of two ranks or more
    std::vector<LoadedTime> loaded;   ///< period by period; empty unless completed
    [[nodiscard]] double from_s() const { return loaded.front().from_s; }
    [[nodiscard]] double length_s() const { return period_s * static_cast<double>(loaded.size()); }
};

/// All waves of suite power_swing in a run, in the order of its metrics; of several attempts the
/// last.
[[nodiscard]] std::vector<SwingWaveFacts> swing_waves(const Run& run);

}  // namespace rackproof
