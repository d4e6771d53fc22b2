#include "analysis/pairs.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <random>
#include <set>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::by_rule;
using rackproof::test::end_row;
using rackproof::test::make_fleet;
using rackproof::test::verdict_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

/// Every node with every other: 28 pairs of eight.
Metric& all_pairs(rackproof::Run& run, Direction better,
                  const std::function<double(int, int)>& factor, std::uint64_t seed = 1) {
    std::mt19937_64 random{seed};
    std::normal_distribution<double> noise{1, 0.01};
    Metric metric;
    metric.name = "pair.bandwidth";
    metric.suite = "pair";
    metric.scope = Scope::NodePair;
    metric.unit = better == Direction::HigherIsBetter ? "B/s" : "s";
    metric.better = better;
    metric.repetitions = 3;
    const auto count = static_cast<int>(run.nodes.size());
    for (int a = 0; a < count; ++a) {
        for (int b = a + 1; b < count; ++b) {
            const std::size_t row = metric.add_row({a, b}, 0, Outcome::Completed);
            metric.variant[row] = 0;
            const double value = 1e9 * factor(a, b) * noise(random);
            for (std::size_t i = 0; i < 3; ++i) metric.values[3 * row + i] = value;
        }
    }
    run.metrics.push_back(std::move(metric));
    return run.metrics.back();
}

std::size_t row_of(const Metric& metric, int a, int b) {
    const auto found = std::ranges::find(metric.target, Target{a, b});
    return static_cast<std::size_t>(found - metric.target.begin());
}

std::vector<Finding> slow_ones(const Judgement& judgement) {
    std::vector<Finding> found;
    for (const Finding& finding : judgement.findings) {
        if (finding.kind == FindingKind::Slow) found.push_back(finding);
    }
    return found;
}

TEST(Pairs, ASlowHostOfEightIsNamedOnce) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        rackproof::Run run = make_fleet(8, 1);
        all_pairs(
            run, Direction::HigherIsBetter,
            [](int a, int b) { return a == 5 || b == 5 ? 0.4 : 1.0; }, seed);
        const Judgement judgement = judge(run, {});
        const auto slow = slow_ones(judgement);
        ASSERT_THAT(slow, SizeIs(1)) << seed;
        EXPECT_EQ(slow[0].level, Level::Node);
        EXPECT_EQ(slow[0].node, "n5");
        EXPECT_EQ(slow[0].rule, "pairs");
        EXPECT_EQ(slow[0].verdict, Verdict::Fail);
        EXPECT_NEAR(*slow[0].deviation, -0.6, 0.02);
        EXPECT_NEAR(*slow[0].expected, 1e9, 2e7);
        EXPECT_NEAR(*slow[0].observed, 0.4e9, 1e7);
        EXPECT_THAT(slow[0].sentence,
                    AllOf(HasSubstr("n5: pair.bandwidth is "),
                          HasSubstr("in 7 of its 7 pairs (with n0, n1, n2 and 4 more), which do "
                                    "well with others")));
        EXPECT_THAT(slow[0].action, HasSubstr("NIC of n5"));
        for (const NodeVerdict& node : judgement.nodes) {
            EXPECT_EQ(node.verdict, node.node == "n5" ? Verdict::Fail : Verdict::Pass);
        }
    }
}

TEST(Pairs, OfALatencyLessIsBetter) {
    rackproof::Run run = make_fleet(8, 1);
    all_pairs(run, Direction::LowerIsBetter,
              [](int a, int b) { return a == 2 || b == 2 ? 3.0 : 1.0; });
    const auto slow = slow_ones(judge(run, {}));
    ASSERT_THAT(slow, SizeIs(1));
    EXPECT_EQ(slow[0].node, "n2");
    EXPECT_NEAR(*slow[0].deviation, -2.0, 0.1);
    EXPECT_NEAR(*slow[0].observed, 3e9, 1e8);
}

TEST(Pairs, OnePathAloneIsTheLink) {
    rackproof::Run run = make_fleet(8, 1);
    all_pairs(run, Direction::HigherIsBetter,
              [](int a, int b) { return a == 1 && b == 6 ? 0.3 : 1.0; });
    const auto slow = slow_ones(judge(run, {}));
    ASSERT_THAT(slow, SizeIs(1));
    EXPECT_EQ(slow[0].level, Level::Link);
    EXPECT_EQ(slow[0].node, "n1");
    EXPECT_EQ(slow[0].peer, "n6");
    EXPECT_THAT(slow[0].action, HasSubstr("swap the cable between n1 and n6"));
}

