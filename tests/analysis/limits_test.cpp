#include <gmock/gmock.h>

#include <cmath>

#include "core/error.hpp"
#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_steady_metric;
using rackproof::test::end_row;
using rackproof::test::limit;
using rackproof::test::make_fleet;
using rackproof::test::with_limit;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

constexpr double kLimitedRate = 1e12;

Limit at_least(double min) { return limit("gemm.*", "FLOP/s", min, std::nullopt); }

rackproof::Run one_device() {
    rackproof::Run run = make_fleet(1, 1);
    add_steady_metric(run, {}, kLimitedRate);
    return run;
}

TEST(Limits, AreMetAtTheBound) {
    const Judgement judgement = judge(one_device(), with_limit(at_least(kLimitedRate)));
    EXPECT_THAT(judgement.findings, IsEmpty());
    EXPECT_EQ(judgement.coverage[0].judged, 1);
    EXPECT_THAT(judgement.coverage[0].not_judged, IsEmpty());
}

TEST(Limits, ATemperatureMayNotPassThemForASingleSample) {
    rackproof::Run run = make_fleet(1, 1);
    Metric& metric = add_steady_metric(
        run,
        {.name = "burnin.fp64.temperature", .unit = "degC", .better = Direction::LowerIsBetter},
        80);
    const Policy policy = with_limit(limit("burnin.*", "degC", std::nullopt, 95));
    EXPECT_THAT(judge(run, policy).findings, IsEmpty());
    metric.values[2] = 104;
    const Judgement judgement = judge(run, policy);
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].verdict, Verdict::Fail);
    EXPECT_THAT(judgement.findings[0].observed, Optional(104.0));
}

TEST(Limits, UnderTheMinimumFailsAndSaysTheSource) {
    const Judgement judgement = judge(one_device(), with_limit(at_least(1.25 * kLimitedRate)));
    ASSERT_THAT(judgement.findings, SizeIs(1));
    const Finding& finding = judgement.findings[0];
    EXPECT_EQ(finding.verdict, Verdict::Fail);
    EXPECT_EQ(finding.kind, FindingKind::Limit);
    EXPECT_EQ(finding.rule, "limit");
    EXPECT_THAT(finding.observed, Optional(kLimitedRate));
    EXPECT_THAT(finding.expected, Optional(1.25 * kLimitedRate));
    EXPECT_THAT(finding.deviation, Optional(DoubleNear(-0.2, 1e-12)));
    EXPECT_EQ(finding.p_value, std::nullopt);
    EXPECT_THAT(finding.sentence, HasSubstr("20.0 % under the minimum (source: contract 7.1)"));
}

TEST(Limits, ThatAreProvisionalAreSaidToBe) {
    Limit sheet = at_least(1.25 * kLimitedRate);
    sheet.source = "a data sheet";
    const Judgement firm = judge(one_device(), with_limit(sheet));
    EXPECT_THAT(firm.findings[0].provisional, IsEmpty());
    EXPECT_THAT(firm.provisional, IsEmpty());
    sheet.provisional = true;
    const Judgement judgement = judge(one_device(), with_limit(sheet));
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].verdict, Verdict::Fail);
    EXPECT_EQ(judgement.findings[0].provisional, "a data sheet");
    EXPECT_THAT(judgement.findings[0].sentence,
                HasSubstr("20.0 % under the minimum (provisional limit, from a data sheet)"));
    EXPECT_THAT(judgement.findings[0].action, HasSubstr("nobody has promised it"));
    EXPECT_THAT(judgement.provisional, ElementsAre("limit on gemm.*, from a data sheet"));
    sheet.min = kLimitedRate;
    EXPECT_THAT(judge(one_device(), with_limit(sheet)).provisional, SizeIs(1))
        << "what keeps it has proved no more than that";
}

TEST(Limits, ThatAreProvisionalAreListedBySource) {
    Policy policy;
    for (const char* name : {"a", "b", "c", "d", "e", "f"}) {
        policy.limits.push_back(limit(name, "1", 1, std::nullopt));
        policy.limits.back().provisional = true;
    }
    policy.limits.back().source = "another\nsheet";
    EXPECT_THAT(judge(one_device(), policy).provisional,
                ElementsAre("limits on a, b, c, d and 1 more, from contract 7.1",
                            "limit on f, from another\xEF\xBF\xBDsheet"));
}

TEST(Limits, ThatAreProvisionalSayItOfEveryDeviceAndOfNobody) {
    rackproof::Run run = make_fleet(1, 4);
    add_steady_metric(run, {}, kLimitedRate);
    Policy policy = with_limit(at_least(2 * kLimitedRate));
    policy.limits[0].provisional = true;
    policy.limits.push_back(limit("no.such", "1", 1, std::nullopt));
    policy.limits.back().provisional = true;
    for (const Finding& finding : judge(run, policy).findings) {
        EXPECT_EQ(finding.provisional, "contract 7.1") << finding.sentence;
        EXPECT_THAT(finding.sentence, HasSubstr("(provisional limit, from contract 7.1)"));
    }
}

