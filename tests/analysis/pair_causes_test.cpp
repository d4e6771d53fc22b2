#include "analysis/pair_causes.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <numeric>
#include <random>
#include <set>

namespace rackproof {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Ne;
using ::testing::SizeIs;

constexpr int kNodes = 64;
constexpr int kPerLeaf = 8;

Grouping leaves() {
    Grouping grouping{"leaf", {}, {}};
    for (int leaf = 0; leaf < kNodes / kPerLeaf; ++leaf) {
        grouping.names.push_back("s" + std::to_string(leaf));
    }
    for (int node = 0; node < kNodes; ++node) grouping.group_of.push_back(node / kPerLeaf);
    return grouping;
}

/// Every node with `rounds` others: once or twice within its leaf, else anywhere.
std::vector<PairObservation> pairs(std::mt19937_64& random, int rounds,
                                   const std::function<double(int, int)>& slowness) {
    std::normal_distribution<double> noise{0, 0.01};
    std::set<std::pair<int, int>> met;
    std::vector<PairObservation> all;
    for (int round = 0; round < rounds; ++round) {
        std::vector<int> order(kNodes);
        std::iota(order.begin(), order.end(), 0);
        for (int leaf = 0; leaf < kNodes; leaf += kPerLeaf) {
            std::shuffle(order.begin() + leaf, order.begin() + leaf + kPerLeaf, random);
        }
        if (round > 1) std::shuffle(order.begin(), order.end(), random);
        for (int i = 0; i < kNodes; i += 2) {
            const auto [a, b] = std::minmax(order[static_cast<std::size_t>(i)],
                                            order[static_cast<std::size_t>(i) + 1]);
            if (!met.emplace(a, b).second) continue;
            all.push_back({a, b, slowness(a, b) + noise(random)});
        }
    }
    return all;
}

const std::vector<double> kThresholds{0.03, 0.045, 0.068, 0.1, 0.15, 0.23};

PairExplanation explained(const std::vector<PairObservation>& observations) {
    return explain_pairs(observations, kNodes, {leaves()}, {kThresholds, 0.01});
}

int leaf_of(int node) { return node / kPerLeaf; }

TEST(PairCauses, NothingWrongNamesNobody) {
    std::mt19937_64 random{1};
    for (int trial = 0; trial < 30; ++trial) {
        EXPECT_THAT(explained(pairs(random, 6, [](int, int) { return 0.0; })).causes, IsEmpty());
    }
}

TEST(PairCauses, APairMayTakeASlowWayAndNobodyIsNamed) {
    std::mt19937_64 random{2};
    for (const double share : {0.05, 0.2, 0.5}) {
        for (int trial = 0; trial < 20; ++trial) {
            std::bernoulli_distribution is_slow{share};
            const auto found =
                explained(pairs(random, 6, [&](int, int) { return is_slow(random) ? 0.5 : 0.0; }));
            EXPECT_THAT(found.causes, IsEmpty()) << share;
        }
    }
}

TEST(PairCauses, ASlowNodeIsNamedAndItsPairsAreExplained) {
    std::mt19937_64 random{3};
    for (int trial = 0; trial < 30; ++trial) {
        const auto observations =
            pairs(random, 6, [](int a, int b) { return a == 17 || b == 17 ? 0.2 : 0.0; });
        const PairExplanation found = explained(observations);
        ASSERT_THAT(found.causes, SizeIs(1));
        EXPECT_EQ(found.causes[0].part, PairPart::End);
        EXPECT_EQ(found.causes[0].end, 17);
        EXPECT_NEAR(found.causes[0].worse, 0.2, 0.02);
        for (std::size_t i = 0; i < observations.size(); ++i) {
            const bool is_of_it = observations[i].first == 17 || observations[i].second == 17;
            EXPECT_EQ(found.explained[i] > 0, is_of_it);
        }
    }
}

TEST(PairCauses, FiveOfOneLeafAreFiveNodes) {
    std::mt19937_64 random{4};
    const auto is_bad = [](int node) { return node < 5; };
    for (int trial = 0; trial < 20; ++trial) {
        const auto found = explained(
            pairs(random, 6, [&](int a, int b) { return is_bad(a) || is_bad(b) ? 0.3 : 0.0; }));
        std::set<int> named;
        for (const PairCause& cause : found.causes) {
            EXPECT_EQ(cause.part, PairPart::End) << trial;
            named.insert(cause.end);
        }
        EXPECT_EQ(named, (std::set<int>{0, 1, 2, 3, 4})) << trial;
    }
}

TEST(PairCauses, PairsOfBadNodesWithEachOtherAreNoWaysFault) {
    std::mt19937_64 random{11};
    const std::set<int> bad{0, 1, 2, 8, 9, 10};
    for (int trial = 0; trial < 20; ++trial) {
        auto observations = pairs(random, 8, [&](int a, int b) {
            return bad.contains(a) || bad.contains(b) ? 0.3 : 0.0;
        });
        for (const int a : {0, 1, 2}) {
            for (const int b : {8, 9, 10}) observations.push_back({a, b, 0.3});
        }
        std::set<int> named;
        for (const PairCause& cause : explained(observations).causes) named.insert(cause.end);
        EXPECT_EQ(named, bad) << trial;
    }
}

TEST(PairCauses, ALeafIsToldFromItsUplink) {
    std::mt19937_64 random{5};
    for (int trial = 0; trial < 20; ++trial) {
        const auto leaf = explained(pairs(random, 6, [](int a, int b) {
            return leaf_of(a) == 3 || leaf_of(b) == 3 ? 0.3 : 0.0;
        }));
        ASSERT_THAT(leaf.causes, SizeIs(1));
        EXPECT_EQ(leaf.causes[0].part, PairPart::Group);
        EXPECT_EQ(leaf.causes[0].group, 3);
        const auto uplink = explained(pairs(random, 6, [](int a, int b) {
            return (leaf_of(a) == 3) != (leaf_of(b) == 3) ? 0.3 : 0.0;
        }));
        ASSERT_THAT(uplink.causes, SizeIs(1));
        EXPECT_EQ(uplink.causes[0].part, PairPart::Uplink);
        EXPECT_EQ(uplink.causes[0].group, 3);
    }
}

TEST(PairCauses, OneBadCableOfAnUplinkIsNoNodesFault) {
    std::mt19937_64 random{6};
    for (int trial = 0; trial < 20; ++trial) {
        std::bernoulli_distribution takes_it{0.5};
        const auto found = explained(pairs(random, 8, [&](int a, int b) {
            return (leaf_of(a) == 2) != (leaf_of(b) == 2) && takes_it(random) ? 0.4 : 0.0;
        }));
        ASSERT_THAT(found.causes, SizeIs(1)) << trial;
        EXPECT_EQ(found.causes[0].group, 2);
        EXPECT_NE(found.causes[0].part, PairPart::End);
    }
}

TEST(PairCauses, WhatIsSlowInsideOfALeafAloneIsTheLeaf) {
    std::mt19937_64 random{13};
    for (int trial = 0; trial < 20; ++trial) {
        const auto found = explained(pairs(random, 8, [](int a, int b) {
            return leaf_of(a) == 3 && leaf_of(b) == 3 ? 0.3 : 0.0;
        }));
        ASSERT_THAT(found.causes, SizeIs(1)) << trial;
        EXPECT_EQ(found.causes[0].part, PairPart::Group);
        EXPECT_EQ(found.causes[0].group, 3);
        EXPECT_TRUE(found.causes[0].is_inside);
        EXPECT_EQ(found.causes[0].slow.size(), found.causes[0].pairs);
    }
}

TEST(PairCauses, ASlowNodeIsNotWhatIsInsideOfItsLeaf) {
    std::mt19937_64 random{14};
    for (int trial = 0; trial < 20; ++trial) {
        const auto found =
            explained(pairs(random, 8, [](int a, int b) { return a == 9 || b == 9 ? 0.3 : 0.0; }));
        ASSERT_THAT(found.causes, SizeIs(1)) << trial;
        EXPECT_EQ(found.causes[0].part, PairPart::End);
        EXPECT_EQ(found.causes[0].end, 9);
    }
}

TEST(PairCauses, WhatNearlyAllWaysShareIsNoFaultOfOne) {
    std::mt19937_64 random{12};
    for (const int slow_leaves : {6, 7, 8}) {
        const auto found = explained(pairs(random, 10, [&](int a, int b) {
            const bool leaves_one = std::min(leaf_of(a), leaf_of(b)) < slow_leaves;
            return leaf_of(a) != leaf_of(b) && leaves_one ? 0.3 : 0.0;
        }));
        EXPECT_THAT(found.causes, Each(Field(&PairCause::part, Ne(PairPart::Uplink))));
    }
}

TEST(PairCauses, ThatNearlyAllWaysBreakIsNoFabricsNature) {
    std::mt19937_64 random{15};
    const auto broken = pairs(random, 10, [](int a, int b) {
        return leaf_of(a) != leaf_of(b) && std::min(leaf_of(a), leaf_of(b)) < 7 ? 1.0 : 0.0;
    });
    const PairExplanation found = explain_pairs(broken, kNodes, {leaves()}, {{0.5}, 0.01, false});
    EXPECT_THAT(found.causes, Contains(Field(&PairCause::part, PairPart::Uplink)));
}

TEST(PairCauses, ANodeWorseThanItsLeafIsNamedToo) {
    std::mt19937_64 random{7};
    for (int trial = 0; trial < 20; ++trial) {
        const auto found = explained(pairs(random, 8, [](int a, int b) {
            if (a == 9 || b == 9) return 0.9;
            return leaf_of(a) == 1 || leaf_of(b) == 1 ? 0.2 : 0.0;
        }));
        ASSERT_THAT(found.causes, SizeIs(2)) << trial;
        EXPECT_EQ(found.causes[0].part, PairPart::Group);
        EXPECT_EQ(found.causes[0].group, 1);
        EXPECT_EQ(found.causes[1].end, 9);
    }
}

/// Two leaves each.
Grouping racks() {
    Grouping grouping{"rack", {}, {}};
    for (int rack = 0; rack < kNodes / kPerLeaf / 2; ++rack) {
        grouping.names.push_back("r" + std::to_string(rack));
    }
    for (int node = 0; node < kNodes; ++node) {
        grouping.group_of.push_back(node / kPerLeaf / 2);
    }
    return grouping;
}

TEST(PairCauses, ALeafAndItsNeighboursUplinkAreNotTheirRack) {
    std::mt19937_64 random{12};
    for (int trial = 0; trial < 20; ++trial) {
        const auto observations = pairs(random, 10, [](int a, int b) {
            if (leaf_of(a) == 2 || leaf_of(b) == 2) return 0.3;
            return (leaf_of(a) == 3) != (leaf_of(b) == 3) ? 0.28 : 0.0;
        });
        const auto found =
            explain_pairs(observations, kNodes, {leaves(), racks()}, {kThresholds, 0.01});
        ASSERT_THAT(found.causes, SizeIs(2)) << trial;
        for (const PairCause& cause : found.causes) {
            EXPECT_EQ(cause.grouping, 0) << trial;
            EXPECT_EQ(cause.part, cause.group == 2 ? PairPart::Group : PairPart::Uplink) << trial;
        }
    }
}

TEST(PairCauses, ANodeIsNamedByThePairsThatALargerFaultLeavesIt) {
    std::mt19937_64 random{13};
    for (int trial = 0; trial < 20; ++trial) {
        const auto found = explained(pairs(random, 10, [](int a, int b) {
            if (leaf_of(a) < 4 && leaf_of(b) != leaf_of(a)) return 0.8;
            if (leaf_of(b) < 4 && leaf_of(b) != leaf_of(a)) return 0.8;
            return a == 50 || b == 50 ? 0.2 : 0.0;
        }));
        EXPECT_TRUE(std::ranges::any_of(found.causes, [](const PairCause& cause) {
            return cause.end == 50;
        })) << trial;
    }
}

TEST(PairCauses, ASingleSlowPairIsOfNoEnd) {
    std::mt19937_64 random{8};
    auto observations = pairs(random, 6, [](int, int) { return 0.0; });
    observations[40].worse = 0.8;
    PairObservation back = observations[40];  // the other way: the same link
    std::swap(back.first, back.second);
    observations.push_back(back);
    EXPECT_THAT(explained(observations).causes, IsEmpty());
}

TEST(PairCauses, TheOrderDoesNotMatter) {
    std::mt19937_64 random{9};
    auto observations = pairs(random, 6, [](int a, int b) {
        if (leaf_of(a) == 5 || leaf_of(b) == 5) return 0.3;
        return a == 1 || b == 1 || a == 30 || b == 30 ? 0.4 : 0.0;
    });
    const auto names = [](const PairExplanation& found) {
        std::set<std::tuple<PairPart, int, int>> all;
        for (const PairCause& cause : found.causes) all.emplace(cause.part, cause.end, cause.group);
        return all;
    };
    const auto before = names(explained(observations));
    EXPECT_THAT(before, SizeIs(3));
    std::shuffle(observations.begin(), observations.end(), random);
    EXPECT_EQ(names(explained(observations)), before);
}

TEST(PairCauses, OfNothingThereIsNothing) {
    EXPECT_THAT(explain_pairs({}, 0, {}, {kThresholds, 0.01}).causes, IsEmpty());
    EXPECT_THAT(explain_pairs({}, 4, {}, {{}, 0.01}).causes, IsEmpty());
}

}  // namespace
}  // namespace rackproof
