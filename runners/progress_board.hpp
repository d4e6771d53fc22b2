#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/manifest.hpp"
#include "core/outcome.hpp"
#include "core/record.hpp"

namespace rackproof {

/// The cells of one stage in which a node takes part, by their first attempts.
struct StageCount {
    std::int32_t cells = 0;
    std::int32_t ended = 0;
    std::int32_t not_completed = 0;  ///< of those ended, other than completed, skipped or excluded
    std::int32_t excluded = 0;       ///< likewise: the node takes no part
    friend bool operator==(const StageCount&, const StageCount&) = default;
};

/// What was last measured on a node.
struct LatestValue {
    std::int32_t case_index = 0;
    double value = 0;  ///< the middle one of the samples that came together, in the case's unit
};

/// The middle one of the samples that are finite; nullopt if there is none.
[[nodiscard]] std::optional<double> middle_value(const record::Samples& samples);

/// How far each node has come, kept up as cells end, for whoever shows a run while it runs.
class ProgressBoard {
  public:
    /// `manifest` must outlive this.
    explicit ProgressBoard(const Manifest& manifest);

    void cell_ended(std::int32_t cell, Outcome outcome);
    void measured(const record::Samples& samples);

    [[nodiscard]] const Manifest& manifest() const { return *manifest_; }
    [[nodiscard]] const StageCount& count(std::size_t node, std::size_t stage) const {
        return counts_[node * manifest_->stages.size() + stage];
    }
    /// Nullopt before the node's first number; what all nodes of a group measure is not told.
    [[nodiscard]] const std::optional<LatestValue>& latest(std::size_t node) const {
        return latest_[node];
    }

  private:
    [[nodiscard]] std::vector<std::int32_t> nodes_of_cell(std::int32_t cell) const;
    [[nodiscard]] const CaseSpec& case_of(std::int32_t cell) const;
    [[nodiscard]] StageCount& count_at(std::int32_t node, std::int32_t stage);

    const Manifest* manifest_;
    std::vector<StageCount> counts_;  ///< by node, then stage
    std::vector<std::optional<LatestValue>> latest_;
};

}  // namespace rackproof
