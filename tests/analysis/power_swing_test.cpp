#include "analysis/power_swing.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <string>

#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Optional;
using testing::SizeIs;
using Kept = LimitAnswer::Kept;

constexpr double kUtcAtZero_s = 1'764'450'000.25;

struct Wave {
    std::string name;
    std::string shape;
    double period_s;
    std::size_t periods;
    double from_s;
};

/// Three waves of two ranks, of which the second is 0.2 ms late.
const Wave kWaves[] = {{"step", "step", 8, 1, 100},
                       {"square_0.5Hz", "square", 2, 5, 110},
                       {"square_5Hz", "square", 0.2, 50, 125}};

Run run_of_swing() {
    rackproof::Run run = test::make_fleet(2, 1);
    run.groups = {{0, 1}};
    for (const Wave& wave : kWaves) {
        Metric metric;
        metric.name = "power_swing.group." + wave.name;
        metric.suite = "power_swing";
        metric.scope = Scope::Group;
        metric.unit = "s";
        metric.better = Direction::LowerIsBetter;
        metric.parameters = R"({"device":"cpu","level":1.0,"period_s":)" +
                            std::to_string(wave.period_s) + R"(,"shape":")" + wave.shape + R"("})";
        metric.repetitions = wave.periods;
        const std::size_t row = metric.add_row({0, -1}, 0, Outcome::Completed);
        metric.variant[row] = 0;
        RankTimes& times = run.ranks[metric.name];
        for (std::size_t period = 0; period < wave.periods; ++period) {
            for (const std::int32_t rank : {0, 1}) {
                const double on_s =
                    wave.from_s + static_cast<double>(period) * wave.period_s + rank * 2e-4;
                times.cell.push_back(static_cast<std::int32_t>(row));
                times.rank.push_back(rank);
                times.repetition.push_back(static_cast<std::int32_t>(period));
                times.entry.push_back(on_s);
                times.exit.push_back(on_s + wave.period_s / 2);
                times.clock_error.push_back(1e-6);
            }
        }
        run.metrics.push_back(std::move(metric));
    }
    run.inventory.push_back(
        {"swing.utc_at_zero", Scope::Node, "system clock", {"1764450000.250000", ""}});
    return run;
}

/// 1 kW and 3 kW on top of it while there is load.
double power_at(double time_s) {
    for (const Wave& wave : kWaves) {
        const double since_s = time_s - wave.from_s;
        if (since_s < 0 || since_s >= wave.period_s * static_cast<double>(wave.periods)) continue;
        return std::fmod(since_s, wave.period_s) < wave.period_s / 2 ? 4000 : 1000;
    }
    return 1000;
}

/// Of a meter whose clock is ahead by so much, a value each `step_s`.
PowerSeries meter(double ahead_s, double step_s) {
    PowerSeries series;
    for (double time_s = 80; time_s < 160; time_s += step_s) {
        series.time_s.push_back(kUtcAtZero_s + time_s + ahead_s);
        series.power_w.push_back(power_at(time_s));
    }
    return series;
}

SwingLimit range(double most_w) { return {SwingLimit::Kind::Range, most_w, 0, 0, 0}; }
SwingLimit ramp(double most, double window_s) {
    return {SwingLimit::Kind::Ramp, most, window_s, 0, 0};
}
SwingLimit band(double most_w, double from_hz, double to_hz) {
    return {SwingLimit::Kind::Band, most_w, 0, from_hz, to_hz};
}

void add_node_power(Run& run, std::size_t nodes, double step_s) {
    SensorSeries sensor;
    sensor.name = "swing.power";
    sensor.unit = "W";
    sensor.scope = Scope::Node;
    for (double time_s = 90; time_s < 150; time_s += step_s) {
        run.telemetry.time.push_back(time_s);
        for (std::size_t node = 0; node < 2; ++node) {
            sensor.values.push_back(node < nodes ? static_cast<float>(power_at(time_s) / 2)
                                                 : std::nanf(""));
        }
    }
    run.telemetry.sensors.push_back(std::move(sensor));
}

