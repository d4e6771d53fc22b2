#include "suites/measure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/error.hpp"
#include "tests/support/memory_context.hpp"

namespace rackproof {
namespace {

using test::MemoryContext;
using test::ScriptedClock;
using test::ScriptedCommunicator;
using test::ScriptedDevice;
using testing::DoubleNear;
using testing::Each;
using testing::SizeIs;

class Measure : public testing::Test {
  protected:
    void run(Communicator* together = nullptr) {
        const auto workload = device.make({});
        measure(*workload, options, context, measured, together);
    }
    ScriptedClock clock;
    ScriptedDevice device{clock};
    MemoryContext context{{}, device, clock};
    MeasureOptions options{.warmup = 1, .repetitions = 4, .min_sample_s = 0};
    Measurement measured;
};

TEST_F(Measure, KeepsEverySampleInOrder) {
    options.warmup = 1;
    device.script.run_s = {9, 1, 2, 3, 4};
    run();
    EXPECT_THAT(measured.seconds, testing::ElementsAre(1, 2, 3, 4));
    EXPECT_EQ(measured.operations, 1);
    EXPECT_EQ(device.script.runs, 5);
}

TEST_F(Measure, ChecksEveryOutputWhereItIsToAndTimesNoCheck) {
    options.check = MeasureOptions::Check::EveryOutput;
    options.warmup = 0;
    options.repetitions = 3;
    options.min_sample_s = 0.05;
    device.script.run_s = {0.01};
    run();
    EXPECT_EQ(measured.operations, 5);
    EXPECT_EQ(device.script.checks, device.script.runs);
    EXPECT_EQ(measured.checked, device.script.checks);
    EXPECT_THAT(measured.seconds, Each(DoubleNear(0.01, 1e-12)));
}

TEST_F(Measure, AWrongOutputInTheMiddleOfASampleEndsItThere) {
    options.check = MeasureOptions::Check::EveryOutput;
    options.warmup = 0;
    options.repetitions = 3;
    options.min_sample_s = 0.05;
    device.script.run_s = {0.01};
    device.script.wrong_checks = {14};
    EXPECT_THROW(run(), WrongAnswer);
    EXPECT_EQ(device.script.runs, 15);
    EXPECT_EQ(measured.checked, 14);
    ASSERT_THAT(measured.seconds, SizeIs(testing::Ge(1U)));
    EXPECT_THAT(measured.seconds, Each(DoubleNear(0.01, 1e-12)));
}

TEST_F(Measure, AnOutputThatIsWrongFromTheFirstOnEndsItAtOnce) {
    options.check = MeasureOptions::Check::EveryOutput;
    options.min_sample_s = 0.05;
    for (int i = 0; i < 100; ++i) device.script.wrong_checks.insert(i);
    EXPECT_THROW(run(), WrongAnswer);
    EXPECT_THAT(measured.seconds, SizeIs(0));
    EXPECT_EQ(measured.checked, 0);
}

TEST_F(Measure, SaysWhenEachSampleBeganAndEnded) {
    device.script.run_s = {10, 1, 2};
    options.repetitions = 2;
    run();
    EXPECT_THAT(measured.entry_s, testing::ElementsAre(110, 111));
    EXPECT_THAT(measured.time_s, testing::ElementsAre(111, 113));
}

TEST_F(Measure, AddsUpTheTimeInsideTheTimerWithoutWarmUp) {
    device.script.run_s = {10, 1, 2, 3, 4};
    run();
    EXPECT_DOUBLE_EQ(context.timed_s, 10);
}

TEST_F(Measure, NeedsNoWarmUp) {
    options.warmup = 0;
    options.min_sample_s = 0.1;
    device.script.run_s = {0.5};
    run();
    EXPECT_THAT(measured.seconds, testing::ElementsAre(0.5, 0.5, 0.5, 0.5));
}

TEST_F(Measure, ChoosesOperationsThatTakeLongEnough) {
    options.min_sample_s = 0.1;
    device.script.run_s = {0.003};
    run();
    EXPECT_EQ(measured.operations, 34);
    EXPECT_THAT(measured.seconds, Each(DoubleNear(0.003, 1e-9)));
}

TEST_F(Measure, DoesNotBelieveAColdFirstRun) {
    options.min_sample_s = 0.1;
    device.script.run_s = {0.15, 0.01};
    run();
    EXPECT_EQ(measured.operations, 10);
}

TEST_F(Measure, BelievesAFirstRunThatTookTwiceAsLong) {
    options.min_sample_s = 0.1;
    device.script.run_s = {0.2};
    run();
    EXPECT_EQ(measured.operations, 1);
    EXPECT_EQ(device.script.runs, 5);  // the calibrating run is the warm-up
}

TEST_F(Measure, CountsOperationsThatTakeNoTimeUpToItsBound) {
    options.min_sample_s = 0.1;
    options.repetitions = 1;
    device.script.run_s = {1e-9};
    run();
    EXPECT_EQ(measured.operations, 1 << 24);
}

TEST_F(Measure, WarmsUpAsOftenAsAsked) {
    options.warmup = 3;
    run();
    EXPECT_EQ(device.script.runs, 3 + 4);
    EXPECT_THAT(measured.seconds, SizeIs(4));
}

TEST_F(Measure, ChecksEverySampleAndTheWarmUp) {
    run();
    EXPECT_EQ(device.script.checks, 5);
}

TEST_F(Measure, ChecksOnceAtTheEndWhereThatIsEnough) {
    options.check = MeasureOptions::Check::AtTheEnd;
    run();
    EXPECT_EQ(device.script.checks, 1);
}

TEST_F(Measure, KeepsTheWrongSampleAndStopsThere) {
    device.script.wrong_checks = {2};  // warm-up, first, second
    EXPECT_THROW(run(), WrongAnswer);
    EXPECT_THAT(measured.seconds, SizeIs(2));
    EXPECT_EQ(device.script.runs, 3);
}

TEST_F(Measure, AWrongAnswerInTheWarmUpIsOneToo) {
    device.script.wrong_checks = {0};
    EXPECT_THROW(run(), WrongAnswer);
    EXPECT_THAT(measured.seconds, SizeIs(0));
}

TEST_F(Measure, AWrongAnswerAtTheEndKeepsAllSamples) {
    options.check = MeasureOptions::Check::AtTheEnd;
    device.script.wrong_checks = {0};
    EXPECT_THROW(run(), WrongAnswer);
    EXPECT_THAT(measured.seconds, SizeIs(4));
}

TEST_F(Measure, AnErrorOnTheWayLeavesWithTheSamplesBeforeIt) {
    device.script.throws_at_run = 3;
    EXPECT_THROW(run(), Error);
    EXPECT_THAT(measured.seconds, SizeIs(2));
    device.script.throws_at_run.reset();
    run();  // the next measurement starts from nothing
    EXPECT_THAT(measured.seconds, SizeIs(4));
}

class OddTimer : public Measure, public testing::WithParamInterface<double> {};

TEST_P(OddTimer, IsAnErrorAndNeverASample) {
    device.script.timer_says_s = GetParam();
    EXPECT_THROW(run(), Error);
    EXPECT_THAT(measured.seconds, SizeIs(0));
}

INSTANTIATE_TEST_SUITE_P(Answers, OddTimer,
                         testing::Values(0.0, -1.0, std::numeric_limits<double>::quiet_NaN(),
                                         std::numeric_limits<double>::infinity()));

TEST_F(Measure, RefusesToTakeNoSamples) {
    options.repetitions = 0;
    EXPECT_THROW(run(), Error);
}

TEST_F(Measure, SaysWhatComesNext) {
    options.repetitions = 2;
    run();
    EXPECT_THAT(context.operations,
                testing::ElementsAre("warm-up 1 of 1", "sample 1 of 2", "sample 2 of 2"));
}

TEST_F(Measure, TogetherTheSlowestRankChoosesTheOperations) {
    options.min_sample_s = 0.1;
    ScriptedCommunicator ranks{device, 2};
    ranks.max_of = [](double value) { return value * 2; };
    device.script.run_s = {0.01};
    run(&ranks);
    EXPECT_EQ(measured.operations, 5);
    EXPECT_THAT(measured.seconds, Each(DoubleNear(0.01, 1e-9)));  // but its own times
}

TEST_F(Measure, TogetherEachRunOfTheTimerFollowsABarrier) {
    ScriptedCommunicator ranks{device, 2};
    run(&ranks);
    EXPECT_EQ(ranks.barriers, 5);
}

TEST_F(Measure, WhatARankDoesBeforeItsEntryMakesItLateAndIsNotTimed) {
    ScriptedCommunicator ranks{device, 2};
    options.repetitions = 2;
    std::vector<int> barriers;
    options.before_entry = [&] {
        barriers.push_back(ranks.barriers);
        clock.advance(5);
    };
    device.script.run_s = {1};
    run(&ranks);
    EXPECT_THAT(barriers, testing::ElementsAre(1, 2, 3));  // behind each one's barrier
    EXPECT_THAT(measured.entry_s, testing::ElementsAre(111, 117));
    EXPECT_THAT(measured.seconds, testing::ElementsAre(1, 1));
}

TEST_F(Measure, TogetherAWrongAnswerWaitsForTheOtherRanks) {
    ScriptedCommunicator ranks{device, 2};
    device.script.wrong_checks = {1};
    EXPECT_THROW(run(&ranks), WrongAnswer);
    EXPECT_THAT(measured.seconds, SizeIs(4));
    EXPECT_EQ(ranks.barriers, 5);
}

class BurnIn : public Measure {
  protected:
    void SetUp() override {
        options.repetitions = 10;
        options.duration_s = 10;
        options.min_sample_s = 1;
    }
};

TEST_F(BurnIn, TakesOneSampleASlice) {
    device.script.run_s = {0.1};
    run();
    EXPECT_THAT(measured.seconds, SizeIs(10));
    EXPECT_NEAR(measured.time_s.back() - measured.entry_s.front(), 10, 0.1);
}

TEST_F(BurnIn, LastsItsTimeThoughTheSpeedChanges) {
    device.script.run_s.assign(20, 0.4);
    device.script.run_s.push_back(0.1);
    run();
    EXPECT_THAT(measured.seconds, SizeIs(10));
    EXPECT_NEAR(measured.time_s.back() - measured.entry_s.front(), 10, 0.5);
}

TEST_F(BurnIn, EndsAfterItsTimeThoughTheDeviceThrottles) {
    device.script.run_s.assign(20, 0.1);
    device.script.run_s.push_back(4);
    run();
    EXPECT_LT(measured.seconds.size(), 10U);
    EXPECT_LE(measured.time_s.back() - measured.entry_s.front(), 14.1);
    EXPECT_GE(measured.time_s.back() - measured.entry_s.front(), 10);
}

}  // namespace
}  // namespace rackproof
