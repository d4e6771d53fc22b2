#include "analysis/exposure.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

/// Four devices, each with `outputs` slices of a second.
Run burnt_in(std::size_t outputs) {
    rackproof::Run run = test::make_fleet(2, 2);
    Metric& rate = test::add_steady_metric(
        run, {.name = "burnin.fp64", .suite = "burnin", .repetitions = outputs}, 1e12);
    rate.time.assign(rate.values.size(), 0);
    for (std::size_t i = 0; i < rate.time.size(); ++i) {
        rate.time[i] = 10 + static_cast<double>(i % outputs);
    }
    return run;
}

std::string text_of(const Run& run) {
    const Survey survey{run};
    return exposure_text(survey, MetricCells{survey, run.metrics.front(), 0});
}

TEST(Exposure, IsThatOfAllDevicesAndAttempts) {
    rackproof::Run run = burnt_in(901);
    const std::size_t row = test::add_retest(run.metrics[0], 1, 1, Outcome::WrongAnswer, 1e12);
    for (std::size_t i = 0; i < 901; ++i) {
        run.metrics[0].time[row * 901 + i] = 2000 + static_cast<double>(i);
    }
    const Survey survey{run};
    const Exposure exposure = exposure_of(survey, MetricCells{survey, run.metrics[0], 0});
    EXPECT_EQ(exposure.outputs, 5 * 901);
    EXPECT_DOUBLE_EQ(exposure.device_hours, 1.25);
    EXPECT_EQ(exposure.wrong, 1);
}

TEST(Exposure, IsWhatTheWorkerSaysThatItChecked) {
    rackproof::Run run = burnt_in(901);
    run.metrics[0].suite = "cores";
    run.variants.push_back(
        {.parameters = R"({"checked":5000})", .algorithm = {}, .library = {}, .transport = {}});
    run.variants.push_back(
        {.parameters = R"({"checked":-7})", .algorithm = {}, .library = {}, .transport = {}});
    run.variants.push_back({.parameters = R"({"checked":9000000000000000000})",
                            .algorithm = {},
                            .library = {},
                            .transport = {}});
    const auto last = static_cast<std::int32_t>(run.variants.size()) - 1;
    run.metrics[0].variant = {last - 2, last - 1, last, -1};
    const Survey survey{run};
    EXPECT_EQ(exposure_of(survey, MetricCells{survey, run.metrics[0], 0}).outputs, 5000 + 3 * 901);
    EXPECT_THAT(text_of(run), testing::HasSubstr("7703 outputs checked"));
}

TEST(Exposure, BoundsARateOfWhichNothingWasSeenByTheRuleOfThree) {
    const CorruptionBounds bounds = corruption_bounds({10, 3000, 0});
    EXPECT_NEAR(bounds.of_outputs, 1 - std::pow(0.05, 1.0 / 3000), 1e-9);
    EXPECT_NEAR(bounds.per_device_hour, -std::log(0.05) / 10, 1e-9);
}

TEST(Exposure, BoundsAsClopperAndPearsonDo) {
    // R: binom.test(2, 50, alternative = "less")$conf.int; qchisq(0.95, 6) / 2
    const CorruptionBounds bounds = corruption_bounds({1, 50, 2});
    EXPECT_NEAR(bounds.of_outputs, 0.1206, 5e-4);
    EXPECT_NEAR(bounds.per_device_hour, 6.2958, 1e-3);
    EXPECT_EQ(corruption_bounds({1, 3, 3}).of_outputs, 1);
}

TEST(Exposure, OfNothingBoundsNothing) {
    EXPECT_TRUE(std::isinf(corruption_bounds({}).of_outputs));
    EXPECT_TRUE(std::isinf(corruption_bounds({}).per_device_hour));
}

TEST(Exposure, StandsUnderCoverage) {
    const Judgement judgement = judge(burnt_in(901), Policy{});
    EXPECT_EQ(judgement.coverage.front().exposure,
              "3604 outputs checked over 1 device-hours, none wrong: with 95 % confidence fewer "
              "than 3 wrong in a device-hour, and fewer than 1 in 1204 outputs");
}

TEST(Exposure, IsSilentOfShortOnesAndOfOtherSuites) {
    EXPECT_EQ(text_of(burnt_in(50)), "");
    rackproof::Run run = burnt_in(901);
    run.metrics[0].suite = "gemm";
    EXPECT_EQ(text_of(run), "");
    run = burnt_in(901);
    run.metrics[0].time.clear();
    EXPECT_EQ(text_of(run), "");
}

}  // namespace
}  // namespace rackproof