TEST(Pairs, ANodeAndALinkAreTwoFaults) {
    rackproof::Run run = make_fleet(10, 1);
    all_pairs(run, Direction::HigherIsBetter, [](int a, int b) {
        if (a == 3 || b == 3) return 0.5;
        return a == 0 && b == 7 ? 0.2 : 1.0;
    });
    const auto slow = slow_ones(judge(run, {}));
    ASSERT_THAT(slow, SizeIs(2));
    EXPECT_EQ(slow[0].level, Level::Link);  // n0 stands first
    EXPECT_EQ(slow[1].node, "n3");
}

TEST(Pairs, NothingWrongAccusesNobody) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        rackproof::Run run = make_fleet(8, 1);
        all_pairs(
            run, Direction::HigherIsBetter, [](int, int) { return 1.0; }, seed);
        EXPECT_THAT(judge(run, {}).findings, IsEmpty()) << seed;
    }
}

TEST(Pairs, ABimodalFabricIsTheFleets) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        rackproof::Run run = make_fleet(16, 1);
        std::mt19937_64 random{seed};
        std::bernoulli_distribution is_slow{0.3};
        all_pairs(
            run, Direction::HigherIsBetter, [&](int, int) { return is_slow(random) ? 0.5 : 1.0; },
            seed);
        const Judgement judgement = judge(run, {});
        const auto slow = slow_ones(judgement);
        ASSERT_THAT(slow, SizeIs(1)) << seed;
        EXPECT_EQ(slow[0].level, Level::Fleet);
        EXPECT_EQ(slow[0].verdict, Verdict::Fail);  // not in silence
        EXPECT_THAT(slow[0].sentence, HasSubstr("no node, link or part of the fabric explains it"));
        for (const NodeVerdict& node : judgement.nodes) EXPECT_EQ(node.verdict, Verdict::Pass);
    }
}

TEST(Pairs, WhereAnyPairMayBeSlowOnlyWhatIsSlowInNearlyAllOfItsPairsFails) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        rackproof::Run run = make_fleet(32, 1);
        for (std::size_t i = 0; i < 32; ++i) {
            run.nodes[i].labels["leaf"] = "s" + std::to_string(i / 8);
        }
        std::mt19937_64 random{seed};
        std::bernoulli_distribution is_slow{0.15};
        std::bernoulli_distribution is_slow_uplink{0.5};
        all_pairs(
            run, Direction::HigherIsBetter,
            [&](int a, int b) {
                if (a == 12 || b == 12) return 0.5;
                if (a == 20 && b == 21) return 0.1;
                const bool leaves_first = (a < 8) != (b < 8);
                return (leaves_first ? is_slow_uplink : is_slow)(random) ? 0.5 : 1.0;
            },
            seed);
        std::set<std::pair<Level, std::string>> failed;
        for (const Finding& finding : slow_ones(judge(run, {}))) {
            if (finding.verdict == Verdict::Fail) failed.emplace(finding.level, finding.node);
        }
        EXPECT_THAT(failed, UnorderedElementsAre(std::pair{Level::Fleet, ""},
                                                 std::pair{Level::Node, "n12"}))
            << seed;
    }
}

TEST(Pairs, ALeafFailsAndItsNodesAreWatched) {
    rackproof::Run run = make_fleet(24, 1);
    for (std::size_t i = 0; i < 24; ++i) run.nodes[i].labels["leaf"] = "s" + std::to_string(i / 6);
    all_pairs(run, Direction::HigherIsBetter,
              [](int a, int b) { return a / 6 == 2 || b / 6 == 2 ? 0.6 : 1.0; });
    const Judgement judgement = judge(run, {});
    const auto slow = slow_ones(judgement);
    ASSERT_THAT(slow, SizeIs(1));
    EXPECT_EQ(slow[0].level, Level::Group);
    EXPECT_EQ(slow[0].group, "leaf s2");
    EXPECT_EQ(slow[0].verdict, Verdict::Fail);
    EXPECT_THAT(slow[0].action, HasSubstr("Look at leaf s2 itself"));
    for (std::size_t i = 0; i < 24; ++i) {
        EXPECT_EQ(judgement.nodes[i].verdict, i / 6 == 2 ? Verdict::Watch : Verdict::Pass) << i;
    }
}

TEST(Pairs, OfTwoLeavesTheBadOneIsNamed) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        rackproof::Run run = make_fleet(32, 1);
        for (std::size_t i = 0; i < 32; ++i) {
            run.nodes[i].labels["leaf"] = "s" + std::to_string(i / 16);
        }
        all_pairs(
            run, Direction::HigherIsBetter,
            [](int a, int b) { return a < 16 || b < 16 ? 0.7 : 1.0; }, seed);
        const auto slow = slow_ones(judge(run, {}));
        ASSERT_THAT(slow, SizeIs(1)) << seed;
        EXPECT_EQ(slow[0].level, Level::Group);
        EXPECT_EQ(slow[0].group, "leaf s0");
        EXPECT_EQ(slow[0].verdict, Verdict::Fail);
        EXPECT_THAT(slow[0].sentence, HasSubstr("with both ends in it"));
    }
}

