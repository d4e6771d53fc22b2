#include "runners/run_fold.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "core/error.hpp"
#include "tests/runners/sample_start.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Two devices; case "a" of 3 repetitions on both (cells 0 and 1), case "b" of the node (cell 2).
record::RunStarted two_cases() {
    return test::sample_start(
        2, {test::sample_case("a", 0, Scope::Device), test::sample_case("b", 1, Scope::Node, 2)});
}

record::CellEnded completed(std::int32_t cell, std::int32_t attempt = 0) {
    return {cell, attempt, Outcome::Completed, "", 1};
}

rackproof::Run fold(const record::RunStarted& start, const std::vector<record::Record>& records,
                    std::uint64_t dropped = 0) {
    RunFold fold{start};
    for (const record::Record& record : records) fold.add(record);
    return fold.finish(dropped).run;
}

std::string reason(const rackproof::Run& run, const std::string& metric, std::int32_t row) {
    for (const Reason& r : run.reasons) {
        if (r.metric == metric && r.row == row) return r.text;
    }
    return "no reason";
}

TEST(RunFoldTest, ARunThatNeverBeganHasEveryCellLost) {
    const rackproof::Run run = fold(two_cases(), {});
    ASSERT_THAT(run.metrics, SizeIs(2));
    EXPECT_EQ(run.metrics[0].name, "a");
    EXPECT_EQ(run.metrics[0].repetitions, 3U);
    EXPECT_THAT(run.metrics[0].outcome, ElementsAre(Outcome::Lost, Outcome::Lost));
    EXPECT_THAT(run.metrics[1].outcome, ElementsAre(Outcome::Lost));
    EXPECT_THAT(run.metrics[0].variant, ElementsAre(-1, -1));
    for (const double value : run.metrics[0].values) EXPECT_TRUE(std::isnan(value));
    EXPECT_EQ(reason(run, "a", 1), "the run ended before this cell did");
    EXPECT_THAT(run.reasons, SizeIs(3));
    EXPECT_FALSE(run.complete);
    EXPECT_THAT(run.finished, IsEmpty());
    EXPECT_FALSE(run.environment.contains("timed_fraction"));
}

TEST(RunFoldTest, TakesOverWhatTheRunIs) {
    const record::RunStarted start = two_cases();
    const rackproof::Run run = fold(start, {});
    EXPECT_EQ(run.run_id, start.run_id);
    EXPECT_EQ(run.started, start.started);
    EXPECT_EQ(run.plan_toml, start.plan_toml);
    EXPECT_EQ(run.launcher, "local");
    EXPECT_EQ(run.environment.at("host"), "n001");
    EXPECT_EQ(run.nodes, start.manifest.nodes);
    EXPECT_EQ(run.devices, start.manifest.devices);
    EXPECT_EQ(run.metrics[1].scope, Scope::Node);
    EXPECT_EQ(run.metrics[0].suite, "scripted");
    EXPECT_EQ(run.metrics[0].parameters, "{}");
}

TEST(RunFoldTest, EveryOutcomeStandsWithItsReason) {
    for (const Outcome outcome : kAllOutcomes) {
        if (outcome == Outcome::Completed) continue;
        const rackproof::Run run =
            fold(two_cases(), {record::CellEnded{1, 0, outcome, "because", 1}});
        EXPECT_EQ(run.metrics[0].outcome[1], outcome);
        EXPECT_EQ(reason(run, "a", 1), "because");
    }
    const rackproof::Run run =
        fold(two_cases(), {record::Samples{1, 0, {1}, {}, {}}, completed(1)});
    EXPECT_EQ(run.metrics[0].outcome[1], Outcome::Completed);
    EXPECT_EQ(reason(run, "a", 1), "no reason");
}

TEST(RunFoldTest, ValuesArePaddedWithNaN) {
    const rackproof::Run run =
        fold(two_cases(), {record::Samples{1, 0, {5, 7}, {1.25, 1.5}, {}}, completed(1)});
    const Metric& a = run.metrics[0];
    EXPECT_EQ(a.row(1)[0], 5);
    EXPECT_EQ(a.row(1)[1], 7);
    EXPECT_TRUE(std::isnan(a.row(1)[2]));
    ASSERT_EQ(a.time.size(), a.values.size());
    EXPECT_EQ(a.time[3], 1.25);
    EXPECT_TRUE(std::isnan(a.time[0]));
    EXPECT_TRUE(std::isnan(a.time[5]));
    EXPECT_THAT(run.metrics[1].time, IsEmpty());
}

