#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "core/run.hpp"
#include "results/csv_entry.hpp"

namespace rackproof::csv {

/// What a metric is where its rows do not say so.
struct MetricDefaults {
    std::string unit = "1";
    Direction better = Direction::HigherIsBetter;
};

/// One metric of a run that is being imported: its values in the order in which they came, and
/// which row and column of the matrix each belongs to.
class ImportedMetric {
  public:
    ImportedMetric(std::string name, MetricDefaults defaults);

    /// What is wrong with the entry beside those taken before (scope, unit, better); nullopt if
    /// nothing is. Changes nothing but what is remembered of its unit's text.
    [[nodiscard]] std::optional<FieldProblem> check(const Entry& entry);

    /// Takes a checked entry; `target` is an index into nodes or devices as they were numbered
    /// during the import. A problem, and nothing is taken, if the repetition was there before or
    /// the outcome is another than before.
    [[nodiscard]] std::optional<FieldProblem> take(const Entry& entry, Target target);

    /// Adds a row without values, unless the target has one.
    void add_absent(std::int32_t target, const std::string& reason);
    [[nodiscard]] bool has(std::int32_t target) const;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] Scope scope() const { return scope_; }
    /// The text of a unit that is not known, and so was kept; empty if there is none.
    [[nodiscard]] const std::string& unknown_unit() const { return unknown_unit_; }

    /// The matrix; `number` maps targets to their numbers in the run file, `origin_s` is taken off
    /// absolute times. Reasons of rows without values are appended. Throws InputError if the
    /// repetitions' numbers leave more holes than values. Takes the values' memory along.
    [[nodiscard]] Metric matrix(const std::vector<std::int32_t>& number, double origin_s,
                                std::vector<Reason>& reasons);

  private:
    struct Lane {  ///< one row of the matrix to be
        Target target;
        std::int32_t attempt = 0;
        std::int32_t in_order = 0;  ///< repetitions that came one after the other
        bool has_value = false;
        std::optional<Outcome> outcome;
        std::string reason;
    };
    struct Sample {
        std::uint32_t lane = 0;
        std::int32_t rep = 0;
        double value = kNoValue;
    };

    [[nodiscard]] std::optional<FieldProblem> check_unit(std::string_view text);
    [[nodiscard]] std::optional<FieldProblem> check_silent_unit();
    [[nodiscard]] std::uint32_t* find_lane(Target target, std::int32_t attempt);
    std::uint32_t add_lane(Target target, std::int32_t attempt);
    [[nodiscard]] std::optional<std::int32_t> free_repetition(const Lane& lane, std::uint32_t index,
                                                              std::optional<std::int32_t> wanted);
    void note_repetition(Lane& lane, std::uint32_t index, std::int32_t rep);
    void note_time(const Entry& entry);
    [[nodiscard]] std::vector<std::int32_t> columns() const;
    [[nodiscard]] std::vector<std::uint32_t> row_order(const std::vector<std::int32_t>& number);

    std::string name_;
    std::string unit_;
    Direction better_;
    bool unit_said_ = false;     ///< by a value, in whatever way
    bool unit_written_ = false;  ///< in the unit column
    bool better_said_ = false;
    std::optional<Scope> first_scope_;
    Scope scope_ = Scope::Device;
    std::string unit_text_;  ///< of the last row that had one
    double factor_ = 1;
    std::string unknown_unit_;
    std::vector<Lane> lanes_;
    std::vector<std::uint32_t> lane_of_target_;  ///< of first attempts, pairs left out
    std::map<std::tuple<Target, std::int32_t>, std::uint32_t> other_lanes_;
    std::vector<Sample> samples_;
    std::vector<double> times_;  ///< of the samples; empty as long as none has one
    std::optional<std::int32_t> first_rep_;
    std::unordered_set<std::uint64_t> out_of_order_;  ///< lane and repetition
};

}  // namespace rackproof::csv
