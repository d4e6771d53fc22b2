#pragma once

#include <string>
#include <vector>

#include "analysis/draft.hpp"
#include "analysis/pair_causes.hpp"

namespace rackproof {

/// The pairs of one metric as findings tell of them.
struct PairTold {
    const Survey* survey = nullptr;
    const Metric* metric = nullptr;
    const std::vector<PairObservation>* observations = nullptr;
    const std::vector<Grouping>* groupings = nullptr;
    const std::vector<PairCause>* causes = nullptr;
    std::vector<bool> does_well;  ///< by end: nothing is said of it, nor of some pair of its
};

/// With what the explanation says of each of `ends` ends.
[[nodiscard]] PairTold told_of(const Survey& survey, const Metric& metric,
                               const std::vector<PairObservation>& observations,
                               const std::vector<Grouping>& groupings,
                               const PairExplanation& explanation, std::size_t ends);

enum class PairTrouble : std::uint8_t { Slow, Broken };

/// The place of one end.
[[nodiscard]] Place place_of_end(const PairTold& told, std::int32_t end);

/// "n3", "n3 device 0".
[[nodiscard]] std::string name_of_end(const PairTold& told, std::int32_t end);

/// Where the cause sits: fills the draft's place, subject, group and watched nodes.
void place_cause(const PairTold& told, const PairCause& cause, Draft& draft);

/// "in 6 of its 6 pairs (with n1, n2, n3 and 3 more), which do well with others".
[[nodiscard]] std::string where_seen(const PairTold& told, const PairCause& cause);

/// The next step, by name.
[[nodiscard]] std::string action_after(const PairTold& told, const PairCause& cause,
                                       PairTrouble trouble);

/// "3072 of 523776 pairs met: a given one with a chance of 0.59 % (6 rounds)".
[[nodiscard]] std::string pair_coverage_text(const PairFit& fit);

}  // namespace rackproof
