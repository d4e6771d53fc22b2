// What the curves of scripted racks come to, through the whole judge.

#include "analysis/curve_metrics.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "tests/analysis/judge_support.hpp"
#include "tests/support/scripted_curves.hpp"

namespace rackproof {
namespace {

using test::by_rule;
using test::CurveScript;
using test::Plant;
using test::Planted;
using test::scripted_burnin;
using test::verdict_of;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

/// Small, so that many fit into a minute: 64 devices, a reading every five seconds.
CurveScript script_of(std::uint64_t seed) {
    CurveScript script;
    script.seed = seed;
    script.period_s = 5;
    return script;
}

CurveReport report_of(const Run& run) {
    const Survey survey{run};
    HeldMetrics metrics{run};
    return curve_report(survey, metrics, {});
}

const Metric* named(const CurveReport& report, std::string_view name) {
    const auto found = std::ranges::find(report.metrics, name, &Metric::name);
    return found == report.metrics.end() ? nullptr : &*found;
}

std::vector<Finding> findings_on(const Judgement& judgement, std::string_view node,
                                 std::string_view device) {
    std::vector<Finding> found;
    for (const Finding& finding : judgement.findings) {
        if (finding.node == node && finding.device == device) found.push_back(finding);
    }
    return found;
}

TEST(CurveMetrics, AreMadeOfEachLead) {
    CurveScript script = script_of(1);
    script.own_spread = script.per_slot = script.per_place = 0;
    const CurveReport report = report_of(scripted_burnin(script));
    std::vector<std::string> names;
    for (const Metric& metric : report.metrics) names.push_back(metric.name);
    EXPECT_THAT(names,
                ElementsAre("burnin.bf16.thermal_resistance", "burnin.bf16.warm_up",
                            "burnin.bf16.rate_retention", "burnin.bf16.time_at_temperature"));
    const Metric& resistance = report.metrics.front();
    EXPECT_EQ(resistance.unit, "K/W");
    EXPECT_EQ(resistance.rows(), 64U);
    // The sensor shows whole degrees, the meter and the inlet are off by their own errors.
    EXPECT_THAT(resistance.values, Each(testing::DoubleNear(0.062, 0.004)));
    EXPECT_THAT(named(report, "burnin.bf16.rate_retention")->values,
                Each(testing::DoubleNear(1, 0.004)));
    EXPECT_THAT(report.drafts, IsEmpty());
}

TEST(CurveMetrics, NeedFourMinutesOfSoak) {
    CurveScript script = script_of(1);
    script.soak_s = 200;
    EXPECT_THAT(report_of(scripted_burnin(script)).metrics, IsEmpty());
}

TEST(CurveMetrics, OfARunWithoutTelemetryAreOfTheRateAlone) {
    rackproof::Run run = scripted_burnin(script_of(1));
    run.telemetry = {};
    const CurveReport report = report_of(run);
    ASSERT_THAT(report.metrics, SizeIs(1));
    EXPECT_EQ(report.metrics.front().name, "burnin.bf16.rate_retention");
    EXPECT_THAT(report.drafts, IsEmpty());
}

TEST(CurveMetrics, TakeTheIdlePhaseWhereNoCoolantIsRead) {
    CurveScript script = script_of(1);
    script.has_coolant_sensor = false;
    script.own_spread = script.per_slot = script.per_place = 0;
    const CurveReport report = report_of(scripted_burnin(script));
    const Metric* resistance = named(report, "burnin.bf16.thermal_resistance");
    ASSERT_NE(resistance, nullptr);
    EXPECT_THAT(resistance->definition, HasSubstr("over its idle value"));
    EXPECT_THAT(resistance->values, Each(testing::DoubleNear(0.062, 0.0035)));
}

TEST(CurveMetrics, HaveNoResistanceWithNeitherCoolantNorIdlePhase) {
    CurveScript script = script_of(1);
    script.has_coolant_sensor = false;
    script.idle_s = 0;
    EXPECT_EQ(named(report_of(scripted_burnin(script)), "burnin.bf16.thermal_resistance"), nullptr);
}

TEST(CurveMetrics, KeepTheirNamesFromAFileThatHasThemAlready) {
    rackproof::Run run = scripted_burnin(script_of(1));
    run.metrics.push_back(run.metrics.front());
    run.metrics.back().name = "burnin.bf16.warm_up";
    EXPECT_EQ(named(report_of(run), "burnin.bf16.warm_up"), nullptr);
}

TEST(CurveMetrics, GiveDriftOfSoaksOfHours) {
    CurveScript script = script_of(3);
    script.nodes = 2;
    script.period_s = 20;
    script.soak_s = 3.5 * 3600;
    const CurveReport report = report_of(scripted_burnin(script, {Planted::Drifts, 5, 0.2}));
    const Metric* drift = named(report, "burnin.bf16.thermal_drift");
    ASSERT_NE(drift, nullptr);
    EXPECT_NEAR(drift->values[5], 1.13, 0.03);
    EXPECT_NEAR(drift->values[6], 1.0, 0.02);
}

TEST(CurveMetrics, StayWithinACleanRack) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const Judgement judgement = judge(scripted_burnin(script_of(seed)), Policy{});
        EXPECT_NE(overall_verdict(judgement), Verdict::Fail) << seed;
        EXPECT_THAT(judgement.findings, Each(Field(&Finding::verdict, Verdict::Watch))) << seed;
    }
}

