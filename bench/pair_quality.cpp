// How often pairs name the right part of the fabric: fleets with leaves and uplinks drawn by
// analysis/simulator, judged, and held against what was planted.
//
//   pair_quality [FLEETS [SCENARIO [SEED [NODES]]]]
//
// A line for each scenario and number of nodes: of the planted nodes, leaves, uplinks and links the
// share that failed at the right level under the right name; findings that fail something that is
// healthy, of all that fail; and the slowest judgement, in seconds of one core. What only broke (5
// % of the pairs) is counted for the scenario of dead nodes alone.

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <map>
#include <random>
#include <set>
#include <string>

#include "analysis/judgement.hpp"
#include "analysis/simulator/fleet_simulator.hpp"
#include "runners/pair_rounds.hpp"

namespace {

using namespace rackproof;
using simulator::FaultKind;
using simulator::FaultLevel;
using simulator::FleetSimulator;

double between(std::mt19937_64& random, double low, double high) {
    return std::uniform_real_distribution<double>{low, high}(random);
}

template <class Item>
Item one_of(std::mt19937_64& random, const std::vector<Item>& items) {
    return items[std::uniform_int_distribution<std::size_t>{0, items.size() - 1}(random)];
}

struct Case {
    const char* name;
    double nodes_share;  ///< of all nodes, added to `nodes`
    int nodes;
    int leaves;
    int uplinks;
    int links;
    int dead;
    bool some_of_uplink;  ///< one of several cables of it
    bool modes;           ///< a share of all pairs takes a slower way
};

constexpr Case kCases[] = {
    {"clean", 0, 0, 0, 0, 0, 0, false, false},      {"bimodal", 0, 0, 0, 0, 0, 0, false, true},
    {"node", 0, 1, 0, 0, 0, 0, false, false},       {"five-nodes", 0, 5, 0, 0, 0, 0, false, false},
    {"percent", 0.01, 0, 0, 0, 0, 0, false, false}, {"leaf", 0, 0, 1, 0, 0, 0, false, false},
    {"uplinks", 0, 0, 0, 1, 0, 0, false, false},    {"uplink-cable", 0, 0, 0, 1, 0, 0, true, false},
    {"links", 0, 0, 0, 0, 2, 0, false, false},      {"dead", 0, 0, 0, 0, 0, 2, false, false},
    {"mixed", 0, 3, 1, 1, 2, 0, false, false},      {"some-mixed", 0, 2, 0, 1, 1, 0, false, false},
    {"bimodal-bad", 0, 1, 1, 0, 0, 0, false, true},
};

simulator::FaultPlan slow(std::mt19937_64& random, FaultLevel level, int count, double least) {
    simulator::FaultPlan plan;
    plan.kind = FaultKind::Slow;
    plan.level = level;
    plan.count = count;
    plan.size = simulator::Range{least, between(random, least, 0.7)};
    return plan;
}

simulator::Scenario drawn(const Case& what, int nodes, std::mt19937_64& random) {
    simulator::Scenario scenario;
    scenario.nodes = nodes;
    scenario.devices_per_node = 1;
    std::vector<int> sizes{8, 16, 24, 32, 48};
    if (nodes < 100) sizes = {8, 12, 16};
    scenario.nodes_per_leaf = one_of<int>(random, sizes);
    scenario.nodes_per_rack = one_of<int>(random, {4, 8, 16, 18});
    scenario.node_spread = between(random, 0, 0.01);
    simulator::MetricModel metric;
    metric.name = "pair.value";
    metric.scope = Scope::NodePair;
    const bool latency = one_of<int>(random, {0, 1}) == 1;
    metric.better = latency ? Direction::LowerIsBetter : Direction::HigherIsBetter;
    metric.unit = latency ? "s" : "B/s";
    metric.centre = latency ? 2e-6 : 4.8e10;
    metric.spread = between(random, 0.002, 0.03);
    metric.noise = metric.spread / 4;
    metric.repetitions = 3;
    metric.tail =
        one_of<simulator::Tail>(random, {simulator::Tail::Normal, simulator::Tail::Skewed});
    scenario.metrics.push_back(metric);
    scenario.pairs.rounds = enough_rounds(nodes);
    scenario.pairs.failing = 0.05;
    scenario.pairs.far_effect = -between(random, 0, 0.3);
    if (what.modes) {
        scenario.pairs.mode_fraction = between(random, 0.04, 0.6);
        scenario.pairs.mode_effect = -between(random, 0.15, 0.6);
    }
    const double least = std::max(0.1, 6 * metric.spread);
    const auto add = [&](FaultLevel level, int count) {
        if (count > 0) scenario.faults.push_back(slow(random, level, count, least));
    };
    add(FaultLevel::Leaf, what.leaves);
    add(FaultLevel::Uplink, what.uplinks);
    if (what.some_of_uplink) scenario.faults.back().share = between(random, 0.25, 0.75);
    add(FaultLevel::Node, what.nodes + static_cast<int>(std::lround(what.nodes_share * nodes)));
    if (what.dead > 0) {
        simulator::FaultPlan dead;
        dead.kind = FaultKind::Missing;
        dead.missing = simulator::Missing::TimedOut;
        dead.level = FaultLevel::Node;
        dead.count = what.dead;
        scenario.faults.push_back(dead);
    }
    // one value of a skewed population is far out only from here on
    if (what.links > 0) {
        scenario.faults.push_back(
            slow(random, FaultLevel::Link, what.links, std::max(0.15, 12 * metric.spread)));
    }
    return scenario;
}

/// What is to be found, by what a finding on it is called.
std::string name_of(const FleetSimulator& fleet, const simulator::Planted& fault) {
    const std::vector<Node>& nodes = fleet.layout().nodes;
    const auto node = [&](std::int32_t i) { return nodes[static_cast<std::size_t>(i)].name; };
    if (fault.level == FaultLevel::Link) {
        const auto& [a, b] = fleet.pairs()[static_cast<std::size_t>(fault.unit)];
        return "link " + node(a) + " " + node(b);
    }
    const simulator::Stretch stretch = fleet.layout().stretch(fault.level, fault.unit);
    if (fault.level == FaultLevel::Node) return "node " + node(stretch.first_node);
    const auto& labels = nodes[static_cast<std::size_t>(stretch.first_node)].labels;
    const char* kind = fault.level == FaultLevel::Leaf ? "leaf " : "uplink of leaf ";
    return kind + labels.at("leaf");
}

std::string name_of(const Finding& finding) {
    switch (finding.level) {
        case Level::Node: return "node " + finding.node;
        case Level::Link: return "link " + finding.node + " " + finding.peer.value_or("");
        case Level::Rack: return "rack " + finding.rack;
        case Level::Fleet: return "fleet";
        case Level::Device:
        case Level::Group: break;
    }
    const bool uplink = finding.sentence.starts_with("what leads out of ");
    return (uplink ? "uplink of " : "") + finding.group;
}

bool was_measured(const FleetSimulator& fleet, const Run& run, const simulator::Planted& fault) {
    if (fault.level != FaultLevel::Link) return true;
    const auto& [a, b] = fleet.pairs()[static_cast<std::size_t>(fault.unit)];
    const Metric& metric = run.metrics.front();
    for (std::size_t row = 0; row < metric.rows(); ++row) {
        if (metric.target[row] == Target{a, b}) return metric.outcome[row] == Outcome::Completed;
    }
    return false;
}

bool is_on(const FleetSimulator& fleet, const simulator::Planted& fault, const Target& pair) {
    if (fault.level == FaultLevel::Link) {
        const auto& [a, b] = fleet.pairs()[static_cast<std::size_t>(fault.unit)];
        return pair == Target{a, b};
    }
    const simulator::Stretch nodes = fleet.layout().stretch(fault.level, fault.unit);
    const auto holds = [&](std::int32_t i) { return i >= nodes.first_node && i < nodes.end_node; };
    if (fault.level == FaultLevel::Uplink) return holds(pair.first) != holds(pair.second);
    return holds(pair.first) || holds(pair.second);
}

/// Measured pairs that no other planted fault slows down as much: of two the worse is seen. All of
/// an uplink's pairs count as slowed by it, though some of its cables may be well.
int shown_by(const FleetSimulator& fleet, const Run& run, const simulator::Planted& fault) {
    const Metric& metric = run.metrics.front();
    int pairs = 0;
    for (std::size_t row = 0; row < metric.rows(); ++row) {
        const Target& pair = metric.target[row];
        if (metric.outcome[row] != Outcome::Completed || !is_on(fleet, fault, pair)) continue;
        pairs += std::ranges::none_of(fleet.planted(), [&](const simulator::Planted& other) {
            return &other != &fault && other.drawn_size >= fault.drawn_size &&
                   is_on(fleet, other, pair);
        });
    }
    return pairs;
}

struct Score {
    std::map<FaultLevel, std::pair<int, int>> found;  ///< and planted
    int watched = 0;                                  ///< of those not found
    int accusations = 0;
    int false_ones = 0;
    int fleets_with_false_ones = 0;
    int of_the_fleet = 0;  ///< fleets of which it was said that too many pairs are slow
    double slowest_s = 0;
};

void score_fleet(const FleetSimulator& fleet, const Run& run, const Judgement& judgement,
                 const Case& what, Score& score, bool tell) {
    std::map<std::string, const Finding*> said;
    std::set<std::string> watched;
    for (const Finding& finding : judgement.findings) {
        const bool counts = finding.kind == FindingKind::Slow || finding.rule == "pairs";
        if (counts && finding.verdict == Verdict::Fail) said[name_of(finding)] = &finding;
        if (counts && finding.verdict == Verdict::Watch) watched.insert(name_of(finding));
    }
    std::set<std::string> truth;
    bool is_all_found = !what.modes;
    for (const simulator::Planted& fault : fleet.planted()) {
        truth.insert(name_of(fleet, fault));
        if (!was_measured(fleet, run, fault)) continue;
        auto& [found, planted] = score.found[fault.level];
        ++planted;
        const bool is_found = said.contains(name_of(fleet, fault));
        found += is_found ? 1 : 0;
        is_all_found = is_all_found && is_found;
        const bool is_watched = !is_found && watched.contains(name_of(fleet, fault));
        score.watched += is_watched ? 1 : 0;
        if (tell && !is_found) {
            fmt::print("  {}: {} of {:.2f}, shown by {} pairs, spread {:.4f}, seed {}\n",
                       is_watched ? "only watched" : "missed", name_of(fleet, fault),
                       fault.drawn_size, shown_by(fleet, run, fault),
                       fleet.scenario().metrics.front().spread, fleet.seed());
        }
    }
    bool any = false;
    for (const auto& [name, finding] : said) {
        if (name == "fleet") ++score.of_the_fleet;
        if (name == "fleet" && !is_all_found) continue;  // true: something is left to explain
        ++score.accusations;
        if (truth.contains(name)) continue;
        ++score.false_ones;
        any = true;
        if (tell) fmt::print("  false: {} (seed {})\n", finding->sentence, fleet.seed());
    }
    score.fleets_with_false_ones += any ? 1 : 0;
}

void try_case(const Case& what, int nodes, int fleets, std::uint64_t seed, bool tell) {
    std::seed_seq own_seed{seed, static_cast<std::uint64_t>(nodes),
                           static_cast<std::uint64_t>(&what - kCases)};
    std::mt19937_64 random{own_seed};
    Score score;
    for (int i = 0; i < fleets; ++i) {
        const std::uint64_t own = random();
        std::mt19937_64 drawing{own};
        const FleetSimulator fleet{drawn(what, nodes, drawing), own};
        const Run run = simulate(fleet);
        const std::clock_t begin = std::clock();
        const Judgement judgement = judge(run, Policy{});
        const double took_s = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
        score.slowest_s = std::max(score.slowest_s, took_s);
        score_fleet(fleet, run, judgement, what, score, tell);
    }
    fmt::print("{:13} {:6} nodes, {:4} fleets:", what.name, nodes, fleets);
    for (const auto& [level, counts] : score.found) {
        fmt::print(" {}s {} of {} ({:.4f});", to_string(level), counts.first, counts.second,
                   static_cast<double>(counts.first) / counts.second);
    }
    fmt::print(" {} only watched; false {} of {} in {} fleets; fleet said {}; judged in {:.3f} s\n",
               score.watched, score.false_ones, score.accusations, score.fleets_with_false_ones,
               score.of_the_fleet, score.slowest_s);
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    const int fleets = argc > 1 ? std::atoi(argv[1]) : 20;
    const std::string only = argc > 2 ? argv[2] : "all";
    const std::uint64_t seed =
        argc > 3 ? std::strtoull(argv[3], nullptr, 10) : std::random_device{}();
    std::vector<int> sizes{64, 1024, 10'000};
    if (argc > 4) sizes = {std::atoi(argv[4])};
    fmt::print("seed {}\n", seed);
    for (const Case& each : kCases) {
        if (only != "all" && only != each.name) continue;
        for (const int nodes : sizes) {
            const int count = nodes > 2000 ? std::max(1, fleets / 5) : fleets;
            try_case(each, nodes, count, seed, true);
        }
    }
    return 0;
}