TEST(Limits, OverTheMaximumFailsWithANegativeDeviation) {
    rackproof::Run run = make_fleet(1, 1);
    const rackproof::test::MetricShape latency{
        .name = "membw.latency", .unit = "s", .better = Direction::LowerIsBetter};
    add_steady_metric(run, latency, 1.5e-7);
    const Limit most = limit("membw.latency", "s", std::nullopt, 1e-7);
    const Judgement judgement = judge(run, with_limit(most));
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_THAT(judgement.findings[0].deviation, Optional(DoubleNear(-0.5, 1e-12)));
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("50.0 % over the maximum"));
}

TEST(Limits, OnTemperaturesSpeakInKelvin) {
    rackproof::Run run = make_fleet(1, 1);
    add_steady_metric(run, {.name = "t", .unit = "degC", .better = Direction::LowerIsBetter}, 92.5);
    const Limit most = limit("t", "degC", std::nullopt, 85.0);
    const Judgement judgement = judge(run, with_limit(most));
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].deviation, std::nullopt);
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("7.5 K over the maximum"));
}

TEST(Limits, OfZeroHaveNoRelativeDeviation) {
    rackproof::Run run = make_fleet(1, 1);
    add_steady_metric(run, {.name = "errors", .unit = "1"}, 3.0);
    const Judgement judgement = judge(run, with_limit(limit("errors", "1", std::nullopt, 0.0)));
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].deviation, std::nullopt);
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("3, over the maximum of 0"));
}

TEST(Limits, JudgeWhatHasNoDirection) {
    rackproof::Run run = make_fleet(1, 1);
    add_steady_metric(run, {.name = "clock", .unit = "Hz", .better = Direction::None}, 1e9);
    EXPECT_THAT(judge(run, with_limit(limit("clock", "Hz", 2e9, std::nullopt))).findings,
                SizeIs(1));
}

TEST(Limits, OfWhichSeveralMatchAllApply) {
    Policy policy = with_limit(at_least(1.1 * kLimitedRate));
    policy.limits.push_back(at_least(1.2 * kLimitedRate));
    policy.limits.push_back(at_least(0.9 * kLimitedRate));
    EXPECT_THAT(judge(one_device(), policy).findings, SizeIs(2));
}

TEST(Limits, InAnotherUnitAreRefusedAndSayBoth) {
    Limit odd = at_least(1e3);
    odd.unit = "GFLOP/s";
    try {
        (void)judge(one_device(), with_limit(odd));
        FAIL() << "a limit in another unit was compared";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("is in GFLOP/s; gemm.fp64 is measured in FLOP/s"));
    }
}

TEST(Limits, ThatNoMetricMatchesAreAFindingNotAPass) {
    Limit odd = at_least(1.0);
    odd.pattern = "gemm.fp8";
    const Judgement judgement = judge(one_device(), with_limit(odd));
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].verdict, Verdict::NoData);
    EXPECT_EQ(judgement.findings[0].kind, FindingKind::Missing);
    EXPECT_EQ(judgement.findings[0].level, Level::Fleet);
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("'gemm.fp8'"));
    EXPECT_EQ(exit_status(judgement), 3);
}

TEST(Limits, DoNotExcuseACellWithoutANumber) {
    rackproof::Run run = make_fleet(2, 1);
    Metric& metric = add_steady_metric(run, {}, kLimitedRate);
    end_row(run, metric, 0, Outcome::Lost, "");
    const Judgement judgement = judge(run, with_limit(at_least(1.0)));
    EXPECT_EQ(judgement.nodes[0].verdict, Verdict::NoData);
    EXPECT_EQ(judgement.coverage[0].judged, 1);
}

TEST(CheckPolicy, TakesTheDefault) { EXPECT_NO_THROW(check_policy({})); }

TEST(CheckPolicy, RefusesWhatCannotJudge) {
    const auto changed = [](auto change) {
        Policy policy;
        change(policy);
        return policy;
    };
    const Policy bad[] = {
        changed([](Policy& policy) { policy.min_effect = kNoValue; }),
        changed([](Policy& policy) { policy.min_effect = -0.1; }),
        changed([](Policy& policy) { policy.fail_q = kNoValue; }),
        changed([](Policy& policy) { policy.fail_q = INFINITY; }),
        changed([](Policy& policy) { policy.watch_q = kNoValue; }),
        changed([](Policy& policy) { policy.fail_q = 2 * policy.watch_q; }),
        with_limit(limit("x", "1", std::nullopt, std::nullopt)),
        with_limit(limit("x", "1", kNoValue, std::nullopt)),
        with_limit(limit("x", "1", std::nullopt, INFINITY)),
        with_limit(limit("x", "1", 2.0, 1.0)),
    };
    for (const Policy& policy : bad) {
        EXPECT_THROW(check_policy(policy), InputError);
        EXPECT_THROW((void)judge(one_device(), policy), InputError);
    }
}

}  // namespace
}  // namespace rackproof
