#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
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
    std::vector<std::pair<std::size_t, std::string>> left_out;  ///< cells without a class, and why
};

/// True of metrics that can be told so: pairs, with a direction, relative effects.
[[nodiscard]] bool is_judged_by_pairs(const Metric& metric);

/// The number of one end of a pair: of its device for pairs of devices, else of its node.
[[nodiscard]] std::int32_t end_number(Scope scope, std::int32_t node, std::int32_t device);

/// Of all cells with a value. Classes are by the groupings that make a difference. What is of a
/// class of fewer than `policy.min_cohort`, or whose centre is not above zero, is left out.
[[nodiscard]] PairValues pair_values(const MetricCells& cells, const Survey& survey,
                                     const Policy& policy, const std::vector<Grouping>& groupings);

/// Where the search for a class's centre begins, and how far it looks. By itself it holds where up
/// to two thirds of the pairs are slow, and are not all alike.
struct PairStart {
    double quantile = 0.3;   ///< of the class's values, better ones first: the first centre
    double best = 0.1;       ///< likewise: how far apart the two are tells how they scatter
    double reach = 2.5;      ///< spreads: only values so near to the centre move it
    double known = 1.0 / 3;  ///< a class keeps its centre if fewer of its pairs are unexplained
};

/// Puts each class's centre to the middle of its pairs that nothing explains: with a quarter of the
/// fabric bad the first centre was off. A class of which little is left keeps its own.
void centre_anew(Direction better, const std::vector<double>& explained, const PairStart& start,
                 PairValues& values);

/// By how much a value is worse, relative to its class, whose logarithm is so much worse.
[[nodiscard]] double relative(Direction better, double worse);
/// The inverse.
[[nodiscard]] double logarithmic(Direction better, double relative_worse);

}  // namespace rackproof