TEST(Pairs, FarPairsMayBeSlowerThanNearOnes) {
    rackproof::Run run = make_fleet(32, 1);  // two racks
    all_pairs(run, Direction::HigherIsBetter,
              [](int a, int b) { return a / 16 == b / 16 ? 1.0 : 0.7; });
    EXPECT_THAT(judge(run, {}).findings, IsEmpty());
}

TEST(Pairs, WhoBreaksWithEveryoneIsToBlameAndThePartnersAreNot) {
    rackproof::Run run = make_fleet(8, 1);
    Metric& metric = all_pairs(run, Direction::HigherIsBetter, [](int, int) { return 1.0; });
    for (int other = 0; other < 8; ++other) {
        if (other == 4) continue;
        end_row(run, metric, row_of(metric, std::min(other, 4), std::max(other, 4)),
                Outcome::TimedOut, "no answer");
    }
    const Judgement judgement = judge(run, {});
    const auto found = by_rule(judgement, "pairs");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].node, "n4");
    EXPECT_EQ(found[0].kind, FindingKind::Hardware);
    EXPECT_THAT(found[0].sentence, HasSubstr("pair.bandwidth broke in 7 of its 7 pairs"));
    for (const NodeVerdict& node : judgement.nodes) {
        EXPECT_EQ(node.verdict, node.node == "n4" ? Verdict::Fail : Verdict::Pass) << node.node;
    }
}

TEST(Pairs, ABrokenPairIsNeitherSlowNorFine) {
    rackproof::Run run = make_fleet(8, 1);
    Metric& metric = all_pairs(run, Direction::HigherIsBetter, [](int, int) { return 1.0; });
    end_row(run, metric, row_of(metric, 2, 3), Outcome::Failed, "an error");
    const Judgement judgement = judge(run, {});
    EXPECT_THAT(by_rule(judgement, "pairs"), IsEmpty());
    EXPECT_EQ(verdict_of(judgement, "n2"), Verdict::NoData);
    EXPECT_EQ(verdict_of(judgement, "n4"), Verdict::Pass);
}

TEST(Pairs, TheFitTellsOfEveryoneAndOfWhoMet) {
    rackproof::Run run = make_fleet(8, 1);
    Metric& metric = all_pairs(run, Direction::HigherIsBetter,
                               [](int a, int b) { return a == 5 || b == 5 ? 0.4 : 1.0; });
    end_row(run, metric, row_of(metric, 0, 1), Outcome::Failed, "an error");
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.pairs, SizeIs(1));
    const PairFit& fit = judgement.pairs[0];
    EXPECT_EQ(fit.met, 27);
    EXPECT_EQ(fit.possible, 28);
    EXPECT_EQ(fit.rounds, 7);
    EXPECT_EQ(fit.broke, 1);
    EXPECT_NEAR(std::log(fit.spread / 0.01), 0, 1);  // of 13 values
    ASSERT_THAT(fit.ends, SizeIs(8));
    EXPECT_EQ(fit.ends[5].of, "n5");
    EXPECT_TRUE(fit.ends[5].named);
    EXPECT_NEAR(*fit.ends[5].effect, -0.6, 0.02);
    EXPECT_NEAR(*fit.ends[0].effect, 0, 0.02);
    EXPECT_THAT(fit.cells, SizeIs(28));
    EXPECT_EQ(judgement.coverage[0].pairs,
              "27 of 28 pairs met, a given one with a chance of 96 % (7 rounds)");
}

TEST(Pairs, OfDevicesNameTheDevice) {
    rackproof::Run run = make_fleet(1, 8);
    Metric metric;
    metric.name = "nvbandwidth.device_to_device";
    metric.suite = "nvbandwidth";
    metric.scope = Scope::DevicePair;
    metric.unit = "B/s";
    metric.repetitions = 1;
    for (int a = 0; a < 8; ++a) {
        for (int b = 0; b < 8; ++b) {
            if (a == b) continue;
            const std::size_t row = metric.add_row({a, b}, 0, Outcome::Completed);
            metric.variant[row] = 0;
            metric.values[row] = (a == 6 || b == 6 ? 3e11 : 4e11) * (1 + 0.001 * (a + b) / 14);
        }
    }
    run.metrics.push_back(metric);
    const auto slow = slow_ones(judge(run, {}));
    ASSERT_THAT(slow, SizeIs(1));
    EXPECT_EQ(slow[0].level, Level::Device);
    EXPECT_EQ(slow[0].device, "6");
}

