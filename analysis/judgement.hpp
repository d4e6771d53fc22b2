#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/past.hpp"
#include "core/metric_source.hpp"
#include "core/outcome.hpp"
#include "core/plan.hpp"
#include "core/run.hpp"

namespace rackproof {

enum class Level : std::uint8_t { Device, Node, Link, Group, Rack, Fleet };
enum class FindingKind : std::uint8_t {
    Slow,
    Unstable,
    Drift,
    Limit,
    WrongAnswer,
    Hardware,
    Missing,
};
[[nodiscard]] std::string_view to_string(Level level) noexcept;
[[nodiscard]] std::string_view to_string(FindingKind kind) noexcept;
[[nodiscard]] std::optional<FindingKind> finding_kind_from(std::string_view text) noexcept;

/// One piece of evidence, at the level where the fault sits. Empty optionals are null in JSON, as
/// are empty texts for rack, node and metric. docs/statistics.md says which rule gives which kind.
struct Finding {
    std::int32_t id = 0;
    Verdict verdict = Verdict::Watch;
    Level level = Level::Device;
    std::string rack;
    std::string node;
    std::optional<std::string> device;  ///< its index within the node
    std::optional<std::string> peer;    ///< the other node of a link; "NODE/INDEX" for a device
    std::string group;                  ///< of Level::Group: "leaf s4", "leaf s4 - leaf s7"
    std::string metric;
    FindingKind kind = FindingKind::Slow;
    std::optional<double> observed;
    std::optional<double> expected;
    std::string unit;
    std::optional<double> deviation;  ///< relative, negative when worse; never for temperatures
    std::optional<double> p_value;
    std::string since;  ///< of `drift`: when the first worse run started; empty for other kinds
    std::string rule;   ///< the rule that made it, as docs/statistics.md calls it
    std::optional<std::int64_t> cohort;  ///< size
    std::string sentence;
    std::string action;
    std::string
        provisional;     ///< the source of the provisional limit or profile that it rests on; or ""
    std::string waived;  ///< "until 2026-12-31 by NAME: REASON" (analysis/waivers.hpp); empty: not
};

/// How one suite went on one node.
struct SuiteVerdict {
    Verdict verdict = Verdict::Pass;
    std::int64_t cells = 0;
    std::int64_t completed = 0;  ///< in the last attempt
    std::int64_t judged = 0;     ///< of those, how many were held against peers or a limit

