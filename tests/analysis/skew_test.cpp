#include "analysis/skew.hpp"

#include <gmock/gmock.h>

#include <random>
#include <set>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using test::add_steady_metric;
using test::by_rule;
using test::make_fleet;
using test::verdict_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kName = "collectives.all_reduce.64MiB";

struct Passage {
    double late_s = 0;
    double clock_error_s = 2e-5;
};

/// A collective of 0.1 s over all devices of each of `nodes` nodes, one node a row: when each rank
/// came to each sample. All leave together.
struct Collective {
    int nodes = 1;
    int ranks = 2;
    int repetitions = 20;

    template <class Late>
    [[nodiscard]] Run run(Late late) const {
        Run run = make_fleet(nodes, ranks);
        add_steady_metric(run,
                          {.name = kName,
                           .suite = "collectives",
                           .scope = Scope::Node,
                           .unit = "B/s",
                           .repetitions = static_cast<std::size_t>(repetitions)},
                          1e9);
        RankTimes& times = run.ranks[kName];
        for (int row = 0; row < nodes; ++row) {
            for (int rank = 0; rank < ranks; ++rank) {
                for (int repetition = 0; repetition < repetitions; ++repetition) {
                    const Passage passage = late(row, rank, repetition);
                    times.cell.push_back(row);
                    times.rank.push_back(rank);
                    times.repetition.push_back(repetition);
                    times.entry.push_back(repetition + passage.late_s);
                    times.exit.push_back(repetition + 0.1);
                    times.clock_error.push_back(passage.clock_error_s);
                }
            }
        }
        return run;
    }
};

std::vector<Finding> skew(const Run& run) { return by_rule(judge(run, {}), "skew"); }

TEST(Skew, OfTwoRanksTheLateOneIsNamedWithItsMilliseconds) {
    const rackproof::Run run =
        Collective{}.run([](int, int rank, int) { return Passage{rank == 1 ? 0.005 : 0.0}; });
    const Judgement judgement = judge(run, {});
    const std::vector<Finding> found = by_rule(judgement, "skew");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].kind, FindingKind::Slow);
    EXPECT_EQ(found[0].verdict, Verdict::Watch);
    EXPECT_EQ(found[0].level, Level::Device);
    EXPECT_EQ(found[0].node, "n0");
    EXPECT_EQ(found[0].device, "1");
    EXPECT_EQ(found[0].metric, kName);
    EXPECT_EQ(found[0].cohort, 2);
    EXPECT_THAT(found[0].sentence,
                HasSubstr("rank 1 of 2 enters collectives.all_reduce.64MiB 5.0 ms after the "
                          "others, which wait for it: 5.0 % of the 100.0 ms"));
    EXPECT_THAT(found[0].sentence, HasSubstr("late in 20 of 20 repetitions"));
    EXPECT_EQ(verdict_of(judgement, "n0"), Verdict::Watch);
    EXPECT_EQ(exit_status(judgement), 0);
}

TEST(Skew, HalfOfTheRanksMayBeLate) {
    const rackproof::Run run = Collective{.ranks = 4}.run(
        [](int, int rank, int) { return Passage{rank >= 2 ? 0.02 : 0.0}; });
    const std::vector<Finding> found = skew(run);
    ASSERT_THAT(found, SizeIs(2));
    EXPECT_EQ(found[0].device, "2");
    EXPECT_EQ(found[1].device, "3");
}

TEST(Skew, WhoIsEarlyMakesNobodyLate) {
    const rackproof::Run run = Collective{.ranks = 4}.run(
        [](int, int rank, int) { return Passage{rank == 0 ? 0.0 : 0.02}; });
    EXPECT_THAT(skew(run), IsEmpty());
}

TEST(Skew, LatenessThatGoesRoundIsNobodys) {
    for (const int ranks : {2, 3, 4, 8}) {
        const rackproof::Run run =
            Collective{.ranks = ranks}.run([&](int, int rank, int repetition) {
                return Passage{rank == repetition % ranks ? 0.02 : 0.0};
            });
        EXPECT_THAT(skew(run), IsEmpty()) << ranks;
    }
}

TEST(Skew, RandomLatenessNamesFewerThanTheWatchQAllows) {
    int named = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        std::mt19937_64 random{seed};
        std::bernoulli_distribution half;
        const rackproof::Run run = Collective{.nodes = 4, .ranks = 4}.run(
            [&](int, int, int) { return Passage{half(random) ? 0.02 : 0.0}; });
        named += skew(run).empty() ? 0 : 1;
    }
    EXPECT_LE(named, 2);  // 0.01 of 200
}

