#include "analysis/judgement.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::add_retest;
using rackproof::test::add_steady_metric;
using rackproof::test::end_row;
using rackproof::test::make_fleet;
using rackproof::test::noisy;
using rackproof::test::shuffled;
using ::testing::IsEmpty;

/// A fleet with something of everything.
rackproof::Run eventful(std::mt19937_64& random) {
    rackproof::Run run = make_fleet(20, 4);
    run.variants.push_back({R"({"digest":"ff","m":64})", "tiled", "blas 1.0", "memory"});
    run.variants.push_back({"{}", "other", "blas 0.9", "memory"});
    Metric& gemm = add_metric(run, {}, noisy(1e12, {}, 80, random, {{7, 0.8}, {8, 0.95}}));
    end_row(run, gemm, 11, Outcome::Failed, "boom");
    end_row(run, gemm, 12, Outcome::Lost, "gone");
    add_retest(gemm, 11, 1, Outcome::TimedOut, kNoValue);
    add_retest(gemm, 12, 1, Outcome::Completed, 1e12);
    gemm.variant[30] = 1;
    gemm.variant[31] = 2;
    gemm.outcome[40] = Outcome::WrongAnswer;
    const rackproof::test::MetricShape heat{.name = "burnin.temperature",
                                            .suite = "burnin",
                                            .unit = "degC",
                                            .better = Direction::LowerIsBetter};
    Metric& temperature = add_metric(run, heat, noisy(60, {}, 80, random, {{50, 1.2}}));
    end_row(run, temperature, 51, Outcome::Skipped, "no sensor");
    return run;
}

bool same(const Judgement& a, const Judgement& b) {
    const auto key = [](const Judgement& judgement) {
        std::string text;
        for (const Finding& finding : judgement.findings) {
            text += finding.sentence + "|" + finding.rule + "|" +
                    std::to_string(finding.deviation.value_or(9)) + "|" +
                    std::to_string(finding.p_value.value_or(9)) + "\n";
        }
        for (const NodeVerdict& node : judgement.nodes) {
            text += node.node + std::string{to_string(node.verdict)};
            for (const std::int32_t id : node.findings) text += "," + std::to_string(id);
        }
        for (const Coverage& coverage : judgement.coverage) {
            text += coverage.not_judged + coverage.not_completed + std::to_string(coverage.judged);
        }
        return text;
    };
    return key(a) == key(b);
}

TEST(Judge, DoesNotDependOnTheOrderOfRows) {
    std::mt19937_64 random{20};
    const rackproof::Run run = eventful(random);
    const Judgement judgement = judge(run, {});
    EXPECT_GE(judgement.findings.size(), 8U);
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(same(judgement, judge(shuffled(run, random), {})));
}