TEST(RunFoldTest, CompletedWithoutANumberIsFailed) {
    const rackproof::Run run = fold(two_cases(), {completed(0)});
    EXPECT_EQ(run.metrics[0].outcome[0], Outcome::Failed);
    EXPECT_EQ(reason(run, "a", 0), "recorded no number");
}

TEST(RunFoldTest, SamplesOfAWrongAnswerStay) {
    const rackproof::Run run =
        fold(two_cases(), {record::Samples{0, 0, {5}, {}, {}},
                           record::CellEnded{0, 0, Outcome::WrongAnswer, "off by one", 1}});
    EXPECT_EQ(run.metrics[0].row(0)[0], 5);
    EXPECT_EQ(run.metrics[0].outcome[0], Outcome::WrongAnswer);
}

TEST(RunFoldTest, EveryEndedAttemptIsARowInTheManifestsOrder) {
    // The second cell's retest is told of before the first cell's own.
    const rackproof::Run run =
        fold(two_cases(),
             {record::CellEnded{1, 0, Outcome::Lost, "gone", 1}, record::Samples{1, 1, {9}, {}, {}},
              completed(1, 1), record::CellEnded{0, 0, Outcome::Failed, "threw", 2},
              record::CellBegun{0, 1, 0, 3}});
    const Metric& a = run.metrics[0];
    ASSERT_THAT(a.attempt, ElementsAre(0, 0, 1));
    EXPECT_THAT(a.outcome, ElementsAre(Outcome::Failed, Outcome::Lost, Outcome::Completed));
    EXPECT_EQ(a.target[0].first, 0);
    EXPECT_EQ(a.target[2].first, 1);
    EXPECT_EQ(a.row(2)[0], 9);
    // A retest that the run's end cut off is no second breakage: an event tells of it.
    ASSERT_THAT(run.events, SizeIs(1));
    EXPECT_EQ(run.events[0].code, "retest_cut_off");
    EXPECT_FALSE(run.complete);
}

TEST(RunFoldTest, EqualVariantsAreKeptOnce) {
    Variant one;
    one.algorithm = "one";
    Variant two;
    two.algorithm = "two";
    const rackproof::Run run =
        fold(two_cases(), {record::Samples{0, 0, {1}, {}, two}, record::Samples{1, 0, {1}, {}, one},
                           record::Samples{2, 0, {1}, {}, two}});
    ASSERT_THAT(run.variants, ElementsAre(two, one));
    EXPECT_THAT(run.metrics[0].variant, ElementsAre(0, 1));
    EXPECT_THAT(run.metrics[1].variant, ElementsAre(0));
}

TEST(RunFoldTest, RankTimesNameTheirRow) {
    const rackproof::Run run =
        fold(two_cases(), {record::CellEnded{2, 0, Outcome::Lost, "gone", 1},
                           record::RankTimes{2, 1, 1, {3, 4}, {3.5, 4.5}, 1e-6}, completed(2, 1)});
    const RankTimes& times = run.ranks.at("b");
    EXPECT_THAT(times.cell, ElementsAre(1, 1));
    EXPECT_THAT(times.rank, ElementsAre(1, 1));
    EXPECT_THAT(times.repetition, ElementsAre(0, 1));
    EXPECT_THAT(times.entry, ElementsAre(3, 4));
    EXPECT_THAT(times.exit, ElementsAre(3.5, 4.5));
    EXPECT_THAT(times.clock_error, ElementsAre(1e-6, 1e-6));
}

TEST(RunFoldTest, FactsAreColumnsAndTheFirstWordStays) {
    const auto fact = [](std::int32_t device, const char* value) {
        return record::Fact{"worker.rank", Scope::Device, device, "worker", value};
    };
    const rackproof::Run run = fold(two_cases(), {fact(1, "1"), fact(1, "0")});
    ASSERT_THAT(run.inventory, SizeIs(1));
    EXPECT_EQ(run.inventory[0].key, "worker.rank");
    EXPECT_EQ(run.inventory[0].source, "worker");
    EXPECT_THAT(run.inventory[0].values, ElementsAre("", "1"));
}

TEST(RunFoldTest, TimedFractionIsTimedTimeOverRankTime) {
    const auto ended = [](std::int32_t rank, double timed_s) {
        return record::RankEnded{0, 0, rank, Outcome::Completed, "", 1, timed_s};
    };
    const rackproof::Run run =
        fold(two_cases(), {record::JobStarted{0, 2, 1, "mpirun"}, ended(0, 3), ended(1, 1),
                           record::JobEnded{0, 5, "exit status 0"}});
    EXPECT_EQ(run.environment.at("timed_fraction"), "0.5000");
}