TEST(Skew, ARankThatIsLateNowAndThenIsNotNamed) {
    const rackproof::Run run = Collective{.ranks = 4}.run([](int, int rank, int repetition) {
        return Passage{rank == 2 && repetition % 2 == 0 ? 0.02 : 0.0};
    });
    EXPECT_THAT(skew(run), IsEmpty());
}

TEST(Skew, LessThanTheClocksErrorIsNone) {
    const auto run = [](double error_s) {
        return Collective{}.run([&](int, int rank, int) {
            return Passage{rank == 1 ? 0.005 : 0.0, error_s};
        });
    };
    EXPECT_THAT(skew(run(0.0019)), SizeIs(1));
    EXPECT_THAT(skew(run(0.0021)), IsEmpty());  // of 5 ms, 4.2 may be the two clocks'
}

TEST(Skew, LessThanAMillisecondOrHalfAHundredthIsNone) {
    const auto run = [](double late_s) {
        return Collective{}.run([&](int, int rank, int) {
            return Passage{rank == 1 ? late_s : 0.0, 0.0};
        });
    };
    EXPECT_THAT(skew(run(0.0011)), SizeIs(1));
    EXPECT_THAT(skew(run(0.0009)), IsEmpty());
    rackproof::Run longer = run(0.0011);
    for (double& exit_s : longer.ranks[kName].exit) exit_s += 0.2;
    EXPECT_THAT(skew(longer), IsEmpty());  // of 300 ms
}

TEST(Skew, RanksThatShareACoreWaitForATimeSliceOfEachOther) {
    const auto run = [](double late_s, const std::vector<std::string>& cores) {
        rackproof::Run of_four = Collective{.ranks = 4}.run(
            [&](int, int rank, int) { return Passage{rank >= 2 ? late_s : 0.0}; });
        of_four.inventory.push_back({"worker.cores", Scope::Device, "a test", cores});
        return of_four;
    };
    const std::vector<std::string> shared{"0", "1", "0", "1"};
    EXPECT_THAT(skew(run(0.004, shared)), IsEmpty());  // these two are woken last each time
    EXPECT_THAT(skew(run(0.010, shared)), IsEmpty());
    EXPECT_THAT(skew(run(0.012, shared)), SizeIs(2));
    EXPECT_THAT(skew(run(0.012, {"0-1", "0-1", "0-1", "0-1"})), IsEmpty());  // four on two cores
    EXPECT_THAT(skew(run(0.004, {"0", "1", "2", "3"})), SizeIs(2));
    EXPECT_THAT(skew(run(0.004, {"0"})), SizeIs(2));  // not known
}

TEST(Skew, WhoIsLateInMostSamplesIsNamedWhateverTheOthersDoInTheRest) {
    const auto late_in = [](int late) {
        return Collective{}.run([late](int, int rank, int repetition) {
            return Passage{(rank == 1) == (repetition < late) ? 0.005 : 0.0};
        });
    };
    EXPECT_THAT(skew(late_in(17)), SizeIs(1));
    EXPECT_THAT(skew(late_in(16)), IsEmpty());
}

TEST(Skew, APolicyThatWatchesEverythingStillNamesNobodyWhoIsNotLate) {
    const rackproof::Run run = Collective{}.run([](int, int, int) { return Passage{}; });
    Policy policy;
    policy.watch_q = 1;
    EXPECT_THAT(by_rule(judge(run, policy), "skew"), IsEmpty());
}

TEST(Skew, FiveRepetitionsCannotTell) {
    const rackproof::Run run = Collective{.repetitions = 5}.run(
        [](int, int rank, int) { return Passage{rank == 1 ? 0.02 : 0.0}; });
    EXPECT_THAT(skew(run), IsEmpty());
}

TEST(Skew, TheRanksOfAPairAndOfAGroupAreTheDevicesOfTheirNodesInOrder) {
    rackproof::Run run = Collective{.ranks = 4}.run(
        [](int, int rank, int) { return Passage{rank == 2 ? 0.02 : 0.0}; });
    const rackproof::Run fleet = make_fleet(6, 2);
    run.nodes = fleet.nodes;
    run.devices = fleet.devices;
    Metric& metric = run.metrics[0];
    metric.scope = Scope::NodePair;
    metric.target[0] = {4, 1};
    ASSERT_THAT(skew(run), SizeIs(1));
    EXPECT_EQ(skew(run)[0].node, "n1");
    EXPECT_EQ(skew(run)[0].device, "0");

    run.groups = {{0, 3, 5}};
    metric.scope = Scope::Group;
    metric.target[0] = {0, -1};
    ASSERT_THAT(skew(run), SizeIs(1));
    EXPECT_EQ(skew(run)[0].level, Level::Fleet);  // four ranks on six devices: whose, nobody knows
    EXPECT_THAT(skew(run)[0].sentence, HasSubstr("rank 2 of 4"));

    run.variants[0].parameters = R"({"without":["n3"]})";
    ASSERT_THAT(skew(run), SizeIs(1));
    EXPECT_EQ(skew(run)[0].node, "n5");
    EXPECT_EQ(skew(run)[0].device, "0");
}

