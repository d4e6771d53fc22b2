#include "analysis/fleet_nights.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <ranges>
#include <unordered_set>
#include <utility>

#include "core/index.hpp"

namespace rackproof {
namespace {

using RunIndices = std::vector<std::size_t>;

/// Sets of runs that are joined pair by pair (union-find with path halving).
class JoinedRuns {
  public:
    explicit JoinedRuns(std::size_t count) : parent_(count) {
        std::iota(parent_.begin(), parent_.end(), std::size_t{0});
    }

    std::size_t set_of(std::size_t run) {
        while (parent_[run] != run) {
            parent_[run] = parent_[parent_[run]];
            run = parent_[run];
        }
        return run;
    }

    void join(std::size_t a, std::size_t b) { parent_[set_of(a)] = set_of(b); }

  private:
    RunIndices parent_;
};

/// `sorted` cut where a night ends.
std::vector<RunIndices> cut_into_nights(const std::vector<DatedRun>& runs,
                                        const RunIndices& sorted) {
    std::vector<RunIndices> nights;
    for (const std::size_t run : sorted) {
        const bool begins =
            nights.empty() || runs[run].start_s - runs[nights.back()[0]].start_s > kNightLength_s;
        if (begins) nights.emplace_back();
        nights.back().push_back(run);
    }
    return nights;
}

JoinedRuns fleets_of(const std::vector<DatedRun>& runs, const RunIndices& sorted) {
    JoinedRuns fleets{runs.size()};
    std::unordered_map<std::int32_t, std::size_t> run_of_node;
    for (const std::size_t run : sorted) {
        for (const std::int32_t node : runs[run].nodes) {
            const auto known = run_of_node.emplace(node, run).first;
            fleets.join(run, known->second);
        }
    }
    for (const RunIndices& night : cut_into_nights(runs, sorted)) {
        std::map<std::string, std::size_t> run_of_plan;
        for (const std::size_t run : night) {
            fleets.join(run, run_of_plan.emplace(runs[run].plan, run).first->second);
        }
    }
    return fleets;
}

/// The fleet with the most nodes; of several, that which ran last.
std::size_t largest_fleet(const std::vector<DatedRun>& runs, const RunIndices& sorted,
                          JoinedRuns& fleets) {
    std::unordered_map<std::size_t, std::unordered_set<std::int32_t>> nodes;
    std::size_t largest = fleets.set_of(sorted.back());
    for (const std::size_t run : sorted) {
        nodes[fleets.set_of(run)].insert(runs[run].nodes.begin(), runs[run].nodes.end());
    }
    for (const auto run : std::views::reverse(sorted)) {
        const std::size_t fleet = fleets.set_of(run);
        if (nodes[fleet].size() > nodes[largest].size()) largest = fleet;
    }
    return largest;
}

}  // namespace

std::int32_t FleetRoster::add(const Node& node, double start_s) {
    const auto [known, is_new] =
        index_.emplace(node.name, static_cast<std::int32_t>(nodes_.size()));
    if (is_new) {
        nodes_.push_back({node.name, node.rack, node.row});
        placed_s_.push_back(start_s);
    } else if (start_s >= placed_s_[at(known->second)]) {
        nodes_[at(known->second)] = {node.name, node.rack, node.row};
        placed_s_[at(known->second)] = start_s;
    }
    return known->second;
}

FleetNights nights_of(const std::vector<DatedRun>& runs, std::size_t most) {
    FleetNights found;
    if (runs.empty()) return found;
    RunIndices sorted(runs.size());
    std::iota(sorted.begin(), sorted.end(), std::size_t{0});
    std::ranges::stable_sort(sorted, {}, [&](std::size_t run) { return runs[run].start_s; });
    JoinedRuns fleets = fleets_of(runs, sorted);
    const std::size_t chosen = largest_fleet(runs, sorted, fleets);
    RunIndices own;
    for (const std::size_t run : sorted) {
        (fleets.set_of(run) == chosen ? own : found.other_fleets).push_back(run);
    }
    found.nights = cut_into_nights(runs, own);
    while (found.nights.size() > most) {
        found.older += found.nights.front().size();
        found.nights.erase(found.nights.begin());
    }
    return found;
}

}  // namespace rackproof