TEST(Pairs, WithoutARelativeScaleAreLeftToLimits) {
    rackproof::Run run = make_fleet(8, 1);
    Metric& metric = all_pairs(run, Direction::LowerIsBetter, [](int, int) { return 0.0; });
    metric.unit = "1";  // lost segments: none
    const Judgement judgement = judge(run, {});
    EXPECT_THAT(judgement.pairs, IsEmpty());
    EXPECT_THAT(judgement.coverage[0].not_judged, Not(IsEmpty()));
}

TEST(Pairs, SurviveAnyValue) {
    rackproof::Run run = make_fleet(8, 1);
    Metric& metric = all_pairs(run, Direction::HigherIsBetter, [](int, int) { return 1.0; });
    for (std::size_t i = 0; i < 3; ++i) {
        metric.values[i] = 0;
        metric.values[3 + i] = -1e300;
        metric.values[6 + i] = 1e308;
    }
    metric.target[5] = {3, 3};
    EXPECT_NO_THROW(static_cast<void>(judge(run, {})));
}

/// Of twenty samples of every pair; those of one pair stall at random, as after a lost packet.
rackproof::Run with_lossy_pairs(std::size_t lossy, std::uint64_t seed) {
    rackproof::Run run = make_fleet(8, 1);
    Metric& metric = all_pairs(
        run, Direction::HigherIsBetter, [](int, int) { return 1.0; }, seed);
    std::mt19937_64 random{seed};
    std::normal_distribution<double> noise{1, 0.01};
    std::uniform_real_distribution<double> stalled{0.2, 0.95};
    metric.repetitions = 20;
    metric.values.clear();
    for (std::size_t row = 0; row < metric.rows(); ++row) {
        const double middle = noise(random);
        for (int i = 0; i < 20; ++i) {
            const double share = row % 9 == 4 && row / 9 < lossy ? stalled(random) : 1.0;
            metric.values.push_back(1e9 * middle * noise(random) * share);
        }
    }
    return run;
}

TEST(Pairs, ALinkWhoseSamplesNearlyAllStallIsSeenThoughItsMedianProvesLittle) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const rackproof::Run run = with_lossy_pairs(1, seed);
        const auto slow = slow_ones(judge(run, {}));
        ASSERT_THAT(slow, SizeIs(1)) << seed;
        EXPECT_EQ(slow[0].level, Level::Link);
        EXPECT_EQ(slow[0].node, "n0");
        EXPECT_EQ(slow[0].peer, "n5");
        EXPECT_GE(slow[0].verdict, Verdict::Watch);
    }
}

TEST(Pairs, NoLinkIsSaidToStallWhereNoneDoes) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        for (const Finding& finding : slow_ones(judge(with_lossy_pairs(0, seed), {}))) {
            EXPECT_THAT(finding.sentence, Not(HasSubstr("samples"))) << seed;
        }
    }
}

TEST(Pairs, TooManyLinksThatStallAreNoSingleFaults) {
    const auto slow = slow_ones(judge(with_lossy_pairs(3, 5), {}));
    for (const Finding& finding : slow) EXPECT_EQ(finding.level, Level::Fleet) << finding.sentence;
    EXPECT_THAT(slow, Not(IsEmpty()));
}

/// Node 5 is slow with everyone but `well_with`, and scatters with everyone.
rackproof::Run with_scattering_node(int well_with) {
    rackproof::Run run = make_fleet(8, 1);
    Metric& metric = all_pairs(run, Direction::HigherIsBetter, [well_with](int a, int b) {
        const int other = a == 5 ? b : a;
        return (a == 5 || b == 5) && other != well_with ? 0.5 : 1.0;
    });
    std::mt19937_64 random{3};
    metric.repetitions = 20;
    std::vector<double> values;
    for (std::size_t row = 0; row < metric.rows(); ++row) {
        const bool slow = metric.target[row].first == 5 || metric.target[row].second == 5;
        std::normal_distribution<double> noise{1, slow ? 0.15 : 0.005};
        for (int i = 0; i < 20; ++i) values.push_back(metric.values[3 * row] * noise(random));
    }
    metric.values = values;
    return run;
}

TEST(Pairs, WhatScattersForASlowNodesSakeIsNoFaultOfItsPartners) {
    for (const int well_with : {-1, 7}) {
        const Judgement judgement = judge(with_scattering_node(well_with), {});
        ASSERT_THAT(judgement.findings, SizeIs(1)) << judgement.findings.back().sentence;
        EXPECT_EQ(judgement.findings[0].node, "n5");
        EXPECT_EQ(verdict_of(judgement, "n1"), Verdict::Pass);
        EXPECT_EQ(verdict_of(judgement, "n7"), Verdict::Pass);
    }
}

}  // namespace
}  // namespace rackproof
