#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/cells.hpp"
#include "analysis/draft.hpp"
#include "analysis/judgement.hpp"

namespace rackproof {

// A stage over pairs may be a search for who slows a collective, which begins only where that falls
// short (docs/plan-file.md). What was not searched is no absence while the collective is well, and
// else is one, whether or not the policy calls the pairs optional.

/// Tells which cells of a metric have no number because a search did not ask for one, or because
/// they are not of those that were to be measured again.
class Searching {
  public:
    /// Both must outlive this.
    Searching(const MetricCells& cells, const Survey& survey);

    enum class Gap : std::uint8_t { None, NotDue, Cut };
    [[nodiscard]] Gap gap(const TargetCell& cell) const;

    /// The metrics that this one was a search for; empty if it was none.
    [[nodiscard]] const std::vector<std::string>& of() const { return of_; }

  private:
    const MetricCells* cells_;
    const Survey::Reasons* reasons_;
    std::vector<std::string> of_;
    std::map<std::string_view, Gap> texts_;  ///< of the search's events
};

/// What of one metric was not searched.
struct SearchGap {
    std::vector<std::string> of;  ///< the metrics that it was a search for
    std::size_t cells = 0;        ///< of the metric
    std::size_t not_due = 0;      ///< of them, cells of each kind ...
    std::size_t cut = 0;
    std::set<std::string> cut_texts;  ///< ... and what was said of those that were cut
    std::set<std::int32_t> silent;    ///< nodes with a cell that was cut, and with no number
};
[[nodiscard]] SearchGap search_gap(const MetricCells& cells, const Survey& survey);

/// Why a collective is not known to be well: `finding`, if not empty, says what was found of it
/// (watch or worse); a cell without a number, or one that was held against nothing. Empty: it is,
/// or it is optional and was skipped everywhere.
[[nodiscard]] std::string why_short(const Coverage& coverage, const std::string& finding);

/// The first of these metrics that is not known to be well, and why; empty if all of them are. A
/// metric that the judgement does not know is not.
[[nodiscard]] std::string why_search_is_due(const Judgement& judgement,
                                            const std::vector<std::string>& metrics);

/// No data for what was due and not searched: the fleet, and each node that a cut left without any
/// number. `gaps` and `coverage` are of all metrics, in the run's order, `drafts` all that was
/// found of values.
void judge_searches(const std::vector<SearchGap>& gaps, const std::vector<Coverage>& coverage,
                    std::vector<Draft>& drafts);

}  // namespace rackproof