TEST(RunFoldTest, JobsAndTornTailAreEvents) {
    const rackproof::Run run = fold(
        two_cases(),
        {record::JobStarted{0, 2, 1, "mpirun -np 2"}, record::JobEnded{0, 2, "exit status 137"},
         record::Happened{{2.5, 0, 7, "error", "rank_silent", "no word"}}},
        17);
    ASSERT_THAT(run.events, SizeIs(4));
    EXPECT_THAT(run.events[0].text, HasSubstr("mpirun -np 2"));
    EXPECT_EQ(run.events[1].severity, "warning");
    EXPECT_EQ(run.events[2].code, "rank_silent");
    EXPECT_EQ(run.events[2].device, -1);  // there is no device 7
    EXPECT_EQ(run.events[3].code, "journal_torn");
    EXPECT_THAT(run.events[3].text, HasSubstr("17 bytes"));
    EXPECT_EQ(run.events[3].time, 2.5);
}

TEST(RunFoldTest, IsCompleteOnlyIfItSaysSoAndEveryCellEnded) {
    std::vector<record::Record> records{record::CellEnded{0, 0, Outcome::Skipped, "no", 1},
                                        record::CellEnded{1, 0, Outcome::Skipped, "no", 1},
                                        record::CellEnded{2, 0, Outcome::Skipped, "no", 1},
                                        record::RunFinished{"2026-11-23T05:00:00Z", true}};
    EXPECT_TRUE(fold(two_cases(), records).complete);
    EXPECT_EQ(fold(two_cases(), records).finished, "2026-11-23T05:00:00Z");
    EXPECT_FALSE(fold(two_cases(), records, 1).complete);
    records.back() = record::RunFinished{"2026-11-23T05:00:00Z", false};
    EXPECT_FALSE(fold(two_cases(), records).complete);
    records = {record::RunFinished{"2026-11-23T05:00:00Z", true}};
    EXPECT_FALSE(fold(two_cases(), records).complete);
}

TEST(RunFoldTest, RecordsThatBelongToNoCellAreRefused) {
    const std::vector<record::Record> bad{
        record::CellEnded{3, 0, Outcome::Lost, "", 1},
        record::CellEnded{-1, 0, Outcome::Lost, "", 1},
        record::CellBegun{0, -1, 0, 1},
        record::Samples{0, 0, {1, 2, 3, 4}, {}, {}},
        record::Samples{0, 0, {1, 2}, {1}, {}},
        record::RankTimes{2, 0, 0, {1}, {}, 0},
        record::RankTimes{2, 0, -1, {1}, {2}, 0},
        record::Reading{"t", "degC", Scope::Node, 1, 0, 1, 1},
        record::Reading{"t", "degC", Scope::Node, 0, 0, kNoValue, 1},
        record::Fact{"k", Scope::Device, 2, "", ""},
        record::RankPlaced{0, 0, 5, 1, "n001", "0"},
        two_cases()};
    for (const record::Record& record : bad) {
        EXPECT_THROW((void)fold(two_cases(), {record}), InputError) << record.index();
    }
    const record::CellEnded ended = completed(0);
    EXPECT_THROW((void)fold(two_cases(), {ended, ended}), InputError);
}

TEST(RunFoldTest, AManifestThatContradictsItselfIsRefused) {
    const auto refused = [](auto change) {
        record::RunStarted start = two_cases();
        change(start.manifest);
        try {
            const RunFold fold{start};
        } catch (const InputError&) {
            return true;
        }
        return false;
    };
    EXPECT_FALSE(refused([](Manifest&) {}));
    EXPECT_TRUE(refused([](Manifest& m) { m.devices[0].node = 1; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.cases[0].lead = 2; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.cases[0].repetitions = 0; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.cases[0].name = "b"; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.cells[0].case_index = 2; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.cells[0].target.first = 2; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.cases[1].scope = Scope::NodePair; }));
}

TEST(RunFoldTest, AMetricTooLargeForAnyMachineIsRefused) {
    record::RunStarted start = two_cases();
    start.manifest.cases[0].repetitions = INT32_MAX;
    EXPECT_THROW((void)fold(start, {completed(0, 1), completed(0, 2)}), InputError);
}