    friend bool operator==(const SuiteVerdict&, const SuiteVerdict&) = default;
};

struct NodeVerdict {
    std::string node;
    std::string rack;
    std::string slot;
    std::string sku;
    Verdict verdict = Verdict::Pass;
    std::vector<std::int32_t> findings;
    std::map<std::string, SuiteVerdict> suites;  ///< that have cells or findings on this node
    std::int32_t waived = 0;                     ///< findings on it that are waived
};

/// The rack as one thing (its coolant, its power): the worst of the findings at its own level, and
/// no better than its best node. A bad node among good ones fails itself, not its rack.
struct RackVerdict {
    std::string rack;
    Verdict verdict = Verdict::Pass;
    std::vector<std::int32_t> findings;
};

/// What was and what was not measured and judged, a metric each.
struct Coverage {
    std::string metric;
    std::string suite;
    std::map<Outcome, std::int64_t> outcomes;  ///< cells (first attempts) by outcome; they sum
    std::int64_t attempts = 0;                 ///< rows, retests included
    bool required = true;
    std::int64_t judged = 0;    ///< completed cells held against peers or a limit
    std::string not_judged;     ///< why the others were not; empty if all were
    std::string not_completed;  ///< outcomes and reasons of those that ended without a number
    std::string gradient;       ///< over the slots of a rack, taken off; empty if there is none
    std::string pairs;          ///< of pairs: how many there are and how many met; else empty
    std::string exposure;       ///< of burn-ins: how much was looked at for corruption; else empty
};

/// What the pairs of one metric say of a node, a device or a part of the fabric.
struct PairEffect {
    std::string of;  ///< "n3", "n3/0", "leaf s4"
    /// On its pairs: relative to pairs like them, negative when worse; none: no pair is left that
    /// would tell.
    std::optional<double> effect;
    std::int64_t pairs = 0;  ///< with a number
    bool named = false;      ///< it explains slow pairs
};

/// One pair, for the heat map.
struct PairCell {
    std::int32_t first = 0;  ///< indices into PairFit::ends
    std::int32_t second = 0;
    std::optional<double> effect;  ///< as PairEffect::effect; none: it broke
};

/// What was fitted to the pairs of one metric.
struct PairFit {
    std::string metric;
    std::string suite;
    std::int64_t met = 0;          ///< different pairs with a number
    std::int64_t possible = 0;     ///< of so many that there are
    std::int64_t broke = 0;        ///< results without a number
    std::int64_t rounds = 0;       ///< most pairs that one end was in
    double spread = 0;             ///< robust standard deviation of healthy pairs, relative
    std::vector<PairEffect> ends;  ///< nodes or devices that were in some pair, as the run has them
    std::vector<PairEffect> groups;  ///< of the fabric, in the order of their names
    std::vector<PairCell> cells;     ///< only where the ends are few enough for a heat map
};
inline constexpr std::size_t kMostEndsOfHeatMap = 32;

/// What slowdown of one place the run could have seen in one metric: on one level of one cohort.
struct Sensitivity {
    std::string metric;
    std::string suite;
    std::optional<Level> level;      ///< none: its values could not be compared with anything
    std::int64_t compared = 0;       ///< places of the cohort on this level
    std::optional<double> slowdown;  ///< smallest that fails nine times in ten; none: none does
    std::string unit;                ///< of `slowdown`: "1", relative, or "K"
};

struct Judgement {
    std::string run_id;
    bool run_complete = false;
    Policy policy;
    std::vector<NodeVerdict> nodes;  ///< in the run's order
    std::vector<RackVerdict> racks;  ///< by name
    std::vector<Finding> findings;
    std::vector<Coverage> coverage;         ///< in the run's order of metrics
    std::vector<Sensitivity> sensitivity;   ///< likewise, of those with numbers and a direction
    std::vector<PairFit> pairs;             ///< likewise, of metrics of pairs with numbers
    std::vector<std::string> waiver_notes;  ///< waivers that have expired or cover nothing
    std::vector<std::string> amendments;    ///< what was measured again after a repair
    std::vector<std::string> left_out;     ///< stages that were to measure, and did not, or not all
    std::vector<std::string> history;      ///< which earlier runs it was held against, if any
    std::vector<std::string> provisional;  ///< limits and profiles that are, and whence they come
};

/// Facts to judgement: a pure function, independent of the order of rows. See docs/statistics.md.
/// Throws InputError if the policy is not sound (check_policy) or a limit's unit is not its
/// metric's; no run, however odd, makes it throw.
[[nodiscard]] Judgement judge(const Run& run, const Policy& policy);

/// The same, with the metrics taken one by one from `metrics`; what `facts` holds of them itself is
/// not looked at. `threads` metrics are in memory and worked on at once; the judgement does not
/// depend on their number. Throws what `metrics` throws, too. With a `past`, what got worse against
/// it is found as well.
[[nodiscard]] Judgement judge(const Run& facts, MetricSource& metrics, const Policy& policy,
                              std::size_t threads, Past* past = nullptr);

/// Throws InputError if the policy cannot judge: a number that is none or negative, a limit with
/// neither minimum nor maximum or with the two crossed, fail_q above watch_q.
void check_policy(const Policy& policy);

/// The verdict on the run as a whole: the worst of its findings, of which a waived one counts as
/// `watch`; of an incomplete run at least `no_data`.
[[nodiscard]] Verdict overall_verdict(const Judgement& judgement);

/// Of the overall verdict: 1 for `fail`, 3 for `no_data`, else 0.
[[nodiscard]] int exit_status(const Judgement& judgement);

/// The worst of the node's findings that `counts` lets count: one that is waived, or blames nobody
/// (of a rack, of the fleet), as no worse than `watch`.
[[nodiscard]] Verdict worst_finding(const NodeVerdict& node, const Judgement& judgement,
                                    const std::function<bool(const Finding&)>& counts);

/// The rule by which a target is held against its own past.
inline constexpr std::string_view kHistoryRule = "history";

}  // namespace rackproof