TEST(CurveMetrics, NameTheColdPlate) {
    const rackproof::Run run =
        scripted_burnin(script_of(2), {Planted::BadColdPlate, 8 * 3 + 5, 0.38});
    const Judgement judgement = judge(run, Policy{});
    EXPECT_EQ(verdict_of(judgement, "r0n3"), Verdict::Fail);
    const std::vector<Finding> found = findings_on(judgement, "r0n3", "5");
    EXPECT_THAT(found, Contains(AllOf(Field(&Finding::metric, "burnin.bf16.thermal_resistance"),
                                      Field(&Finding::rule, AnyOf(Eq("cohort"), Eq("together"))),
                                      Field(&Finding::action, HasSubstr("cold plate of GPU 5")))));
    EXPECT_THAT(found, Not(Contains(Field(&Finding::metric, "burnin.bf16.temperature"))));
}

TEST(CurveMetrics, BlameNobodyForHisPlaceInTheLoop) {
    CurveScript script = script_of(5);
    script.own_spread = 0.01;
    script.per_slot = script.per_place = 0.03;  // the last is half as bad again as the first
    const Judgement judgement = judge(scripted_burnin(script), Policy{});
    for (const NodeVerdict& node : judgement.nodes) EXPECT_EQ(node.verdict, Verdict::Pass);
}

TEST(CurveMetrics, CallACloggedLoopTheRacks) {
    CurveScript script = script_of(4);
    script.racks = 4;
    script.period_s = 10;
    const Judgement judgement = judge(scripted_burnin(script, {Planted::CloggedLoop, 0, 0.2}), {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    const Finding& finding = judgement.findings.front();
    EXPECT_EQ(finding.level, Level::Rack);
    EXPECT_EQ(finding.rack, "r0");
    EXPECT_EQ(finding.verdict, Verdict::Fail);
    EXPECT_THAT(finding.action, HasSubstr("coolant loop"));
    EXPECT_EQ(verdict_of(judgement, "r0n0"), Verdict::Watch);
    EXPECT_EQ(verdict_of(judgement, "r1n0"), Verdict::Pass);
}

TEST(CurveMetrics, SayWhatThrottledHowLongAndAtWhatPower) {
    const Judgement judgement =
        judge(scripted_burnin(script_of(6), {Planted::Throttles, 17, 0}), Policy{});
    const std::vector<Finding> found = by_rule(judgement, "throttle");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found.front().node, "r0n2");
    EXPECT_EQ(found.front().device, "1");
    EXPECT_EQ(found.front().verdict, Verdict::Fail);
    EXPECT_THAT(found.front().sentence,
                AllOf(HasSubstr("hardware thermal slowdown for 600 s of 1200 s"),
                      HasSubstr("from 10.0 min into it on"), HasSubstr(" W and ")));
}

TEST(CurveMetrics, SayNothingOfTheSoftwarePowerCap) {
    EXPECT_THAT(by_rule(judge(scripted_burnin(script_of(6)), Policy{}), "throttle"), IsEmpty());
}

TEST(CurveMetrics, CallTheRackThatThrottlesByItsName) {
    const Judgement judgement =
        judge(scripted_burnin(script_of(7), {Planted::RackThrottles, 0, 0}), Policy{});
    const std::vector<Finding> found = by_rule(judgement, "throttle");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found.front().level, Level::Rack);
    EXPECT_THAT(found.front().sentence, HasSubstr("64 of its devices"));
    EXPECT_EQ(verdict_of(judgement, "r0n0"), Verdict::Watch);
}

