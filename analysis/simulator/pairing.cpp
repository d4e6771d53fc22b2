#include "analysis/simulator/pairing.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "analysis/simulator/draws.hpp"
#include "core/index.hpp"

namespace rackproof::simulator {
namespace {

/// In any order, each as likely as any other (Fisher & Yates 1938).
std::vector<std::int32_t> shuffled(std::int32_t first, std::int32_t end, Draws& draws) {
    std::vector<std::int32_t> nodes(at(end - first));
    std::iota(nodes.begin(), nodes.end(), first);
    for (std::size_t left = nodes.size(); left > 1; --left) {
        std::swap(nodes[left - 1], nodes[draws.below(left)]);
    }
    return nodes;
}

class Rounds {
  public:
    /// Pairs who follow each other; who has met before finds one further on that both can take.
    void pair_up(std::vector<std::int32_t> nodes) {
        for (std::size_t i = 0; i + 1 < nodes.size(); i += 2) {
            std::size_t partner = i + 1;
            while (partner < nodes.size() && have_met(nodes[i], nodes[partner])) ++partner;
            if (partner == nodes.size()) continue;
            std::swap(nodes[i + 1], nodes[partner]);
            const auto [first, second] = std::minmax(nodes[i], nodes[i + 1]);
            met_.insert({first, second});
            pairs_.push_back({first, second});
        }
    }
    [[nodiscard]] std::vector<MetPair> pairs() && { return std::move(pairs_); }

  private:
    [[nodiscard]] bool have_met(std::int32_t a, std::int32_t b) const {
        return met_.contains({std::min(a, b), std::max(a, b)});
    }

    std::set<MetPair> met_;
    std::vector<MetPair> pairs_;
};

}  // namespace

std::vector<MetPair> drawn_pairs(const Scenario& scenario, const Layout& layout,
                                 std::uint64_t seed) {
    const bool wanted = std::ranges::any_of(scenario.metrics, [](const MetricModel& metric) {
        return metric.scope == Scope::NodePair;
    });
    if (!wanted) return {};
    Rounds rounds;
    for (std::int32_t round = 0; round < scenario.pairs.rounds; ++round) {
        Draws draws{seed, Purpose::PairRound, static_cast<std::uint32_t>(round)};
        if (round >= scenario.pairs.near_rounds) {
            rounds.pair_up(shuffled(0, scenario.nodes, draws));
            continue;
        }
        for (std::int32_t leaf = 0; leaf < layout.leaves(); ++leaf) {
            const Stretch nodes = layout.stretch(FaultLevel::Leaf, leaf);
            rounds.pair_up(shuffled(nodes.first_node, nodes.end_node, draws));
        }
    }
    return std::move(rounds).pairs();
}

}  // namespace rackproof::simulator