/// Three nodes; case "p" of two pairs, case "g" of a group.
record::RunStarted pairs_and_a_group() {
    record::RunStarted start = test::sample_start(
        0, {test::sample_case("p", 0, Scope::NodePair), test::sample_case("g", 1, Scope::Group)});
    start.manifest.nodes.resize(3);
    start.manifest.groups = {{0, 1, 2}};
    start.manifest.cells = {{0, {0, 1}}, {0, {1, 2}}, {1, {0, -1}}};
    return start;
}

TEST(RunFoldTest, PairsAndGroupsComeThrough) {
    const rackproof::Run run =
        fold(pairs_and_a_group(), {record::Samples{1, 0, {4}, {}, {}}, completed(1), completed(2)});
    EXPECT_THAT(run.groups, ElementsAre(ElementsAre(0, 1, 2)));
    ASSERT_THAT(run.metrics, SizeIs(2));
    EXPECT_EQ(run.metrics[0].scope, Scope::NodePair);
    EXPECT_THAT(run.metrics[0].target, ElementsAre(Target{0, 1}, Target{1, 2}));
    EXPECT_THAT(run.metrics[0].outcome, ElementsAre(Outcome::Lost, Outcome::Completed));
    EXPECT_THAT(run.metrics[1].target, ElementsAre(Target{0, -1}));
}

TEST(RunFoldTest, PairsAndGroupsThatContradictTheManifestAreRefused) {
    const auto refused = [](const auto& change) {
        record::RunStarted start = pairs_and_a_group();
        change(start.manifest);
        EXPECT_THROW(RunFold{start}, InputError);
    };
    refused([](Manifest& m) { m.groups.clear(); });
    refused([](Manifest& m) { m.groups[0].clear(); });
    refused([](Manifest& m) { m.groups[0] = {0, 3}; });
    refused([](Manifest& m) { m.groups[0] = {1, 1}; });
    refused([](Manifest& m) { m.cells[0].target = {0, -1}; });
    refused([](Manifest& m) { m.cells[0].target = {0, 3}; });
    refused([](Manifest& m) { m.cells[2].target = {1, -1}; });
}

TEST(RunFoldTest, NamesThatNoRunFileCanHaveAreRefused) {
    RunFold fold{pairs_and_a_group()};
    EXPECT_NO_THROW(fold.add(record::Reading{"t", "degC", Scope::Node, 0, 0, 1, 1}));
    for (const std::string& name : {std::string{}, std::string{"a/b"}, std::string{"."},
                                    std::string("a\0b", 3), std::string{"\xff"}}) {
        EXPECT_THROW(fold.add(record::Reading{name, "degC", Scope::Node, 0, 0, 1, 1}), InputError);
        EXPECT_THROW(fold.add(record::Fact{name, Scope::Node, 0, "", "1"}), InputError);
    }
    EXPECT_THROW(fold.add(record::Reading{"time", "s", Scope::Node, 0, 0, 1, 1}), InputError);
}

TEST(RunFoldTest, AReadingOfAPairIsRefused) {
    RunFold fold{pairs_and_a_group()};
    EXPECT_THROW(fold.add(record::Reading{"t", "degC", Scope::NodePair, 0, 0, 1, 1}), InputError);
    EXPECT_THROW(fold.add(record::Fact{"k", Scope::Group, 0, "s", "v"}), InputError);
}

record::RankTimes times_of(std::int32_t cell, std::int32_t rank) {
    return {cell, 0, rank, {1, 2}, {1.5, 2.5}, 0.001};
}

std::size_t count_of(const rackproof::Run& run, const std::string& code) {
    std::size_t count = 0;
    for (const Event& event : run.events) count += event.code == code ? 1U : 0U;
    return count;
}

TEST(RunFoldTest, AGoThatWasCutOffLeavesNoNumbersWhenTheAttemptBeginsAgain) {
    const std::vector<record::Record> first_go{
        record::CellBegun{2, 0, 0, 1}, record::CellBegun{2, 0, 1, 1}, times_of(2, 0),
        times_of(2, 1), record::Samples{2, 0, {7, 8}, {}, {}}};
    std::vector<record::Record> records = first_go;
    for (const std::int32_t rank : {0, 1}) {
        records.emplace_back(record::CellBegun{2, 0, rank, 2});
        records.emplace_back(times_of(2, rank));
    }
    records.emplace_back(record::Samples{2, 0, {9}, {}, {}});
    records.emplace_back(completed(2));
    const rackproof::Run run = fold(two_cases(), records);
    EXPECT_EQ(run.metrics[1].row(0)[0], 9);
    EXPECT_TRUE(std::isnan(run.metrics[1].row(0)[1]));
    EXPECT_THAT(run.ranks.at("b").rank, ElementsAre(0, 0, 1, 1));
}

