#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/fleet_facts.hpp"
#include "analysis/optional_number.hpp"
#include "analysis/row_summary.hpp"
#include "analysis/variant_facts.hpp"
#include "core/run.hpp"

namespace rackproof {

/// Where a target or a finding sits: indices into the run's nodes, devices and groups; -1 = none.
/// `rack` (of FleetFacts) is set only where a whole rack is meant.
struct Place {
    std::int32_t node = -1;
    std::int32_t device = -1;
    std::int32_t peer_node = -1;
    std::int32_t peer_device = -1;
    std::int32_t group = -1;
    std::int32_t rack = -1;

    friend auto operator<=>(const Place&, const Place&) = default;
};

/// nullopt if the run has no such target. A group of one node is placed at that node too.
[[nodiscard]] std::optional<Place> place_of(const Run& run, Scope scope, Target target);

/// What is said of a metric without its matrices.
struct MetricIdentity {
    std::string name;
    std::string suite;
    std::string unit;
    Direction better = Direction::HigherIsBetter;
};
[[nodiscard]] MetricIdentity identity_of(const Metric& metric);

/// True if effects are absolute, in kelvin, because the zero of the scale is arbitrary.
[[nodiscard]] bool is_temperature(std::string_view unit);

/// True of cells that ended without an answer, for a reason that may lie in the hardware.
[[nodiscard]] bool broke(Outcome outcome);

/// Against what a completed cell was held.
struct Judged {
    bool by_peers = false;
    bool by_limit = false;
};

/// One target of one metric, with all its attempts since its node's last repair; of a group without
/// those of fewer nodes that completed after one that had completed.
struct TargetCell {
    Place place;
    std::uint32_t begin = 0;  ///< its rows: MetricCells::rows[begin, end), by attempt
    std::uint32_t end = 0;
    std::int64_t sku = 0;            ///< FleetFacts::sku_key
    OptionalNumber value;            ///< median of the last attempt's samples, if that completed
    OptionalNumber error;            ///< standard error of `value` from the repetitions
    OptionalNumber scatter;          ///< `steady_scatter` of them
    std::int32_t variant = -1;       ///< of the last attempt
    std::int32_t why_not_peers = 0;  ///< MetricCells::why; 0 = not yet looked at
    Judged judged;
};

/// A fleet, and what its variants and reasons say: all of a run but its matrices.
struct Survey {
    explicit Survey(const Run& all_facts);

    /// What was said of each row that did not complete, by row.
    using Reasons = std::map<std::size_t, std::string_view>;
    [[nodiscard]] const Reasons& reasons_of(std::string_view metric) const;

    /// The facts of a cell's variant; nullptr where none was recorded.
    [[nodiscard]] const VariantFacts* variant(const TargetCell& cell) const;

    /// A number for the way in which a cell was measured: the same for two cells exactly if their
    /// VariantFacts::like are equal, in the order of those; -1 where none was recorded.
    [[nodiscard]] std::int32_t way(const TargetCell& cell) const;

    const Run* run;
    FleetFacts fleet;
    std::vector<VariantFacts> variants;
    std::vector<std::int32_t> ways;  ///< by variant
    std::map<std::string_view, Reasons> reasons;
    std::set<std::int32_t> to_blame;  ///< see nodes_to_blame
};

/// A metric's rows put in order by target and attempt, whatever order they came in. Columns that
/// are too short are read as "nothing recorded": no outcome is `lost`, no sample is no value.
class MetricCells {
  public:
    /// Both must outlive this. `index` is the metric's place in the run.
    MetricCells(const Survey& survey, const Metric& metric, std::size_t index);

    [[nodiscard]] const Metric& metric() const { return *metric_; }
    [[nodiscard]] std::size_t index() const { return index_; }
    [[nodiscard]] std::vector<TargetCell>& cells() { return cells_; }
    [[nodiscard]] const std::vector<TargetCell>& cells() const { return cells_; }

    /// Rows of a cell, first attempt first.
    [[nodiscard]] std::span<const std::size_t> rows(const TargetCell& cell) const;
    [[nodiscard]] Outcome outcome(std::size_t row) const;
    [[nodiscard]] std::int32_t attempt(std::size_t row) const;
    [[nodiscard]] Outcome first_outcome(const TargetCell& cell) const;
    [[nodiscard]] Outcome last_outcome(const TargetCell& cell) const;

    /// The reason recorded for a row, on one line; empty if there is none.
    [[nodiscard]] std::string reason(std::size_t row) const;

    /// Targets in the rows that the run does not have: places that nobody can look at.
    [[nodiscard]] std::size_t strays() const { return strays_; }

    /// All samples of a row, in order, finite or not; empty where none were recorded.
    [[nodiscard]] std::span<const double> samples(std::size_t row) const;

    /// Says why a cell could not be held against its peers. The texts are few.
    void leave_out(TargetCell& cell, const std::string& why);
    [[nodiscard]] const std::string& why_not_peers(const TargetCell& cell) const;

  private:
    [[nodiscard]] std::int32_t variant(std::size_t row) const;
    [[nodiscard]] bool before(std::size_t a, std::size_t b) const;
    [[nodiscard]] std::size_t counted_end(const Survey& survey, std::size_t begin,
                                          std::size_t end) const;
    void add_cell(const Survey& survey, RowSummaries& summaries, std::size_t begin,
                  std::size_t end);

    const Metric* metric_;
    const Survey::Reasons* reasons_;
    std::size_t index_;
    std::vector<std::size_t> rows_;
    std::vector<TargetCell> cells_;
    std::vector<std::string> whys_{{}};
    std::size_t strays_ = 0;
};

}  // namespace rackproof