SwingReport swing_of(const Run& run, std::optional<PowerSeries> meter,
                     const std::vector<SwingLimit>& limits) {
    HeldTelemetry telemetry{run};
    return report_swing(run, telemetry, std::move(meter), limits);
}

TEST(PowerSwing, SaysHowFarRanksWereApartAndWhoWasFurthest) {
    const SwingReport report = swing_of(run_of_swing(), std::nullopt, {});
    ASSERT_THAT(report.waves, SizeIs(3));
    const std::optional<PhaseError>& phase = report.waves[1].facts.phase;
    ASSERT_TRUE(phase);
    EXPECT_NEAR(phase->median_s, 2e-4, 1e-9);
    EXPECT_NEAR(phase->worst_s, 2e-4, 1e-9);
    EXPECT_EQ(phase->ranks, 2U);
    EXPECT_EQ(phase->clock_error_s, 1e-6);
    EXPECT_THAT(phase->furthest, testing::AnyOf("n0, device 0", "n1, device 0"));
    EXPECT_NEAR(std::abs(phase->furthest_s), 1e-4, 1e-9);
    EXPECT_EQ(report.waves[1].facts.shape, "square");
    EXPECT_FALSE(report.waves[1].power.part);
}

TEST(PowerSwing, AMetersClockIsPutRightByTheLoad) {
    for (const double ahead_s : {-4.3, -0.5, 0.0, 0.137, 3.9}) {
        const SwingReport report = swing_of(run_of_swing(), meter(ahead_s, 0.02), {});
        EXPECT_THAT(report.meter_problem, IsEmpty());
        ASSERT_TRUE(report.meter_clock) << ahead_s;
        EXPECT_NEAR(report.meter_clock->ahead_s, ahead_s, 0.02);
        EXPECT_GT(report.meter_clock->correlation, 0.95);
        EXPECT_NEAR(report.waves[1].power.range_w, 3000, 1);
    }
}

TEST(PowerSwing, AMeterOfSomethingElseSaysNothing) {
    PowerSeries other = meter(0, 0.02);
    for (std::size_t i = 0; i < other.size(); ++i) {
        other.power_w[i] = 1000 + 10 * std::sin(0.37 * static_cast<double>(i * i % 1013));
    }
    EXPECT_THAT(swing_of(run_of_swing(), other, {}).meter_problem, Not(IsEmpty()));
    EXPECT_THAT(swing_of(run_of_swing(), meter(7, 0.02), {}).meter_problem,
                HasSubstr("does not follow its load within 5 s"));
    PowerSeries early = meter(0, 0.02);
    for (double& time_s : early.time_s) time_s -= 3600;
    const SwingReport report = swing_of(run_of_swing(), early, {range(1e6)});
    EXPECT_THAT(report.meter_problem, Not(IsEmpty()));
    EXPECT_EQ(report.answers.at(0).kept, Kept::NotKnown);
    rackproof::Run unknown = run_of_swing();
    unknown.inventory.clear();
    EXPECT_THAT(swing_of(unknown, meter(0, 0.02), {}).meter_problem,
                HasSubstr("does not say when"));
}

TEST(PowerSwing, LimitsAreKeptOrExceededByTheWorstWave) {
    const SwingReport report = swing_of(run_of_swing(), meter(0.3, 0.005),
                                        {range(3100), range(2900), ramp(3100, 1), ramp(2900, 1),
                                         band(2000, 0.1, 20), band(1800, 4, 6)});
    ASSERT_THAT(report.answers, SizeIs(6));
    EXPECT_EQ(report.answers[0].kept, Kept::Yes);
    EXPECT_THAT(report.answers[0].value, Optional(DoubleNear(3000, 1)));
    EXPECT_EQ(report.answers[1].kept, Kept::No);
    EXPECT_EQ(report.answers[2].kept, Kept::Yes);
    EXPECT_EQ(report.answers[3].kept, Kept::No);
    EXPECT_EQ(report.answers[4].kept, Kept::Yes);
    // 4 / pi of 1500 W at 5 Hz.
    EXPECT_EQ(report.answers[5].kept, Kept::No);
    EXPECT_THAT(report.answers[5].value, Optional(DoubleNear(1910, 40)));
    EXPECT_EQ(report.answers[5].wave, "power_swing.group.square_5Hz");
}