TEST(CurveMetrics, MakeALimitThatAWholeRackBreaksTheRacks) {
    const Policy policy =
        test::with_limit(test::limit("burnin.*.thermal_resistance", "K/W", {}, 0.03));
    const Judgement judgement = judge(scripted_burnin(script_of(8)), policy);
    const std::vector<Finding> found = by_rule(judgement, "limit");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found.front().level, Level::Rack);
}

TEST(CurveMetrics, FailTheDeviceOverALimit) {
    const Policy policy =
        test::with_limit(test::limit("burnin.*.thermal_resistance", "K/W", {}, 0.1));
    const Judgement judgement =
        judge(scripted_burnin(script_of(8), {Planted::BadColdPlate, 9, 0.8}), policy);
    const std::vector<Finding> found = by_rule(judgement, "limit");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found.front().node, "r0n1");
}

TEST(CurveMetrics, FindARateThatFades) {
    const Judgement judgement =
        judge(scripted_burnin(script_of(9), {Planted::Fades, 40, 0.08}), Policy{});
    EXPECT_THAT(findings_on(judgement, "r0n5", "0"),
                Contains(AllOf(Field(&Finding::metric, "burnin.bf16.rate_retention"),
                               Field(&Finding::verdict, Verdict::Fail))));
}

struct Sensing {
    Planted what;
    double at;
    const char* said;
};

class SensorThatLies : public testing::TestWithParam<Sensing> {};

TEST_P(SensorThatLies, IsSaidToAndGivesNoData) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
        const rackproof::Run run =
            scripted_burnin(script_of(seed), {GetParam().what, 8 * 6 + 2, 0, GetParam().at});
        const Judgement judgement = judge(run, Policy{});
        const std::vector<Finding> found = by_rule(judgement, "sensor");
        ASSERT_THAT(found, SizeIs(1)) << seed;
        EXPECT_EQ(found.front().node, "r0n6");
        EXPECT_EQ(found.front().device, "2");
        EXPECT_EQ(found.front().verdict, Verdict::NoData);
        EXPECT_THAT(found.front().sentence, HasSubstr(GetParam().said));
        EXPECT_GE(verdict_of(judgement, "r0n6"), Verdict::NoData);
        const CurveReport report = report_of(run);
        const Metric* resistance = named(report, "burnin.bf16.thermal_resistance");
        ASSERT_NE(resistance, nullptr);
        EXPECT_THAT(resistance->target, Not(Contains(Target{8 * 6 + 2, -1})));
    }
}

INSTANTIATE_TEST_SUITE_P(
    CurveMetrics, SensorThatLies,
    testing::Values(Sensing{Planted::SensorFreezes, 0.01, "the sensor is frozen"},
                    Sensing{Planted::SensorFreezes, 0.15, "the sensor is frozen"},
                    Sensing{Planted::SensorFreezes, 0.6, "the sensor is frozen"},
                    Sensing{Planted::PowerFreezes, 0.6, "the sensor is frozen"},
                    Sensing{Planted::SensorJumps, 0, "jumped"},
                    Sensing{Planted::SensorDies, 0.3, "was read for the last time"},
                    Sensing{Planted::SensorDies, 0, "was never read"}));

