// How often the judge is right: fleets drawn by analysis/simulator, judged, and held against what
// was planted. A table a scenario, and in it a line for each healthy tail, of fleets with one
// metric, with two and with more, never pooled. For slow devices the recall of an oracle stands
// beside it, which knows how healthy and slow devices are distributed: what no judge can beat
// (bench/ quality_oracle.hpp).
//
//   judge_quality [FLEETS [SCENARIO [SEED [FEWEST_SPREADS]]]]
//
// Counted are faults of at least 5 % and FEWEST_SPREADS (7) of the metric's spreads: the share that
// failed, and of those the share at the right level; and healthy nodes that failed or were watched,
// which the nodes of a bad rack or of a slower population are not.

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <tuple>

#include "analysis/judgement.hpp"
#include "analysis/simulator/fleet_simulator.hpp"
#include "bench/quality_oracle.hpp"
#include "bench/quality_scenarios.hpp"

namespace {

using namespace rackproof;
using simulator::FaultKind;
using simulator::FaultLevel;
using simulator::FleetSimulator;

/// Where something sits: level, name of the rack, node or node and device, metric.
using Spot = std::tuple<Level, std::string, std::string>;

struct Score {
    int fleets = 0;
    int faults = 0;
    int found = 0;    ///< failed (unstable: watched), at whatever level
    int watched = 0;  ///< no more than watched
    int level_right = 0;
    int of_devices = 0;    ///< slow devices
    double by_oracle = 0;  ///< of those, how many an oracle finds in the mean
    int healthy_nodes = 0;
    int failed_nodes = 0;
    int watched_nodes = 0;
    int fleets_with_a_failed_node = 0;
};

std::string device_name(const simulator::Layout& layout, std::int32_t slot) {
    const auto node = static_cast<std::size_t>(layout.node_of_slot[static_cast<std::size_t>(slot)]);
    return layout.nodes[node].name + "/" + std::to_string(slot - layout.first_slot[node]);
}

Spot spot_of(const FleetSimulator& fleet, const simulator::Planted& fault,
             const std::string& metric) {
    const simulator::Layout& layout = fleet.layout();
    const auto unit = static_cast<std::size_t>(fault.unit);
    switch (fault.level) {
        case FaultLevel::Device: return {Level::Device, device_name(layout, fault.unit), metric};
        case FaultLevel::Node: return {Level::Node, layout.nodes[unit].name, metric};
        case FaultLevel::Rack: {
            const simulator::Stretch nodes = layout.stretch(fault.level, fault.unit);
            return {Level::Rack, layout.nodes[static_cast<std::size_t>(nodes.first_node)].rack,
                    metric};
        }
        case FaultLevel::Fleet:
        case FaultLevel::Leaf:
        case FaultLevel::Uplink:
        case FaultLevel::Link: break;  // of pairs: bench/pair_quality
    }
    return {Level::Fleet, "", metric};
}

/// What was said of whom, with the worst verdict.
std::map<Spot, Verdict> said(const Judgement& judgement) {
    std::map<Spot, Verdict> all;
    for (const Finding& finding : judgement.findings) {
        std::string name = finding.node;
        if (finding.level == Level::Rack) name = finding.rack;
        if (finding.level == Level::Device) name += "/" + finding.device.value_or("");
        Verdict& verdict = all[{finding.level, name, finding.metric}];
        verdict = worst(verdict, finding.verdict);
    }
    return all;
}

/// The worst said of the spot or, at a wrong level, of the node that it is in or consists of.
Verdict said_nearby(const std::map<Spot, Verdict>& all, const Spot& spot) {
    const auto& [level, name, metric] = spot;
    Verdict verdict = Verdict::Pass;
    for (const auto& [other, said_of_it] : all) {
        if (std::get<2>(other) != metric) continue;
        const std::string& there = std::get<1>(other);
        const bool near =
            there == name || name.starts_with(there + "/") || there.starts_with(name + "/");
        if (near && !there.empty()) verdict = worst(verdict, said_of_it);
    }
    return verdict;
}

/// Nodes of which it is right to say something: those of faults, and of slower populations.
std::set<std::string> touched_nodes(const FleetSimulator& fleet) {
    const simulator::Layout& layout = fleet.layout();
    std::set<std::string> nodes;
    for (const simulator::Planted& fault : fleet.planted()) {
        const simulator::Stretch stretch = layout.stretch(fault.level, fault.unit);
        for (std::int32_t node = stretch.first_node; node < stretch.end_node; ++node) {
            nodes.insert(layout.nodes[static_cast<std::size_t>(node)].name);
        }
    }
    for (std::size_t i = 0; i < fleet.members().size(); ++i) {
        const bool members_are_slower = fleet.scenario().populations[i].effect < 0;
        for (std::size_t slot = 0; slot < fleet.members()[i].size(); ++slot) {
            if (fleet.members()[i][slot] != members_are_slower) continue;
            nodes.insert(layout.nodes[static_cast<std::size_t>(layout.node_of_slot[slot])].name);
        }
    }
    return nodes;
}

/// What was said of the node as a whole: enough for what is missing.
Verdict said_of_node(const FleetSimulator& fleet, const Judgement& judgement,
                     const simulator::Planted& fault) {
    const simulator::Layout& layout = fleet.layout();
    const auto unit = static_cast<std::size_t>(fault.unit);
    const auto node = fault.level == FaultLevel::Device
                          ? static_cast<std::size_t>(layout.node_of_slot[unit])
                          : unit;
    return judgement.nodes[node].verdict;
}

/// Faults of one tail in fleets of one metric, of two or of more (3): the more, the more is known.
using Scores = std::map<std::pair<simulator::Tail, std::size_t>, Score>;
constexpr std::size_t kMore = 3;

void score_fault(const FleetSimulator& fleet, const Judgement& judgement,
                 const std::map<Spot, Verdict>& all, const simulator::Planted& fault,
                 const simulator::MetricModel& metric, Score& score) {
    const FaultKind kind = fleet.scenario().faults[fault.plan].kind;
    ++score.faults;
    if (kind == FaultKind::Missing) {
        const bool found = said_of_node(fleet, judgement, fault) == Verdict::NoData;
        score.found += found ? 1 : 0;
        score.level_right += found ? 1 : 0;
        return;
    }
    const Spot spot = spot_of(fleet, fault, metric.name);
    const auto exact = all.find(spot);
    const Verdict needed = kind == FaultKind::Slow ? Verdict::Fail : Verdict::Watch;
    const Verdict nearby = said_nearby(all, spot);
    score.found += nearby >= needed ? 1 : 0;
    score.watched += nearby == Verdict::Watch && kind == FaultKind::Slow ? 1 : 0;
    score.level_right += exact != all.end() && exact->second >= needed ? 1 : 0;
}

/// Of each fault plan; 0 for those that are not of slow devices.
std::vector<double> oracle_recalls(const FleetSimulator& fleet) {
    const std::vector<simulator::FaultPlan>& plans = fleet.scenario().faults;
    std::vector<std::int64_t> faulty(plans.size(), 0);
    for (const simulator::Planted& fault : fleet.planted()) ++faulty[fault.plan];
    std::vector<double> recalls;
    for (std::size_t i = 0; i < plans.size(); ++i) {
        const bool asked = plans[i].kind == FaultKind::Slow && plans[i].level == FaultLevel::Device;
        recalls.push_back(asked ? bench::oracle_recall(fleet.scenario(), plans[i], faulty[i],
                                                       fleet.layout().slots(), Policy{}.fail_q)
                                : 0.0);
    }
    return recalls;
}

void score_faults(const FleetSimulator& fleet, const Judgement& judgement, double fewest_spreads,
                  Scores& scores) {
    const std::map<Spot, Verdict> all = said(judgement);
    const std::vector<double> oracle = oracle_recalls(fleet);
    const std::vector<simulator::MetricModel>& metrics = fleet.scenario().metrics;
    for (const simulator::Planted& fault : fleet.planted()) {
        const simulator::FaultPlan& plan = fleet.scenario().faults[fault.plan];
        for (std::size_t i = 0; i < metrics.size(); ++i) {
            const simulator::MetricModel& metric = metrics[i];
            if (!shows_in(plan, metric)) continue;
            const double size = size_in(plan, fault, metric);
            const bool slow = plan.kind == FaultKind::Slow;
            if (slow && (size < 0.05 || size < fewest_spreads * metric.spread)) continue;
            Score& score = scores[{metric.tail, std::min(metrics.size(), kMore)}];
            score_fault(fleet, judgement, all, fault, metric, score);
            if (!slow || fault.level != FaultLevel::Device) continue;
            ++score.of_devices;
            score.by_oracle += oracle[fault.plan];
        }
    }
}

void score_nodes(const FleetSimulator& fleet, const Judgement& judgement, Score& score) {
    const std::set<std::string> touched = touched_nodes(fleet);
    bool any = false;
    for (const NodeVerdict& node : judgement.nodes) {
        if (touched.contains(node.node)) continue;
        ++score.healthy_nodes;
        score.failed_nodes += node.verdict == Verdict::Fail ? 1 : 0;
        score.watched_nodes += node.verdict == Verdict::Watch ? 1 : 0;
        any = any || node.verdict == Verdict::Fail;
    }
    ++score.fleets;
    score.fleets_with_a_failed_node += any ? 1 : 0;
}

double rate(double part, int all) { return all == 0 ? 0.0 : part / all; }

void print_scores(const Scores& scores) {
    constexpr const char* kTails[] = {"normal", "skewed", "t3"};
    constexpr const char* kMetrics[] = {"one metric", "two metrics", "more metrics"};
    for (const auto& [kind, score] : scores) {
        fmt::print("  {:7}{:14}{:6} faults: recall {:.4f}, only watched {:.4f}, level right {:.4f}",
                   kTails[static_cast<int>(kind.first)], kMetrics[kind.second - 1], score.faults,
                   rate(score.found, score.faults), rate(score.watched, score.faults),
                   rate(score.level_right, score.found));
        if (score.of_devices > 0) {
            fmt::print("; oracle {:.4f}", rate(score.by_oracle, score.of_devices));
        }
        fmt::print("\n");
    }
}

void try_scenario(const std::string& name, int fleets, std::uint64_t seed, double fewest_spreads) {
    Scores scores;
    Score nodes;
    std::mt19937_64 random{seed};
    for (int i = 0; i < fleets; ++i) {
        const std::uint64_t own = random();
        std::mt19937_64 drawing{own};
        const FleetSimulator fleet{bench::drawn_scenario(name, drawing), own};
        const Run run = simulate(fleet);
        const Judgement judgement = judge(run, Policy{});
        score_faults(fleet, judgement, fewest_spreads, scores);
        score_nodes(fleet, judgement, nodes);
    }
    fmt::print(
        "{} ({} fleets, seed {}): {} with a falsely failed node; of {} healthy nodes {} "
        "failed, {:.3f} % watched\n",
        name, nodes.fleets, seed, nodes.fleets_with_a_failed_node, nodes.healthy_nodes,
        nodes.failed_nodes, 100 * rate(nodes.watched_nodes, nodes.healthy_nodes));
    print_scores(scores);
}

}  // namespace

int main(int argc, char** argv) {
    const int fleets = argc > 1 ? std::atoi(argv[1]) : 20;
    const std::string only = argc > 2 ? argv[2] : "all";
    const std::uint64_t seed =
        argc > 3 ? std::strtoull(argv[3], nullptr, 10) : std::random_device{}();
    const double fewest_spreads = argc > 4 ? std::atof(argv[4]) : 7.0;
    for (const std::string& name : rackproof::bench::scenario_names()) {
        if (only == "all" || only == name) try_scenario(name, fleets, seed, fewest_spreads);
    }
    return 0;
}