TEST(RunFoldTest, ASecondGoThatRecordsNothingHasNothing) {
    const rackproof::Run run =
        fold(two_cases(), {record::CellBegun{0, 0, 1, 1}, record::Samples{0, 0, {7}, {}, {}},
                           record::CellBegun{0, 0, 0, 2}, completed(0)});
    EXPECT_EQ(run.metrics[0].outcome[0], Outcome::Failed);
    EXPECT_TRUE(std::isnan(run.metrics[0].row(0)[0]));
}

TEST(RunFoldTest, AResumedRunKeepsWhatEndedAndForgetsWhatDidNot) {
    const rackproof::Run run = fold(
        two_cases(),
        {record::JobStarted{0, 2, 0, "mpirun"}, record::CellBegun{0, 0, 0, 1},
         record::Samples{0, 0, {1, 2}, {}, {}}, completed(0), record::CellBegun{1, 0, 1, 2},
         record::Samples{1, 0, {3, 4}, {}, {}}, record::CellBegun{2, 0, 0, 2}, times_of(2, 0),
         record::RunFinished{"2026-11-23T04:42:00Z", false},
         record::Resumed{"2026-11-23T05:00:00Z", 100, 95, 12}, record::Samples{1, 0, {5}, {}, {}},
         completed(1), record::CellEnded{2, 0, Outcome::Skipped, "no", 101},
         record::RunFinished{"2026-11-23T05:01:00Z", true}});
    EXPECT_TRUE(run.complete);
    EXPECT_EQ(run.finished, "2026-11-23T05:01:00Z");
    EXPECT_EQ(run.metrics[0].row(0)[1], 2);
    EXPECT_EQ(run.metrics[0].row(1)[0], 5);
    EXPECT_TRUE(std::isnan(run.metrics[0].row(1)[1]));
    EXPECT_THAT(run.ranks, IsEmpty());
    EXPECT_EQ(count_of(run, "resumed"), 1U);
    EXPECT_EQ(count_of(run, "cell_cut_off"), 2U);
    EXPECT_EQ(count_of(run, "journal_torn"), 1U);
    EXPECT_EQ(count_of(run, "job_ended"), 1U);
}

/// A burn-in of the first device, whose slices come in parts.
record::RunStarted one_burnin() {
    record::RunStarted start = two_cases();
    start.manifest.cases[0].suite = "burnin";
    return start;
}

TEST(RunFoldTest, PartsOfASuiteThatGoesOnFollowEachOther) {
    const std::vector<record::Record> records{record::CellBegun{0, 0, 0, 1},
                                              record::Samples{0, 0, {1}, {10}, {}},
                                              record::Resumed{"2026-11-23T05:00:00Z", 100, 95, 0},
                                              record::CellBegun{0, 0, 0, 101},
                                              record::Samples{0, 0, {2, 3}, {110, 111}, {}},
                                              completed(0)};
    const rackproof::Run run = fold(one_burnin(), records);
    EXPECT_EQ(run.metrics[0].outcome[0], Outcome::Completed);
    EXPECT_THAT(run.metrics[0].row(0), ElementsAre(1, 2, 3));
    EXPECT_THAT(std::vector(run.metrics[0].time.begin(), run.metrics[0].time.begin() + 3),
                ElementsAre(10, 110, 111));
    EXPECT_THAT(run.events,
                testing::Contains(testing::Field(
                    &Event::text, HasSubstr("the attempt goes on behind its 1 samples"))));
}

TEST(RunFoldTest, WhatGoesOnIsToldHowMuchStands) {
    RunFold open{one_burnin()};
    open.add(record::Samples{0, 0, {1, 7}, {10, 11}, {}});
    EXPECT_EQ(open.so_far().cells[0].recorded, 2);
    EXPECT_EQ(open.so_far().cells[0].last_recorded, 7);
    open.add(record::CellEnded{0, 0, Outcome::Lost, "died", 12});
    EXPECT_EQ(open.so_far().cells[0].recorded, 0) << "the next attempt begins anew";
}

TEST(RunFoldTest, ALostBurninLeavesWhatItHad) {
    const rackproof::Run run =
        fold(one_burnin(), {record::Samples{0, 0, {1, 7}, {10, 11}, {}},
                            record::CellEnded{0, 0, Outcome::Lost, "died", 12}});
    EXPECT_EQ(run.metrics[0].outcome[0], Outcome::Lost);
    EXPECT_EQ(run.metrics[0].row(0)[1], 7);
}

