#pragma once

#include <optional>
#include <vector>

#include "analysis/judgement.hpp"
#include "analysis/pair_values.hpp"
#include "analysis/pair_words.hpp"
#include "analysis/population.hpp"

namespace rackproof {

/// How much worse the pairs of each end (or group) are, less what other causes explain.
struct EffectsOfParts {
    std::vector<std::optional<double>> worse;  ///< by end or group: median, as a logarithm
    std::vector<std::size_t> pairs;            ///< likewise: how many there are in all
};

[[nodiscard]] EffectsOfParts effects_of_ends(const PairTold& told,
                                             const std::vector<double>& explained,
                                             std::size_t ends);
[[nodiscard]] EffectsOfParts effects_of_groups(const PairTold& told,
                                               const std::vector<double>& explained,
                                               std::int32_t grouping);

/// How healthy parts differ; nullopt where there are too few to tell.
[[nodiscard]] std::optional<Population> healthy_parts(const EffectsOfParts& effects, double spread,
                                                      double freedom);

/// Everything that was fitted, for the reports.
[[nodiscard]] PairFit fit_of(const PairTold& told, const PairValues& values,
                             const std::vector<double>& explained, const MetricCells& cells);

}  // namespace rackproof