TEST(Skew, RanksOnGpusAreTheGpus) {
    rackproof::Run run =
        Collective{}.run([](int, int rank, int) { return Passage{rank == 1 ? 0.02 : 0.0}; });
    run.devices.insert(run.devices.begin(), run.devices[0]);
    run.devices[0].kind = "cpu";
    run.devices[1].kind = run.devices[2].kind = "gpu";
    run.devices[1].index = 1;
    run.devices[2].index = 2;
    run.metrics[0].parameters = R"({"device":"gpu"})";
    ASSERT_THAT(skew(run), SizeIs(1));
    EXPECT_EQ(skew(run)[0].device, "2");
}

TEST(Skew, OddTimesAreNoEvidence) {
    const auto late = [](int, int rank, int) { return Passage{rank == 1 ? 0.02 : 0.0}; };
    rackproof::Run run = Collective{}.run(late);
    run.ranks[kName].entry.resize(3);
    EXPECT_THAT(skew(run), IsEmpty());
    run = Collective{}.run(late);
    for (double& entry_s : run.ranks[kName].entry) entry_s = kNoValue;
    EXPECT_THAT(skew(run), IsEmpty());
    run = Collective{}.run(late);
    for (std::int32_t& rank : run.ranks[kName].rank) rank = rank == 1 ? 2'147'483'647 : -5;
    EXPECT_THAT(skew(run), IsEmpty());
    run = Collective{}.run(late);
    for (std::int32_t& row : run.ranks[kName].cell) row = 7;
    EXPECT_THAT(skew(run), IsEmpty());
}

TEST(Skew, OnlyTheLastAttemptCounts) {
    rackproof::Run run =
        Collective{}.run([](int, int rank, int) { return Passage{rank == 1 ? 0.02 : 0.0}; });
    test::add_retest(run.metrics[0], 0, 1, Outcome::Completed, 1e9);
    EXPECT_THAT(skew(run), IsEmpty());
}

/// Four nodes of one rank each, every two of them a pair: who is late with whom.
template <class Late>
rackproof::Run pairs_of_four(Late late) {
    rackproof::Run run = make_fleet(4, 1);
    Metric metric;
    metric.name = kName;
    metric.suite = "collectives";
    metric.scope = Scope::NodePair;
    metric.unit = "B/s";
    metric.repetitions = 1;
    RankTimes& times = run.ranks[kName];
    for (int a = 0; a < 4; ++a) {
        for (int b = a + 1; b < 4; ++b) {
            const std::size_t row = metric.add_row({a, b}, 0, Outcome::Completed);
            metric.variant[row] = 0;
            metric.values[row] = 1e9;
            for (int i = 0; i < 40; ++i) {
                const int rank = i % 2;
                const int sample = i / 2;
                times.cell.push_back(static_cast<std::int32_t>(row));
                times.rank.push_back(rank);
                times.repetition.push_back(sample);
                const bool is_late = rank == 0 ? late(a, b) : late(b, a);
                times.entry.push_back(sample + (is_late ? 0.005 : 0.0));
                times.exit.push_back(sample + 0.1);
                times.clock_error.push_back(2e-5);
            }
        }
    }
    run.metrics.push_back(std::move(metric));
    return run;
}

TEST(Skew, OfPairsWhoIsLateWithMostIsNamedAndWhoIsWithOneIsNot) {
    const auto named = [](const rackproof::Run& run) {
        std::set<std::string> nodes;
        for (const Finding& finding : skew(run)) nodes.insert(finding.node);
        return nodes;
    };
    using testing::ElementsAre;
    EXPECT_THAT(named(pairs_of_four([](int self, int) { return self == 2; })), ElementsAre("n2"));
    EXPECT_THAT(named(pairs_of_four([](int self, int other) { return self == 2 && other == 0; })),
                IsEmpty());
}

}  // namespace
}  // namespace rackproof
