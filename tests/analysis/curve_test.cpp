#include "analysis/curve.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace rackproof {
namespace {

using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Shape {
    double tau_s = 80;
    double resistance = 0.06;
    double idle_s = 0;
    double ramp_s = 0;
    double soak_s = 1200;
    double sensor_step = 1;
    double coolant = 30;
};

/// A device of first order, on a sensor that shows whole steps; load and then none.
Curve warming(const Shape& shape) {
    Curve curve;
    curve.resolution = shape.sensor_step;
    curve.begin_s = 100 + shape.idle_s + shape.ramp_s;
    curve.end_s = curve.begin_s + shape.soak_s;
    double rise = shape.resistance * 100;
    for (int i = 0; 100 + i < curve.end_s; ++i) {
        const double load = std::clamp((i - shape.idle_s) / std::max(shape.ramp_s, 1.0), 0.0, 1.0);
        const double power = 100 + 600 * load;
        curve.time_s.push_back(100 + i);
        const double truth = shape.coolant + rise;
        curve.temperature.push_back(std::round(truth / shape.sensor_step) * shape.sensor_step);
        curve.power_w.push_back(power);
        curve.coolant.push_back(shape.coolant);
        rise += (shape.resistance * power - rise) * -std::expm1(-1 / shape.tau_s);
    }
    return curve;
}

TEST(Curve, GivesTheTimeConstantOfAStep) {
    EXPECT_THAT(time_constant_s(warming({})), testing::Optional(DoubleNear(80, 3)));
    EXPECT_THAT(time_constant_s(warming({.tau_s = 200})), testing::Optional(DoubleNear(200, 8)));
}

TEST(Curve, GivesTheSameTimeConstantAfterAnIdlePhaseAndARamp) {
    const Shape shape{.idle_s = 120, .ramp_s = 90};
    EXPECT_THAT(time_constant_s(warming(shape)), testing::Optional(DoubleNear(80, 4)));
}

TEST(Curve, GivesTheTimeConstantWithoutACoolantSensor) {
    Curve curve = warming({.idle_s = 120, .ramp_s = 30});
    curve.coolant.assign(curve.size(), std::nan(""));
    EXPECT_THAT(time_constant_s(curve), testing::Optional(DoubleNear(80, 8)));
}

TEST(Curve, HasNoTimeConstantWhereNothingWarmsUp) {
    Curve curve = warming({});
    curve.temperature.assign(curve.size(), 61);
    EXPECT_EQ(time_constant_s(curve), std::nullopt);
}

TEST(Curve, CountsNoTimeWhileItWarmsUp) {
    const Curve curve = warming({.tau_s = 100});
    const Steady steady = steady_of(curve, 100);
    ASSERT_FALSE(steady.steps.empty());
    const double into_soak_s = curve.time_s[steady.steps.front()] - curve.begin_s;
    // After 300 s two degrees of 36 are missing; after 500 s a quarter of one.
    EXPECT_GT(into_soak_s, 300);
    EXPECT_LT(into_soak_s, 560);
    EXPECT_NEAR(steady.time_s, curve.soak_s() - into_soak_s, 60);
}

TEST(Curve, CountsNoTimeWhileItStillDriftsSlowly) {
    Curve curve = warming({.tau_s = 20});
    for (std::size_t i = 0; i < curve.size(); ++i) {
        curve.temperature[i] = std::round(40 + 0.06 * static_cast<double>(i));  // 3.6 K a minute
    }
    EXPECT_THAT(steady_of(curve, 20).steps, IsEmpty());
    EXPECT_EQ(steady_of(curve, 20).time_s, 0);
}

TEST(Curve, LeavesOutTheMinutesInWhichTheLoadWasAway) {
    Curve curve = warming({.tau_s = 20});
    const double whole_s = steady_of(curve, 20).time_s;
    for (std::size_t i = 700; i < 800; ++i) {
        curve.temperature[i] = 45;
        curve.power_w[i] = 100;
    }
    const Steady steady = steady_of(curve, 20);
    for (const std::size_t step : steady.steps) EXPECT_TRUE(step < 720 || step >= 800) << step;
    EXPECT_LT(steady.time_s, whole_s - 100);
    EXPECT_GT(steady.time_s, whole_s - 240);
}

TEST(Curve, GivesTheResistanceOfTheSteadyBand) {
    const Curve curve = warming({.resistance = 0.0613, .sensor_step = 1});
    const Steady steady = steady_of(curve, 80);
    const std::vector<double> parts = thermal_resistance(curve, steady, std::nullopt);
    EXPECT_THAT(parts, SizeIs(4));
    EXPECT_THAT(parts, Each(DoubleNear(0.0613, 0.5 / 700)));  // half a degree of the sensor
}

TEST(Curve, GivesItByHoursOfALongSoak) {
    const Curve curve = warming({.soak_s = 4 * 3600.0 + 900});
    const Steady steady = steady_of(curve, 80);
    EXPECT_THAT(thermal_resistance(curve, steady, std::nullopt), SizeIs(4));
    EXPECT_GT(steady.time_s, 13'800);
}

TEST(Curve, GivesItAboveIdleWhereNoCoolantIsKnown) {
    Curve curve = warming({.resistance = 0.06, .idle_s = 200, .ramp_s = 10});
    const std::vector<double> with = thermal_resistance(curve, steady_of(curve, 80), std::nullopt);
    const std::optional<Idle> idle = idle_of(curve, 300);
    ASSERT_TRUE(idle);
    EXPECT_EQ(idle->power_w, 100);
    EXPECT_EQ(idle->temperature, 36);
    curve.coolant.assign(curve.size(), std::nan(""));
    const std::vector<double> parts = thermal_resistance(curve, steady_of(curve, 80), idle);
    EXPECT_THAT(parts, Each(DoubleNear(0.06, 1.0 / 600)));
    EXPECT_EQ(with.size(), parts.size());
}

TEST(Curve, GivesNoResistanceWithoutPower) {
    Curve curve = warming({});
    curve.power_w.assign(curve.size(), std::nan(""));
    const std::vector<double> parts = thermal_resistance(curve, steady_of(curve, 80), std::nullopt);
    for (const double value : parts) EXPECT_TRUE(std::isnan(value));
}

TEST(Curve, IsNotMisledByAReadingThatIsNonsense) {
    Curve curve = warming({});
    curve.temperature[curve.size() - 40] = 255;
    const std::vector<double> parts = thermal_resistance(curve, steady_of(curve, 80), std::nullopt);
    EXPECT_THAT(parts, Each(DoubleNear(0.06, 0.5 / 700)));
}

TEST(Curve, OfNothingIsNothing) {
    const Curve curve;
    EXPECT_EQ(time_constant_s(curve), std::nullopt);
    EXPECT_THAT(steady_of(curve, std::nullopt).steps, IsEmpty());
    EXPECT_THAT(thermal_resistance(curve, {}, std::nullopt), IsEmpty());
    EXPECT_EQ(idle_of(curve, 10), std::nullopt);
}

}  // namespace
}  // namespace rackproof
