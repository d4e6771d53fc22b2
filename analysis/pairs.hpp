#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "analysis/cohort.hpp"
#include "analysis/draft.hpp"
#include "analysis/levels.hpp"
#include "analysis/pair_values.hpp"

namespace rackproof {

// What pairs say of their nodes and of the fabric between them: a fault is named once, where it
// sits, and its pairs are no links' faults. Formulas and sources: docs/statistics.md.

/// What was found of the pairs of one metric.
struct PairReport {
    std::vector<Draft> drafts;
    std::optional<PairFit> fit;
    PairValues values;
    std::vector<bool>
        is_told;  ///< by cell: some draft explains it, and no more is to be said of it
};

/// Slow pairs: which node, device or part of the fabric they have in common. Nothing is found in a
/// metric for which is_judged_by_pairs() is false.
[[nodiscard]] PairReport judge_pairs(MetricCells& cells, const Survey& survey,
                                     const Policy& policy);

/// Leaves to the cohort the pairs that are still to be explained, each held against its class.
void leave_to_links(const PairReport& report, Cohort& cohort);

/// The drafts from `first` on accuse the contest's links: if they are too many to be single faults,
/// one finding on the fleet takes their place. Where one says already that too many are slow, a
/// link is watched at the most.
void fold_too_many_links(const Contested& contested, std::size_t first, std::vector<Draft>& drafts);

/// Pairs that broke: who breaks with everyone? Adds what it found; returns the nodes at which their
/// pairs' failures count, and not at their partners.
[[nodiscard]] std::set<std::int32_t> judge_broken_pairs(const MetricCells& cells,
                                                        const Survey& survey, const Policy& policy,
                                                        std::vector<Draft>& drafts);

}  // namespace rackproof