TEST(Judge, DoesNotDependOnTheNumberOfThreads) {
    std::mt19937_64 random{22};
    constexpr std::int32_t kNodes = 6000;
    constexpr std::int32_t kDevices = 4 * kNodes;  // enough for the threads to share one metric
    rackproof::Run run = make_fleet(kNodes, 4);
    for (const char* name : {"gemm.bf16", "gemm.fp64", "membw.triad"}) {
        add_metric(run, {.name = name},
                   noisy(1e12, {}, kDevices, random, {{77, 0.8}, {20'000, 0.93}}));
    }
    HeldMetrics metrics{run};
    const Judgement judgement = judge(run, metrics, {}, 1);
    EXPECT_GE(judgement.findings.size(), 4U);
    for (const std::size_t threads : {2U, 3U, 8U}) {
        EXPECT_TRUE(same(judgement, judge(run, metrics, {}, threads))) << threads;
    }
}

TEST(Judge, CarriesTheRunsIdItsCompletenessAndThePolicy) {
    rackproof::Run run = make_fleet(1, 1);
    add_steady_metric(run, {}, 1.0);
    run.complete = false;
    Policy policy;
    policy.name = "strict";
    const Judgement judgement = judge(run, policy);
    EXPECT_EQ(judgement.run_id, run.run_id);
    EXPECT_FALSE(judgement.run_complete);
    EXPECT_EQ(judgement.policy.name, "strict");
}

TEST(ExitStatus, IsThreeForAnIncompleteRunUnlessSomethingFails) {
    rackproof::Run run = make_fleet(1, 1);
    Metric& metric = add_steady_metric(run, {}, 1.0);
    EXPECT_EQ(exit_status(judge(run, {})), 0);
    run.complete = false;
    EXPECT_EQ(exit_status(judge(run, {})), 3);
    metric.outcome[0] = Outcome::WrongAnswer;
    EXPECT_EQ(exit_status(judge(run, {})), 1);
}

TEST(ExitStatus, OfWatchAloneIsZero) {
    Judgement judgement;
    judgement.run_complete = true;
    judgement.findings.emplace_back();
    judgement.findings[0].verdict = Verdict::Watch;
    EXPECT_EQ(exit_status(judgement), 0);
}

TEST(ToString, NamesEveryLevelAndKindAsTheFormatDoes) {
    EXPECT_EQ(to_string(Level::Device), "device");
    EXPECT_EQ(to_string(Level::Node), "node");
    EXPECT_EQ(to_string(Level::Link), "link");
    EXPECT_EQ(to_string(Level::Rack), "rack");
    EXPECT_EQ(to_string(Level::Fleet), "fleet");
    EXPECT_EQ(to_string(FindingKind::Slow), "slow");
    EXPECT_EQ(to_string(FindingKind::Unstable), "unstable");
    EXPECT_EQ(to_string(FindingKind::Drift), "drift");
    EXPECT_EQ(to_string(FindingKind::Limit), "limit");
    EXPECT_EQ(to_string(FindingKind::WrongAnswer), "wrong_answer");
    EXPECT_EQ(to_string(FindingKind::Hardware), "hardware");
    EXPECT_EQ(to_string(FindingKind::Missing), "missing");
}

/// Columns of random length, indices out of range, odd numbers: judged, never thrown on, and no
/// node without a finite number of a completed cell passes.
TEST(Judge, SurvivesAnyRun) {
    std::mt19937_64 random{21};
    const auto pick = [&random](int low, int high) {
        return std::uniform_int_distribution<int>{low, high}(random);
    };
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const double odd[] = {kNoValue, kInfinity, -kInfinity, 0.0, -0.0, 1e308, -1e308, 5e-324, 1.0};
    for (int trial = 0; trial < 400; ++trial) {
        rackproof::Run run = make_fleet(pick(0, 5), pick(0, 3));
        const bool grouped = pick(0, 1) == 1;  // members have a number together
        if (grouped) run.groups = {{0, 1}, {}, {-1}, {99}};
        run.variants.push_back({"not json {", "\xff", "", ""});
        for (Device& device : run.devices) {
            if (pick(0, 9) == 0) device.node = pick(-2, 9);
        }
        for (int m = pick(0, 4); m > 0; --m) {
            Metric metric;
            metric.name = "m" + std::to_string(pick(0, 2));
            metric.scope = static_cast<Scope>(pick(0, 4));
            metric.better = static_cast<Direction>(pick(0, 2));
            metric.unit = pick(0, 1) == 0 ? "degC" : "1";
            metric.repetitions = static_cast<std::size_t>(pick(0, 3));
            for (int row = pick(0, 30); row > 0; --row) {
                metric.add_row({pick(-2, 12), pick(-2, 12)}, pick(-1, 2),
                               static_cast<Outcome>(pick(0, 6)));
                metric.variant.back() = pick(-2, 4);
            }
            for (double& value : metric.values) {
                value = odd[static_cast<std::size_t>(pick(0, 8))];
            }
            if (pick(0, 5) == 0) metric.values.resize(metric.values.size() / 2);
            if (pick(0, 5) == 0) metric.outcome.resize(metric.outcome.size() / 2);
            if (pick(0, 5) == 0) metric.attempt.clear();
            run.metrics.push_back(std::move(metric));
            run.reasons.push_back({"m1", pick(-3, 40), "odd"});
        }
        const Judgement judgement = judge(run, {});
        ASSERT_EQ(judgement.nodes.size(), run.nodes.size());
        ASSERT_EQ(judgement.coverage.size(), run.metrics.size());
        if (run.metrics.empty()) {
            EXPECT_NE(exit_status(judgement), 0);
        }
        for (const NodeVerdict& node : judgement.nodes) {
            std::int64_t completed = 0;
            for (const auto& [suite, seen] : node.suites) completed += seen.completed;
            if (!grouped && completed == 0) {
                EXPECT_GE(node.verdict, Verdict::NoData) << "a pass without a number";
            }
        }
        for (const Finding& finding : judgement.findings) {
            EXPECT_THAT(finding.action, ::testing::Not(IsEmpty()));
            EXPECT_NE(finding.verdict, Verdict::Pass);
        }
    }
}

}  // namespace
}  // namespace rackproof
