#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/fleet_nights.hpp"
#include "analysis/judgement.hpp"
#include "core/outcome.hpp"

namespace rackproof {

/// Nodes, or nights of nodes.
struct VerdictCounts {
    std::map<Verdict, std::int64_t> by_verdict;
    std::int64_t absent = 0;

    void add(const std::optional<Verdict>& verdict);
    [[nodiscard]] std::int64_t of(Verdict verdict) const;
    [[nodiscard]] std::int64_t all() const;
    /// Failed ones of those that were judged; nullopt if none was.
    [[nodiscard]] std::optional<double> fail_share() const;
    /// Absent or without data, of all.
    [[nodiscard]] double unjudged_share() const;
};

struct NightSummary {
    std::string started;  ///< of its first run
    std::set<std::string> plans;
    std::int64_t runs = 0;
    bool complete = true;             ///< all its runs
    Verdict overall = Verdict::Pass;  ///< the worst of its runs
    VerdictCounts nodes;              ///< of the fleet
};

/// How a node went from the night before the last to the last; a node is in one at most.
enum class Transition : std::uint8_t {
    NewlyFailed,
    NewlyNoData,
    NewlyAbsent,
    NewlyWatched,
    StillFails,
    StillNoData,
    StillAbsent,
    Recovered,    ///< from fail or no_data to pass
    WatchLifted,  ///< from watch to pass
    Returned,     ///< from absent to pass
    FirstSeen,    ///< likewise, in none of the nights before
};
inline constexpr Transition kAllTransitions[] = {
    Transition::NewlyFailed,  Transition::NewlyNoData, Transition::NewlyAbsent,
    Transition::NewlyWatched, Transition::StillFails,  Transition::StillNoData,
    Transition::StillAbsent,  Transition::Recovered,   Transition::WatchLifted,
    Transition::Returned,     Transition::FirstSeen};
/// "newly_failed"
[[nodiscard]] std::string_view to_string(Transition transition) noexcept;

/// What a finding spoke against a node by.
struct RuleAndMetric {
    std::string rule;
    std::string metric;  ///< empty: none

    friend auto operator<=>(const RuleAndMetric&, const RuleAndMetric&) = default;
};

/// A node that did not pass in two nights or more.
struct Offender {
    PlacedNode node;
    std::vector<std::optional<Verdict>> nights;                  ///< oldest first; none: absent
    VerdictCounts counts;                                        ///< the same
    std::vector<std::pair<RuleAndMetric, std::int64_t>> blamed;  ///< nights; most often first
};

/// A rack, or a row of them.
struct PlaceHealth {
    std::string row;
    std::string rack;  ///< empty: the row
    std::int64_t nodes = 0;
    std::int64_t ever_failed = 0;  ///< of them
    VerdictCounts period;          ///< nights of nodes
    VerdictCounts last;            ///< nodes in the last night
};

struct LeftOutFile {
    std::string file;
    std::string reason;
};

/// What became of a fleet over some nights. Absent is a node that another night had.
struct FleetHealth {
    std::int64_t nodes = 0;                                      ///< ever seen
    std::vector<NightSummary> nights;                            ///< oldest first, at least one
    std::map<Transition, std::vector<std::string>> transitions;  ///< nodes by name
    std::vector<Offender> offenders;   ///< most nights failed first, then without data, watched
    std::vector<PlaceHealth> racks;    ///< worst first
    std::vector<PlaceHealth> rows;     ///< likewise
    std::vector<Finding> drift;        ///< of the last night's runs
    std::vector<std::string> history;  ///< what drift was held against
    std::vector<std::string> notes;    ///< on waivers, and older runs
    std::vector<LeftOutFile> left_out;
};

/// Takes judged runs in, night by night, and keeps of them only each node's verdict and what it was
/// blamed by.
class FleetPast {
  public:
    explicit FleetPast(std::vector<PlacedNode> nodes) : nodes_{std::move(nodes)} {}

    void begin_night();
    /// To the night that was begun last. A node that several of its runs have is as bad as in the
    /// worst of them. What its nodes' own past says of them is for `FleetHealth::drift` alone.
    void add(const DatedRun& run, const Judgement& judgement);
    /// Without drift, history, notes and left_out. At least one run has been added to each night.
    [[nodiscard]] FleetHealth health() const;

  private:
    struct KeptNight {
        NightSummary summary;
        std::vector<std::optional<Verdict>> verdicts;              ///< by node
        std::map<std::int32_t, std::vector<std::int32_t>> blamed;  ///< node: of blames_
    };
    using NodeNights = std::vector<std::optional<Verdict>>;

    std::int32_t blame_of(const Finding& finding);
    [[nodiscard]] NodeNights nights_of_node(std::size_t node) const;
    void add_offender(std::size_t node, const NodeNights& nights, FleetHealth& health) const;
    [[nodiscard]] std::vector<std::pair<RuleAndMetric, std::int64_t>> blamed(
        std::size_t node) const;

    std::vector<PlacedNode> nodes_;
    std::vector<KeptNight> nights_;
    std::vector<RuleAndMetric> blames_;
    std::map<RuleAndMetric, std::int32_t> blame_index_;
};

/// The worst of the last night and of what drifted; a node that was absent has no data.
[[nodiscard]] Verdict overall_verdict(const FleetHealth& health);

/// Of the overall verdict: 1 for `fail`, 3 for `no_data`, else 0.
[[nodiscard]] int exit_status(const FleetHealth& health);

}  // namespace rackproof
