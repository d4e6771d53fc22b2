#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/support/suite_runner.hpp"

namespace rackproof {
namespace {

using test::cases_for;
using test::SuiteRun;
using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

Parameters sized(std::int64_t size, std::int64_t repetitions) {
    Parameters parameters;
    parameters.set("size", size);
    parameters.set("repetitions", repetitions);
    return parameters;
}

TEST(Gemm, HasACaseForEachPrecision) {
    const std::vector<CaseSpec> cases = cases_for("gemm");
    ASSERT_THAT(cases, SizeIs(2));
    EXPECT_EQ(cases[0].name, "gemm.fp64");
    EXPECT_EQ(cases[1].name, "gemm.fp32");
    EXPECT_EQ(cases[1].parameters.text("precision"), "fp32");
    EXPECT_EQ(cases[1].unit, "FLOP/s");
}

TEST(Gemm, RecordsFlopsOverSeconds) {
    SuiteRun gemm{"gemm", "gemm.fp64", sized(100, 3)};
    gemm.device.script.run_s = {0.2, 0.2, 0.25, 0.5};
    gemm.run();
    const auto& recorded = gemm.context.recorded.at("gemm.fp64");
    EXPECT_THAT(recorded.samples, ElementsAre(DoubleNear(2e6 / 0.2, 1), DoubleNear(2e6 / 0.25, 1),
                                              DoubleNear(2e6 / 0.5, 1)));
    EXPECT_THAT(recorded.times_s, SizeIs(3));
    EXPECT_EQ(recorded.variant.algorithm, "scripted");
}

TEST(Gemm, CountsEachOperationOfASample) {
    SuiteRun gemm{"gemm", "gemm.fp64", sized(100, 3)};
    gemm.device.script.run_s = {0.01};
    gemm.run();
    EXPECT_THAT(gemm.context.recorded.at("gemm.fp64").samples, Each(DoubleNear(2e8, 1)));
}

TEST(Gemm, ChoosesTheSizeOnTheDevice) {
    SuiteRun gemm{"gemm", "gemm.fp64"};
    gemm.device.facts.core_count = 8;
    gemm.run();
    ASSERT_THAT(gemm.device.shapes, SizeIs(1));
    EXPECT_GT(gemm.device.shapes[0].m, 1024);
    EXPECT_EQ(gemm.device.shapes[0].m, gemm.device.shapes[0].k);
    EXPECT_EQ(gemm.cases[0].parameters.integer("size"), 0);
}

TEST(Gemm, RecordsUpToTheWrongAnswer) {
    SuiteRun gemm{"gemm", "gemm.fp32", sized(100, 5)};
    gemm.device.script.run_s = {0.2};
    gemm.device.script.wrong_checks = {3};
    EXPECT_THROW(gemm.run(), WrongAnswer);
    EXPECT_THAT(gemm.context.recorded.at("gemm.fp32").samples, SizeIs(3));
}

TEST(Gemm, RecordsNothingOfATimerThatGivesNoNumber) {
    SuiteRun gemm{"gemm", "gemm.fp64", sized(100, 5)};
    gemm.device.script.timer_says_s = std::nan("");
    EXPECT_THROW(gemm.run(), Error);
    EXPECT_TRUE(gemm.context.recorded.empty());
}

TEST(Gemm, GivesAGivenShapeTimeEnough) {
    EXPECT_GT(cases_for("gemm", sized(50'000, 10))[0].deadline_s,
              cases_for("gemm", sized(1'000, 10))[0].deadline_s);
}

TEST(Gemm, KeepsItsNameWithALabel) {
    SuiteRun gemm{"gemm", "gemm.fp64", sized(64, 2)};
    CaseSpec labelled = gemm.cases[0];
    labelled.name = "gemm.fp64.small";
    test::MemoryContext context{{labelled}, gemm.device, gemm.clock};
    gemm.suite.run(labelled, context);
    EXPECT_TRUE(context.recorded.contains("gemm.fp64.small"));
}

}  // namespace
}  // namespace rackproof
