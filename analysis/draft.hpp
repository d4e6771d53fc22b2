#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analysis/cells.hpp"
#include "analysis/judgement.hpp"

namespace rackproof {

inline constexpr std::size_t kNoMetric = static_cast<std::size_t>(-1);

/// A finding on its way: what a rule saw, with the places still as indices. `finding` has its
/// verdict, kind, numbers, rule and action; the rest is filled by `finish`.
struct Draft {
    Finding finding;
    Place place;  ///< all -1: the fleet
    std::size_t metric = kNoMetric;
    std::string what;  ///< the sentence after its subject: "gemm.fp64 is 10.1 % below ..."
    std::string of;    ///< the subject where it is not one place: "all 8 devices of n3"
    /// Nodes that the finding puts on watch, and does not blame: those of a bad rack.
    std::vector<std::int32_t> watched;
};

/// That there is no number, which `rule` found; `metric` may be kNoMetric.
[[nodiscard]] Draft no_data(std::string rule, const Place& place, std::size_t metric,
                            std::string what, std::string action);

/// The level at which a fault of this place sits.
[[nodiscard]] Level level_of(const Place& place);

/// "n3 device 5", "the link n3 - n4", "the group of n1, n2 and 6 more", "the fleet".
[[nodiscard]] std::string subject(const Run& run, const Place& place);

/// The first four of the names: "0, 1, 2, 3 and 5 more".
[[nodiscard]] std::string some_of(const std::vector<std::string>& names);

/// Puts the drafts in their final order, which does not depend on the one they came in (worst
/// first, then as the run lists nodes, devices and metrics), and fills in their findings: id,
/// level, names, unit, sentence. Ids count from 0. `metrics` are the run's, in its order.
void finish(const Survey& survey, const std::vector<MetricIdentity>& metrics,
            std::vector<Draft>& drafts);

/// Where every device of a node (at least two) has the same kind of finding by the same rule on
/// the same metric, one finding on the node takes their place, with the worst device's numbers.
[[nodiscard]] std::vector<Draft> collapsed(const Run& run, std::vector<Draft> drafts);

}  // namespace rackproof
