#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "analysis/pair_causes.hpp"
#include "analysis/pair_evidence.hpp"
#include "analysis/pair_parts.hpp"

namespace rackproof {

/// Observations, each by its level: how many thresholds it reaches beyond what is explained of it.
/// Free is what nothing explains; slow is what reaches a threshold, by number.
class PairCounting {
  public:
    /// Nothing is explained yet. `observations` have to outlive it.
    PairCounting(std::span<const PairObservation> observations, std::vector<double> thresholds);

    [[nodiscard]] std::span<const PairObservation> observations() const { return observations_; }
    [[nodiscard]] std::size_t thresholds() const { return thresholds_.size(); }
    [[nodiscard]] const std::vector<double>& explained() const { return explained_; }
    [[nodiscard]] bool is_free(std::size_t i) const { return explained_[i] == 0; }
    [[nodiscard]] std::size_t level(std::size_t i) const { return levels_[i]; }
    /// The level that it would have if nothing were explained.
    [[nodiscard]] std::size_t level_alone(std::size_t i) const { return level_beyond(i, 0); }
    [[nodiscard]] const PairTally& all() const { return all_; }

    /// So much worse it may be; 0: it is free again.
    void explain(std::size_t i, double explained);

    /// Those of the candidate, without `beside`, which is sorted. A pair that another fault slows
    /// down by more than the candidate's own slow pairs says nothing of it, and is not counted.
    [[nodiscard]] PairTally tally_of(const PairCandidate& candidate,
                                     std::span<const std::size_t> beside) const;
    /// The free ones of the candidate that are not `taken`, which is by observation.
    [[nodiscard]] PairCounts free_on(const PairCandidate& candidate, std::size_t threshold,
                                     const std::vector<bool>& taken) const;
    /// Those of the candidate that are slow beyond what is explained, ascending.
    [[nodiscard]] std::vector<std::size_t> slow_on(const PairCandidate& candidate,
                                                   std::size_t threshold) const;
    /// How much worse these are.
    [[nodiscard]] std::vector<double> worse_of(const std::vector<std::size_t>& on) const;

  private:
    [[nodiscard]] std::size_t level_beyond(std::size_t i, double explained) const;
    void add(std::size_t i, PairTally& tally) const;
    [[nodiscard]] std::optional<double> own_worse(const PairCandidate& candidate) const;

    std::span<const PairObservation> observations_;
    std::vector<double> thresholds_;
    std::vector<double> explained_;    ///< by observation
    std::vector<std::size_t> levels_;  ///< likewise
    PairTally all_;
};

}  // namespace rackproof