TEST(CurveMetrics, TellAFrozenSensorFromItsOwnLoadWherePeersAreFew) {
    CurveScript script = script_of(1);
    script.nodes = 1;
    script.devices = 2;
    const rackproof::Run frozen = scripted_burnin(script, {Planted::SensorFreezes, 1, 0, 0.01});
    EXPECT_THAT(by_rule(judge(frozen, Policy{}), "sensor"), SizeIs(1));
    EXPECT_THAT(by_rule(judge(scripted_burnin(script), Policy{}), "sensor"), IsEmpty());
}

TEST(CurveMetrics, OfANodeWhoseCoolantIsNotReadAreNoData) {
    const CurveScript script = script_of(3);
    rackproof::Run run = scripted_burnin(script);
    EXPECT_THAT(by_rule(judge(run, {}), "sensor"), IsEmpty());
    const std::size_t nodes = run.nodes.size();
    for (SensorSeries& sensor : run.telemetry.sensors) {
        if (sensor.scope != Scope::Node) continue;
        for (std::size_t row = 0; row < run.telemetry.time.size(); ++row) {
            sensor.values[row * nodes + 2] = std::numeric_limits<float>::quiet_NaN();
        }
    }
    const auto found = by_rule(judge(run, {}), "sensor");
    ASSERT_FALSE(found.empty());
    for (const Finding& finding : found) {
        EXPECT_EQ(finding.verdict, Verdict::NoData);
        EXPECT_EQ(finding.node, run.nodes[2].name) << finding.sentence;
    }
    EXPECT_EQ(verdict_of(judge(run, {}), run.nodes[2].name), Verdict::NoData);
}

void silence(rackproof::Run& run, std::string_view name, const std::vector<std::size_t>& targets) {
    for (SensorSeries& sensor : run.telemetry.sensors) {
        if (sensor.name != name) continue;
        const std::size_t all = sensor.scope == Scope::Node ? run.nodes.size() : run.devices.size();
        for (std::size_t row = 0; row < run.telemetry.time.size(); ++row) {
            for (const std::size_t target : targets) {
                sensor.values[row * all + target] = std::numeric_limits<float>::quiet_NaN();
            }
        }
    }
}

std::vector<std::size_t> from_to(std::size_t from, std::size_t to) {
    std::vector<std::size_t> all;
    for (std::size_t i = from; i < to; ++i) all.push_back(i);
    return all;
}

/// Eight nodes, the last `others` of another sku.
rackproof::Run two_skus(std::uint64_t seed, std::size_t others) {
    rackproof::Run run = scripted_burnin(script_of(seed));
    for (std::size_t i = 8 - others; i < 8; ++i) run.nodes[i].sku = "other";
    return run;
}

TEST(CurveMetrics, OfASkuWithoutASensorAreNotMissed) {
    for (const char* sensor : {"gpu.temperature", "gpu.power_average"}) {
        for (const std::size_t others : {3U, 5U}) {
            rackproof::Run run = two_skus(1, others);
            silence(run, sensor, from_to(8 * (8 - others), 64));
            EXPECT_THAT(by_rule(judge(run, {}), "sensor"), IsEmpty()) << sensor << others;
            const CurveReport report = report_of(run);
            EXPECT_EQ(named(report, "burnin.bf16.thermal_resistance")->rows(), 8 * (8 - others));
        }
    }
}

TEST(CurveMetrics, OfASensorThatOnlyTheOwnSkuHasAreMissed) {
    for (const char* sensor : {"gpu.temperature", "gpu.power_average"}) {
        rackproof::Run run = two_skus(1, 3);
        std::vector<std::size_t> silent = from_to(0, 40);
        silent.push_back(50);
        silence(run, sensor, silent);
        const std::vector<Finding> found = by_rule(judge(run, {}), "sensor");
        ASSERT_THAT(found, SizeIs(1)) << sensor;
        EXPECT_EQ(found.front().node, "r0n6");
        EXPECT_EQ(found.front().device, "2");
        EXPECT_EQ(found.front().verdict, Verdict::NoData);
        EXPECT_THAT(found.front().sentence, HasSubstr("was never read"));
    }
}

