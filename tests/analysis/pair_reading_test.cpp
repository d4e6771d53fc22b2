#include "analysis/pair_reading.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <random>
#include <set>

#include "analysis/groups.hpp"
#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::make_fleet;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kNodesOfFourLeaves = 64;

int leaf_of_sixteen(int node) { return node / 16; }

/// Ten rounds of random partners among four leaves of sixteen, which scatter by 1 %.
rackproof::Run ten_rounds(std::mt19937_64& random, const std::function<double(int, int)>& factor) {
    rackproof::Run run = make_fleet(kNodesOfFourLeaves, 1);
    for (int node = 0; node < kNodesOfFourLeaves; ++node) {
        run.nodes[static_cast<std::size_t>(node)].labels["leaf"] =
            "s" + std::to_string(leaf_of_sixteen(node));
    }
    Metric metric;
    metric.name = "pair.bandwidth";
    metric.scope = Scope::NodePair;
    metric.unit = "B/s";
    metric.better = Direction::HigherIsBetter;
    metric.repetitions = 1;
    std::vector<int> order(kNodesOfFourLeaves);
    for (int node = 0; node < kNodesOfFourLeaves; ++node)
        order[static_cast<std::size_t>(node)] = node;
    std::set<std::pair<int, int>> met;
    std::normal_distribution<double> noise{1, 0.01};
    for (int round = 0; round < 10; ++round) {
        std::shuffle(order.begin(), order.end(), random);
        for (std::size_t i = 0; i < order.size(); i += 2) {
            const auto [a, b] = std::minmax(order[i], order[i + 1]);
            if (!met.emplace(a, b).second) continue;
            const std::size_t row = metric.add_row({a, b}, 0, Outcome::Completed);
            metric.variant[row] = 0;
            metric.values[row] = 1e9 * factor(a, b) * noise(random);
        }
    }
    run.metrics.push_back(std::move(metric));
    return run;
}

PairReading reading_of(const rackproof::Run& run) {
    const Survey survey{run};
    MetricCells cells{survey, run.metrics.back(), run.metrics.size() - 1};
    std::vector<Grouping> leaves = groupings_of_nodes(run);
    return read_pairs(cells, survey, {}, leaves, run.nodes.size());
}

/// What a node and a leaf, and what leads out of another one, do to a pair.
double three_faults(int a, int b) {
    if (leaf_of_sixteen(a) == 0 || leaf_of_sixteen(b) == 0) return 0.6;
    if ((leaf_of_sixteen(a) == 1) != (leaf_of_sixteen(b) == 1)) return 0.75;
    return a == 40 || b == 40 ? 0.5 : 1.0;
}

TEST(PairReading, WhereMostPairsAreSlowTheBestTellWhatIsUsual) {
    std::mt19937_64 random{1};
    for (int trial = 0; trial < 20; ++trial) {
        const PairReading reading = reading_of(ten_rounds(random, three_faults));
        std::set<std::pair<PairPart, int>> named;
        for (const PairCause& cause : reading.explanation.causes) {
            named.emplace(cause.part, cause.part == PairPart::End ? cause.end : cause.group);
        }
        EXPECT_THAT(named, Contains(std::pair{PairPart::Group, 0})) << trial;
        EXPECT_THAT(named, Contains(std::pair{PairPart::Uplink, 1})) << trial;
        for (const PairClass& each : reading.values.classes) EXPECT_NEAR(each.centre, 1e9, 2e7);
        EXPECT_LT(reading.values.spread, 0.03);
    }
}

TEST(PairReading, WhereAnyPairMayBeSlowNothingIsExplained) {
    std::mt19937_64 random{2};
    for (const double share : {0.3, 0.6, 0.8}) {
        for (int trial = 0; trial < 20; ++trial) {
            std::bernoulli_distribution is_slow{share};
            const PairReading reading = reading_of(
                ten_rounds(random, [&](int, int) { return is_slow(random) ? 0.6 : 1.0; }));
            EXPECT_THAT(reading.explanation.causes, IsEmpty()) << share;
        }
    }
}

TEST(PairReading, OfAHealthyFabricNothingIsLeft) {
    std::mt19937_64 random{3};
    const PairReading reading = reading_of(ten_rounds(random, [](int, int) { return 1.0; }));
    EXPECT_THAT(reading.explanation.causes, IsEmpty());
    const UnexplainedPairs left = unexplained_pairs(reading);
    EXPECT_THAT(left.slow, IsEmpty());
    EXPECT_EQ(left.pairs, reading.values.observations.size());
}

TEST(PairReading, ThatAllLeavesAreFarFromEachOtherIsNoFaultOfTheirUplinks) {
    std::mt19937_64 random{5};
    for (int trial = 0; trial < 20; ++trial) {
        const PairReading reading = reading_of(ten_rounds(random, [](int a, int b) {
            return leaf_of_sixteen(a) == leaf_of_sixteen(b) ? 1.0 : 0.93;
        }));
        EXPECT_THAT(reading.explanation.causes, IsEmpty()) << trial;
        EXPECT_THAT(unexplained_pairs(reading).slow, IsEmpty()) << trial;
    }
}

TEST(PairReading, ASlowLinkIsLeft) {
    std::mt19937_64 random{4};
    rackproof::Run run = ten_rounds(random, [](int, int) { return 1.0; });
    run.metrics.back().values[7] *= 0.5;
    EXPECT_THAT(unexplained_pairs(reading_of(run)).slow, SizeIs(1));
}

TEST(PairReading, OfNothingThereIsNothing) {
    rackproof::Run run = make_fleet(4, 1);
    Metric metric;
    metric.name = "pair.bandwidth";
    metric.scope = Scope::NodePair;
    metric.unit = "B/s";
    metric.better = Direction::HigherIsBetter;
    run.metrics.push_back(std::move(metric));
    const PairReading reading = reading_of(run);
    EXPECT_THAT(reading.values.observations, IsEmpty());
    EXPECT_EQ(unexplained_pairs(reading).pairs, 0U);
}

TEST(PairReading, MoreThanAFewInAHundredAreNoSingleFaults) {
    EXPECT_FALSE(are_too_many_links(2, 28));
    EXPECT_TRUE(are_too_many_links(3, 28));
    EXPECT_FALSE(are_too_many_links(16, 1000));
    EXPECT_TRUE(are_too_many_links(18, 1000));
}

}  // namespace
}  // namespace rackproof