TEST(RunFoldTest, PartsThatComeToTooMuchAreRefused) {
    EXPECT_THROW((void)fold(one_burnin(), {record::Samples{0, 0, {1, 2}, {}, {}},
                                           record::Samples{0, 0, {3, 4}, {}, {}}}),
                 InputError);
}

TEST(RunFoldTest, ARetestThatWasCutOffBeginsAgain) {
    const rackproof::Run run =
        fold(two_cases(),
             {record::CellEnded{0, 0, Outcome::Lost, "gone", 1}, record::CellBegun{0, 1, 0, 2},
              record::Resumed{"", 3, 0, 0}, record::CellBegun{0, 1, 0, 4},
              record::Samples{0, 1, {6}, {}, {}}, completed(0, 1)});
    EXPECT_THAT(run.metrics[0].attempt, ElementsAre(0, 1, 0));
    EXPECT_EQ(run.metrics[0].row(1)[0], 6);
    EXPECT_EQ(count_of(run, "retest_cut_off"), 0U);
}

TEST(RunFoldTest, ReadingsAreOfTheSeriesThatWereBegun) {
    RunFold fold{two_cases()};
    const record::Readings one{{0}, 2, {0.5F}, {41}};
    EXPECT_THROW(fold.add(one), InputError) << "nothing was begun";
    fold.add(record::Reading{"t", "degC", Scope::Node, 0, 0, 1, 40});
    fold.add(one);
    EXPECT_THROW(fold.add(record::Readings{{1}, 2, {0}, {1}}), InputError);
    EXPECT_THROW(fold.add(record::Readings{{0, 0}, 2, {0}, {1}}), InputError);
    EXPECT_THROW(fold.add(record::Readings{{0}, kNoValue, {0}, {1}}), InputError);
    fold.add(record::Resumed{"", 3, 0, 0});
    EXPECT_THROW(fold.add(one), InputError) << "a new controller numbers anew";
    const Telemetry telemetry = whole_telemetry(*fold.finish(0).telemetry);
    EXPECT_THAT(telemetry.time, ElementsAre(1, 2.5));
    EXPECT_THAT(telemetry.sensors.at(0).values, ElementsAre(40, 41));
}

TEST(RunFoldTest, WhoNeedsNoTelemetryKeepsNone) {
    RunFold fold{two_cases(), RunFold::Readings::Check};
    fold.add(record::Reading{"t", "degC", Scope::Node, 0, 0, 1, 40});
    fold.add(record::Readings{{0}, 2, {0.5F}, {41}});
    EXPECT_EQ(fold.so_far().last_time_s, 2.5);
    EXPECT_THROW(fold.add(record::Readings{{7}, 2, {0}, {1}}), InputError)
        << "checked all the same";
    EXPECT_EQ(fold.finish(0).telemetry->rows(), 0U);
}

TEST(RunFoldTest, SaysHowFarARunHasCome) {
    RunFold fold{two_cases()};
    fold.add(record::JobStarted{4, 1, 7, "mpirun"});
    fold.add(record::CellEnded{0, 0, Outcome::Failed, "no", 8});
    fold.add(record::CellBegun{0, 1, 0, 9});
    fold.add(completed(1));
    fold.add(record::Reading{"t", "degC", Scope::Node, 0, 0, 11, 1});
    fold.add(record::Resumed{"", 20, 9, 0});
    const RunSoFar so_far = fold.so_far();
    ASSERT_THAT(so_far.cells, SizeIs(3));
    EXPECT_EQ(so_far.cells[0].attempts_ended, 1);
    EXPECT_EQ(so_far.cells[0].first, Outcome::Failed);
    EXPECT_EQ(so_far.cells[0].last, (Ending{Outcome::Failed, "no"}));
    EXPECT_EQ(so_far.cells[1].attempts_ended, 1);
    EXPECT_EQ(so_far.cells[2].attempts_ended, 0);
    EXPECT_FALSE(so_far.cells[2].last);
    EXPECT_EQ(so_far.next_job, 5);
    EXPECT_EQ(so_far.last_time_s, 20);
    EXPECT_EQ(so_far.idle_s, 9);
    fold.add(record::CellEnded{2, 1, Outcome::Failed, "out of turn", 21});
    EXPECT_THROW((void)fold.so_far(), InputError);
}

}  // namespace
}  // namespace rackproof