TEST(CurveMetrics, TakeForEachSkuTheCoolantThatItHas) {
    rackproof::Run run = two_skus(1, 2);
    SensorSeries other = run.telemetry.sensors.back();
    other.name = "hwmon.ipmi.inlet_air";
    silence(run, "hwmon.bmc.coolant_inlet", {6, 7});
    run.telemetry.sensors.push_back(other);
    silence(run, "hwmon.ipmi.inlet_air", {0, 1, 2, 3, 4, 5});
    const CurveReport report = report_of(run);
    EXPECT_THAT(report.drafts, IsEmpty());
    const Metric& resistance = *named(report, "burnin.bf16.thermal_resistance");
    EXPECT_EQ(resistance.rows(), 64U);
    EXPECT_THAT(resistance.definition,
                AllOf(HasSubstr("hwmon.bmc.coolant_inlet"), HasSubstr("; of another sku: "),
                      HasSubstr("hwmon.ipmi.inlet_air")));
    // Without one, and without an idle phase, a sku has no resistance and nobody's is missed.
    rackproof::Run none = run;
    none.telemetry.sensors.pop_back();
    for (Metric& metric : none.metrics) metric.parameters = "{}";
    EXPECT_THAT(report_of(none).drafts, IsEmpty());
    EXPECT_EQ(named(report_of(none), "burnin.bf16.thermal_resistance")->rows(), 48U);
}

TEST(CurveMetrics, TakeThePowerThatMostDevicesHave) {
    rackproof::Run run = scripted_burnin(script_of(1));
    SensorSeries usage = run.telemetry.sensors[1];
    usage.name = "gpu.power_usage";
    silence(run, "gpu.power_average", from_to(1, 64));
    run.telemetry.sensors.push_back(usage);
    const CurveReport report = report_of(run);
    EXPECT_THAT(report.drafts, IsEmpty());
    EXPECT_EQ(named(report, "burnin.bf16.thermal_resistance")->rows(), 64U);
}

TEST(CurveMetrics, SayOfMostThatTheyNeverWereSteadyOnce) {
    rackproof::Run run = two_skus(1, 4);
    std::vector<float>& values = run.telemetry.sensors.front().values;
    const auto unsettle = [&](std::size_t count) {
        for (std::size_t i = 0; i < run.telemetry.time.size(); ++i) {
            for (std::size_t device = 0; device < count; ++device) {
                values[i * 64 + device] = static_cast<float>(50 + i / 5);
            }
        }
    };
    unsettle(32);
    EXPECT_THAT(by_rule(judge(run, {}), "steady"), SizeIs(4));  // a node each
    unsettle(33);
    const std::vector<Finding> found = by_rule(judge(run, {}), "steady");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found.front().level, Level::Fleet);
    EXPECT_THAT(found.front().sentence, HasSubstr("on 33 of 64 devices"));
}

TEST(CurveMetrics, SayWhoNeverWasSteady) {
    rackproof::Run run = scripted_burnin(script_of(1));
    std::vector<float>& values = run.telemetry.sensors.front().values;
    for (std::size_t i = 0; i < run.telemetry.time.size(); ++i) {
        values[i * 64 + 20] = static_cast<float>(50 + i / 5);  // 2.4 K a minute, without end
    }
    const std::vector<Finding> found = by_rule(judge(run, Policy{}), "steady");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found.front().device, "4");
    EXPECT_EQ(found.front().verdict, Verdict::NoData);
}

