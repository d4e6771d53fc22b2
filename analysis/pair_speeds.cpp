#include "analysis/pair_speeds.hpp"

#include <fmt/core.h>

#include <cmath>

#include "core/index.hpp"

namespace rackproof {
namespace {

/// A sample is of a speed if it is nearer to it than this share of the distance between the two.
constexpr double kOfASpeed = 0.25;

/// One pair's samples: whether one of them is of the usual speed, and another of the slow one.
bool takes_both(const MetricCells& cells, const TargetCell& cell, double centre, double slow) {
    const double sign = cells.metric().better == Direction::HigherIsBetter ? -1 : 1;
    bool usual_once = false;
    bool slow_once = false;
    for (const double sample : cells.samples(cells.rows(cell).back())) {
        if (!std::isfinite(sample) || !(sample > 0)) continue;
        const double worse = sign * std::log(sample / centre);
        usual_once = usual_once || std::abs(worse) < kOfASpeed * slow;
        slow_once = slow_once || std::abs(worse - slow) < kOfASpeed * slow;
    }
    return usual_once && slow_once;
}

}  // namespace

std::string both_speeds_text(const MetricCells& cells, const PairValues& values, double slow) {
    std::size_t both = 0;
    for (const std::size_t i : values.cell) {
        const double centre = values.classes[at(values.class_of_cell[i])].centre;
        if (takes_both(cells, cells.cells()[i], centre, slow)) ++both;
    }
    if (both == 0 || 2 * both < values.cell.size()) return "";
    return fmt::format(
        "; {} of the {} pairs take both speeds, from one sample to the next, so that no path "
        "between nodes is what differs",
        both, values.cell.size());
}

}  // namespace rackproof
