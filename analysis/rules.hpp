#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/cells.hpp"
#include "analysis/confirmation.hpp"
#include "analysis/draft.hpp"
#include "analysis/levels.hpp"
#include "core/plan.hpp"

namespace rackproof {

// Each rule reads the facts and appends what it found. Formulas, thresholds and what they assume
// stand in docs/statistics.md.

/// How cells ended: wrong answers, failures with and without a second one when retested, cells
/// without a number. Looks at every cell but those that completed at once with one. A cell of
/// several nodes counts against those of them that were to blame for it, if that is known; who has
/// no number in any pair because all partners were to blame has no data.
void judge_outcomes(const MetricCells& cells, const Survey& survey, const Policy& policy,
                    std::vector<Draft>& drafts);

/// An output unlike its cohort's. A case and its companions share one output and one fault:
/// whoever collects the drafts of all metrics tells of each digest once a place and verdict.
struct OddDigest {
    std::string digest;
    Draft draft;
};

/// Output digests that differ between targets that computed the same thing in the same way.
[[nodiscard]] std::vector<OddDigest> judge_digests(const MetricCells& cells, const Survey& survey);

/// Targets measured in another way than more than half of their sku's.
void judge_likeness(const MetricCells& cells, const Survey& survey, std::vector<Draft>& drafts);

/// What was found of targets among their peers.
struct PeerReport {
    std::vector<Draft> drafts;
    std::vector<Contested> contests;  ///< whose suspects are still to be accused
    std::string gradient;             ///< over the slots, as text; empty if there is none
    std::optional<PairFit> pairs;     ///< what was fitted to pairs
    std::vector<Draft> lossy_pairs;   ///< to be told of links that are not accused otherwise
    std::vector<PairNumber> usual;    ///< of pairs of nodes: what healthy ones like each reach
};

/// Values against their cohort, level by level, and their scatter. Marks each cell judged so.
[[nodiscard]] PeerReport judge_peers(MetricCells& cells, const Survey& survey,
                                     const Policy& policy);

/// Scatter of the repetitions against the cohort's: one cohort and its members.
void judge_scatter(const MetricCells& cells, const Policy& policy, const Cohort& cohort,
                   const std::vector<TargetCell*>& members, std::vector<Draft>& drafts);

/// What limits are held against: the cell's value, but for temperatures the highest sample, since
/// no median makes up for having been too hot. The cell has a value.
[[nodiscard]] double value_for_limits(const MetricCells& cells, const TargetCell& cell);

/// Values against every limit that matches. Marks each cell that was judged so. A pair outside of a
/// limit counts against one end if the other end is within it in another pair. Throws InputError if
/// a limit's unit is not the metric's.
void judge_limits(MetricCells& cells, const Survey& survey, const Policy& policy,
                  std::vector<Draft>& drafts);

/// Limits whose pattern none of the run's metrics matches: they would pass in silence.
void judge_idle_limits(const std::vector<std::string>& metrics, const Policy& policy,
                       std::vector<Draft>& drafts);

/// What there is of one metric, small enough to be kept for all metrics of a fleet.
struct Presence {
    std::string name;
    Scope scope = Scope::Device;
    bool optional = false;
    bool anywhere = false;               ///< it has a cell
    std::size_t strays = 0;              ///< targets that the run does not list
    std::vector<bool> targets;           ///< by node or device: it has a row; empty for others
    std::vector<bool> nodes_with_cells;  ///< by node
    std::vector<bool> nodes_with_numbers;
    /// By node, of its own cells, its devices' and its links', in a metric that knows better from
    /// worse: there is a number; and one was held against a limit, or against other nodes.
    std::vector<bool> nodes_to_judge;
    std::vector<bool> nodes_judged;
};
[[nodiscard]] Presence presence_of(const MetricCells& cells, const Survey& survey,
                                   const Policy& policy);

/// What should be there and is not, unless it is optional: targets without a row where at least
/// half of their sku's have one, devices that a node lacks and most nodes of its sku have, metrics
/// without any row, a run without cells. And nodes without a single number of which no draft so
/// far says that they cannot pass: this rule comes after all but the events. `metrics` are all of
/// the run's, in its order.
void judge_absences(const Survey& survey, const std::vector<Presence>& metrics,
                    std::vector<Draft>& drafts);

/// Nodes that no draft so far says cannot pass, with numbers that were all held against nothing: no
/// data, if the policy does not let those pass. This rule comes after the events, which are not to
/// be silenced by it.
void judge_unjudged(const Run& run, const std::vector<Presence>& metrics, const Policy& policy,
                    std::vector<Draft>& drafts);

/// Events of severity "error" on a node or device that no other finding names: `watch`. A process
/// that died between two cells costs no number, and must not pass in silence. Those that hardware
/// itself tells (analysis/hardware_events.hpp) count whatever else is found, each code once a
/// place. Those from before the node's last repair are the repaired one's no more. Comes last of
/// all.
void judge_events(const Run& run, std::vector<Draft>& drafts);

/// The inventory of hwcheck, a column a fact: against the policy's profiles; against what most
/// nodes of a sku say (a node that differs is `watch`, kind drift; one that does not know what most
/// know has no data); and against what was ordered for a node, by its labels. Columns that are
/// bound to differ (analysis/inventory_keys.hpp) are not compared. Each node has one finding a
/// rule, verdict and key, or one for all if there are many.
void judge_inventory(const Survey& survey, const Policy& policy, std::size_t threads,
                     std::vector<Draft>& drafts);

/// What of the policy is provisional, a sentence each: what keeps it has proved no more than that.
[[nodiscard]] std::vector<std::string> provisional_notes(const Policy& policy);

/// True if a cell of this metric may be skipped without harm.
[[nodiscard]] bool is_optional(const Policy& policy, std::string_view metric_name);

}  // namespace rackproof
