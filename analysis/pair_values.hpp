#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "analysis/cells.hpp"
#include "analysis/pair_causes.hpp"
#include "core/plan.hpp"

namespace rackproof {

/// Pairs that may be held against each other: of one sku (or two), measured in one way, and near to
/// or far from each other in the fabric alike.
struct PairClass {
    double centre = 0;  ///< what its healthy pairs reach, in the metric's unit
    std::size_t pairs = 0;
    std::vector<std::string> shared;  ///< groupings whose groups the ends share
};

/// What a metric of pairs says, as one observation a pair with a number.
struct PairValues {
    std::vector<PairObservation>
        observations;                         ///< worse: the logarithm of the distance from centre
    std::vector<std::size_t> cell;            ///< by observation: index of its cell
    std::vector<std::int32_t> class_of_cell;  ///< by cell; -1 = it has no class to be held against
    std::vector<PairClass> classes;
    double spread = 0;  ///< of healthy pairs, robust, as a logarithm
};

/// True of metrics that can be told so: pairs, with a direction, relative effects.
[[nodiscard]] bool is_judged_by_pairs(const Metric& metric);

/// The number of one end of a pair: of its device for pairs of devices, else of its node.
[[nodiscard]] std::int32_t end_number(Scope scope, std::int32_t node, std::int32_t device);

/// Of all cells with a value. Those of a class of fewer than `policy.min_cohort`, or whose centre
/// is not above zero, have none: `leave_out` says so.
[[nodiscard]] PairValues pair_values(MetricCells& cells, const Survey& survey, const Policy& policy,
                                     const std::vector<Grouping>& groupings);

/// By how much a value is worse, relative to its class, whose logarithm is so much worse.
[[nodiscard]] double relative(Direction better, double worse);
/// The inverse.
[[nodiscard]] double logarithmic(Direction better, double relative_worse);

}  // namespace rackproof
