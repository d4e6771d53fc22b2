#include "analysis/simulator/pairing.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "tests/analysis/simulator/scenarios.hpp"

namespace rackproof::simulator {
namespace {

using ::testing::IsEmpty;

Scenario pairs_of(std::int32_t nodes, std::int32_t per_leaf) {
    Scenario scenario = test::fleet(nodes, {"pair.bandwidth"});
    scenario.metrics[0].scope = Scope::NodePair;
    scenario.nodes_per_leaf = per_leaf;
    return scenario;
}

std::vector<MetPair> drawn(const Scenario& scenario, std::uint64_t seed) {
    return drawn_pairs(scenario, lay_out(scenario, seed), seed);
}

TEST(Pairing, EachNodeMeetsAnotherInEachRound) {
    const Scenario scenario = pairs_of(256, 16);
    const std::vector<MetPair> pairs = drawn(scenario, 7);
    std::map<std::int32_t, int> rounds;
    std::set<MetPair> met;
    for (const MetPair& pair : pairs) {
        EXPECT_LT(pair.first, pair.second);
        EXPECT_TRUE(met.insert(pair).second) << "twice";
        ++rounds[pair.first];
        ++rounds[pair.second];
    }
    EXPECT_EQ(rounds.size(), 256U);
    EXPECT_GE(pairs.size(), 6U * 128U - 3U);  // hardly one has nobody left to meet
    for (const auto& [node, count] : rounds) EXPECT_LE(count, 6);
}

TEST(Pairing, TheNearRoundsStayWithinTheLeaf) {
    Scenario scenario = pairs_of(64, 8);
    scenario.pairs.rounds = 2;
    scenario.pairs.near_rounds = 2;
    for (const MetPair& pair : drawn(scenario, 7)) EXPECT_EQ(pair.first / 8, pair.second / 8);
}

TEST(Pairing, IsDrawnFromTheSeed) {
    const Scenario scenario = pairs_of(64, 8);
    EXPECT_EQ(drawn(scenario, 1), drawn(scenario, 1));
    EXPECT_NE(drawn(scenario, 1), drawn(scenario, 2));
}

TEST(Pairing, WithoutAMetricOfPairsThereAreNone) {
    EXPECT_THAT(drawn(test::fleet(64), 1), IsEmpty());
}

}  // namespace
}  // namespace rackproof::simulator