TEST(PowerSwing, WhatASlowSourceCannotShowIsNotKnownAndNeverKept) {
    // Two values a second: nothing above 1 Hz, and so neither the 5 Hz wave nor the corners of it.
    const SwingReport report =
        swing_of(run_of_swing(), meter(0, 0.5), {range(1e6), ramp(1e6, 0.1), band(1e6, 0.1, 20)});
    for (const LimitAnswer& answer : report.answers) {
        EXPECT_EQ(answer.kept, Kept::NotKnown);
        EXPECT_THAT(answer.not_known, Not(IsEmpty()));
    }
    EXPECT_THAT(report.answers[1].not_known[0], HasSubstr("has a value each 0.5 s"));
    EXPECT_THAT(report.answers[2].not_known[0], HasSubstr("shows nothing faster than 1 Hz"));
    // What it does show above a limit is above it all the same.
    const SwingReport strict = swing_of(run_of_swing(), meter(0, 0.5), {range(100)});
    EXPECT_EQ(strict.answers[0].kept, Kept::No);
}

TEST(PowerSwing, WithoutAMeterThePowerIsTheSumOfAllNodes) {
    rackproof::Run run = run_of_swing();
    add_node_power(run, 2, 0.1);
    const SwingReport report = swing_of(run, std::nullopt, {range(2900)});
    EXPECT_EQ(report.waves[0].power.from, "swing.power of 2 nodes");
    EXPECT_NEAR(report.waves[0].power.known_to_hz, 4.43, 0.01);
    EXPECT_NEAR(report.waves[0].power.range_w, 3000, 1);
    EXPECT_EQ(report.answers[0].kept, Kept::No);
}

TEST(PowerSwing, WhereOneNodesPowerIsNotReadThereIsNoSum) {
    rackproof::Run run = run_of_swing();
    add_node_power(run, 1, 0.1);
    const SwingReport report = swing_of(run, std::nullopt, {range(1e6)});
    EXPECT_THAT(report.waves[0].power.why_not, HasSubstr("no sensor reads the power of n1"));
    EXPECT_EQ(report.answers[0].kept, Kept::NotKnown);
}

TEST(PowerSwing, NvmlsMeansAreSaidToHideFastSwings) {
    rackproof::Run run = run_of_swing();
    for (Device& device : run.devices) device.kind = "gpu";
    for (Metric& metric : run.metrics) {
        metric.parameters.replace(metric.parameters.find("cpu"), 3, "gpu");
    }
    add_node_power(run, 2, 0.1);
    run.telemetry.sensors[0].name = "gpu.power_average";
    run.telemetry.sensors[0].scope = Scope::Device;
    const SwingReport report = swing_of(run, std::nullopt, {band(1e6, 0.1, 20)});
    EXPECT_EQ(report.waves[0].power.from, "gpu.power_average of 2 devices");
    EXPECT_NEAR(report.waves[0].power.known_to_hz, 0.443, 1e-6);
    EXPECT_EQ(report.answers[0].kept, Kept::NotKnown);
}

TEST(PowerSwing, AWaveThatDidNotCompleteKeepsNoLimit) {
    rackproof::Run run = run_of_swing();
    run.metrics[1].outcome[0] = Outcome::Skipped;
    run.reasons.push_back({run.metrics[1].name, 0, "not begun: stopped: 9 W"});
    const SwingReport report = swing_of(run, meter(0, 0.02), {range(1e6)});
    EXPECT_EQ(report.answers[0].kept, Kept::NotKnown);
    EXPECT_THAT(report.answers[0].not_known,
                testing::ElementsAre(HasSubstr("square_0.5Hz: not begun: stopped: 9 W")));
}

}  // namespace
}  // namespace rackproof
