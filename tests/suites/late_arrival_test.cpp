#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "core/error.hpp"
#include "tests/support/suite_runner.hpp"

namespace rackproof {
namespace {

using test::cases_for;
using test::ScriptedCommunicator;
using test::SuiteRun;
using testing::DoubleNear;
using testing::Each;
using testing::HasSubstr;

Parameters late(std::int64_t rank, double late_s) {
    Parameters parameters;
    parameters.set("bytes", std::int64_t{4096});
    parameters.set("repetitions", std::int64_t{2});
    parameters.set("late_rank", rank);
    parameters.set("late_s", late_s);
    return parameters;
}

/// Rank 0 of two, and the seconds that it really took.
struct FirstOfTwo {
    explicit FirstOfTwo(const Parameters& parameters)
        : suite_run{"late_arrival", "late_arrival.4KiB", parameters} {
        suite_run.context.ranks = &ranks;
        suite_run.device.script.run_s = {0.001};
    }
    double run_s() {
        const auto begun = std::chrono::steady_clock::now();
        suite_run.run();
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    }
    SuiteRun suite_run;
    ScriptedCommunicator ranks{suite_run.device, 2};
};

TEST(LateArrival, IsOneAllReduceNamedByItsSize) {
    const std::vector<CaseSpec> cases = cases_for("late_arrival");
    ASSERT_THAT(cases, testing::SizeIs(1));
    EXPECT_EQ(cases[0].name, "late_arrival.64MiB");
    EXPECT_EQ(cases[0].repetitions, 40);
}

TEST(LateArrival, TheLateRankWaitsBeforeEachSampleAndItsWarmUp) {
    FirstOfTwo first{late(0, 0.05)};
    EXPECT_GE(first.run_s(), 3 * 0.05);
}

TEST(LateArrival, RecordsBandwidthAndTheRanksTimes) {
    FirstOfTwo first{late(1, 50)};  // another rank: this one does not wait
    first.suite_run.run();
    EXPECT_THAT(first.suite_run.context.recorded.at("late_arrival.4KiB").samples,
                Each(DoubleNear(4096 / 0.001, 1)));
    EXPECT_THAT(first.suite_run.context.rank_times.at("late_arrival.4KiB").entry_s,
                testing::SizeIs(2));
}

TEST(LateArrival, ARankThatIsNotThereCannotBeLate) {
    FirstOfTwo first{late(2, 0.01)};
    try {
        first.suite_run.run();
        FAIL() << "it ran";
    } catch (const Unsupported& reason) {
        EXPECT_THAT(reason.what(), HasSubstr("rank 2 is to be late, and there are 2 ranks"));
    }
}

}  // namespace
}  // namespace rackproof