TEST(CurveMetrics, DoNotDependOnTheOrderOfRows) {
    const rackproof::Run run = scripted_burnin(script_of(2), {Planted::BadColdPlate, 3, 0.5});
    rackproof::Run other = run;
    for (Metric& metric : other.metrics) {  // values are as they were, one row moved
        const std::size_t n = metric.repetitions;
        const auto middle = static_cast<std::ptrdiff_t>(n);
        std::ranges::rotate(metric.values, metric.values.begin() + middle);
        std::ranges::rotate(metric.time, metric.time.begin() + middle);
        std::ranges::rotate(metric.target, metric.target.begin() + 1);
    }
    const Judgement a = judge(run, Policy{});
    const Judgement b = judge(other, Policy{});
    ASSERT_EQ(a.findings.size(), b.findings.size());
    for (std::size_t i = 0; i < a.findings.size(); ++i) {
        EXPECT_EQ(a.findings[i].sentence, b.findings[i].sentence);
    }
}

TEST(CurveMetrics, OfOddRunsDoNotThrow) {
    rackproof::Run run = scripted_burnin(script_of(1));
    run.telemetry.sensors[0].values.resize(10);
    run.telemetry.sensors[2].values.assign(run.telemetry.sensors[2].values.size(), 1e30F);
    run.metrics[0].time.resize(7);
    EXPECT_NO_THROW((void)judge(run, Policy{}));
    rackproof::Run backwards = scripted_burnin(script_of(1));
    std::ranges::reverse(backwards.telemetry.time);
    EXPECT_NO_THROW((void)judge(backwards, Policy{}));
    rackproof::Run forever = scripted_burnin(script_of(1));
    for (std::size_t i = 1; i < forever.metrics[0].time.size(); i += 2) {
        forever.metrics[0].time[i] = 1e15;
    }
    EXPECT_NO_THROW((void)judge(forever, Policy{}));
    rackproof::Run other = scripted_burnin(script_of(1));
    other.metrics[0].parameters = "[";
    other.metrics[0].values.clear();
    other.metrics[0].time.clear();
    EXPECT_NO_THROW((void)judge(other, Policy{}));
}

/// Sixty minutes of slices, of which from one on the rate is lower.
DeviceBurnin falling(double to, std::size_t from_slice) {
    DeviceBurnin device;
    device.curve.begin_s = 100;
    for (std::size_t slice = 0; slice < 600; ++slice) {
        const double noise = 1 + 0.01 * std::sin(static_cast<double>(slice * slice));
        device.rate.push_back(noise * (slice < from_slice ? 1e12 : to * 1e12));
        device.rate_time_s.push_back(100 + 6 * static_cast<double>(slice + 1));
    }
    return device;
}

TEST(RateFall, SaysSinceWhen) {
    const auto fall = rate_fall_of(falling(0.5, 300), "burnin.fp64.rate_retention");
    ASSERT_TRUE(fall);
    EXPECT_THAT(fall->text, AllOf(HasSubstr("since minute 30."), HasSubstr("to 50 %")));
    EXPECT_FALSE(rate_fall_of(falling(1, 300), "m")) << "noise";
    EXPECT_FALSE(rate_fall_of(falling(1.5, 300), "m")) << "it rose";
    EXPECT_FALSE(rate_fall_of(DeviceBurnin{}, "m"));
}

TEST(RateFall, StandsInTheFindingOnItsDeviceAlone) {
    RateFall fall;
    fall.metric = "m";
    fall.place.node = 1;
    fall.place.device = 3;
    fall.text = "since noon";
    std::vector<MetricIdentity> metrics(2);
    metrics[0].name = "m";
    std::vector<Draft> drafts(4);
    for (Draft& draft : drafts) draft.metric = 0;
    drafts[0].place = fall.place;
    drafts[1].place.node = 1;  // of the node as a whole
    drafts[2].place.node = 2;
    drafts[3].place = fall.place;
    drafts[3].metric = 1;
    say_when_rates_fell({fall}, metrics, drafts);
    EXPECT_EQ(drafts[0].what, "; since noon");
    EXPECT_EQ(drafts[1].what, "; since noon");
    EXPECT_EQ(drafts[2].what, "");
    EXPECT_EQ(drafts[3].what, "");
}

}  // namespace
}  // namespace rackproof
