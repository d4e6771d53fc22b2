#include "analysis/power_series.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

namespace rackproof {
namespace {

using testing::DoubleNear;
using testing::Optional;
using testing::SizeIs;

PowerSeries series_of(double from_s, double step_s, double to_s,
                      const std::function<double(double)>& power_w) {
    PowerSeries series;
    for (double time_s = from_s; time_s <= to_s; time_s += step_s) {
        series.time_s.push_back(time_s);
        series.power_w.push_back(power_w(time_s));
    }
    return series;
}

double line_at(const std::vector<SpectralLine>& lines, double hz) {
    const auto nearest = std::ranges::min_element(
        lines, {}, [hz](const SpectralLine& line) { return std::abs(line.hz - hz); });
    return nearest->amplitude_w;
}

TEST(PowerSeries, ASineIsOneLineOfItsAmplitude) {
    const PowerSeries sine = series_of(99, 0.01, 121, [](double time_s) {
        return 5000 + 300 * std::sin(2 * std::numbers::pi * 2 * time_s + 1);
    });
    const std::optional<PowerSeries> part = part_of(sine, 100, 110);
    ASSERT_TRUE(part);
    const std::vector<SpectralLine> lines = spectrum_of(*part, 100, 10, 20);
    EXPECT_THAT(lines, SizeIs(200));
    EXPECT_NEAR(line_at(lines, 2), 300, 0.5);
    EXPECT_LT(line_at(lines, 1.9), 0.5);
    EXPECT_LT(line_at(lines, 4), 0.5);
    EXPECT_NEAR(range_of(*part), 600, 1);
    // Of a sine the steepest change over a short time is its slope at zero.
    EXPECT_THAT(steepest_of(*part, 0.02), Optional(DoubleNear(2 * std::numbers::pi * 2 * 300, 20)));
}

TEST(PowerSeries, ASquareWaveHasItsOddLines) {
    const PowerSeries square = series_of(-1, 0.0005, 11, [](double time_s) {
        return time_s - std::floor(time_s) < 0.5 ? 1000.0 : 200.0;
    });
    const std::vector<SpectralLine> lines = spectrum_of(*part_of(square, 0, 10), 0, 10, 20);
    // Of an amplitude of 400 W: 4 / (pi n) of it.
    EXPECT_NEAR(line_at(lines, 1), 4 / std::numbers::pi * 400, 3);
    EXPECT_LT(line_at(lines, 2), 3);
    EXPECT_NEAR(line_at(lines, 3), 4 / std::numbers::pi * 400 / 3, 3);
    EXPECT_NEAR(line_at(lines, 19), 4 / std::numbers::pi * 400 / 19, 3);
}

TEST(PowerSeries, ARampIsAsSteepAsItIsOverAnyTimeWithinIt) {
    const PowerSeries ramp = series_of(0, 0.1, 30, [](double time_s) {
        return time_s < 10 ? 0 : std::min(time_s - 10, 10.0) * 70;
    });
    for (const double window_s : {0.5, 1.0, 5.0, 10.0}) {
        EXPECT_THAT(steepest_of(ramp, window_s), Optional(DoubleNear(70, 0.01))) << window_s;
    }
    EXPECT_THAT(steepest_of(ramp, 20), Optional(DoubleNear(35, 0.1)));
    EXPECT_FALSE(steepest_of(ramp, 31));
    EXPECT_FALSE(steepest_of(ramp, 0));
}

TEST(PowerSeries, ItKnowsWhatItCannotShow) {
    PowerSeries series = series_of(0, 0.1, 10, [](double) { return 1.0; });
    EXPECT_NEAR(highest_hz(series), 5, 1e-6);
    series.averages_s = 1;
    EXPECT_NEAR(highest_hz(series), 0.443, 1e-6);
    EXPECT_EQ(highest_hz({}), 0);
}

TEST(PowerSeries, AMeanOverATimeShowsHalfOfThePowerOfItsHighestSwing) {
    constexpr double kAverages_s = 1;
    const auto mean_of_sine = [](double time_s) {
        const double omega = 2 * std::numbers::pi * 0.443 / kAverages_s;
        return (std::cos(omega * (time_s - kAverages_s)) - std::cos(omega * time_s)) /
               (omega * kAverages_s);
    };
    const PowerSeries seen = series_of(0, 0.01, 200, mean_of_sine);
    EXPECT_NEAR(range_of(seen) / 2, 1 / std::numbers::sqrt2, 2e-3);
}

TEST(PowerSeries, WhatIsNotCoveredIsNoPart) {
    PowerSeries series = series_of(0, 0.1, 10, [](double time_s) { return time_s; });
    EXPECT_TRUE(part_of(series, 2, 8));
    EXPECT_FALSE(part_of(series, -1, 8)) << "it begins later";
    EXPECT_FALSE(part_of(series, 2, 11)) << "it ends before";
    EXPECT_FALSE(part_of(series, 8, 2));
    EXPECT_FALSE(part_of({}, 2, 8));
    EXPECT_FALSE(part_of(series, 2, 2.2)) << "too few";
    series.time_s.erase(series.time_s.begin() + 40, series.time_s.begin() + 45);
    series.power_w.erase(series.power_w.begin() + 40, series.power_w.begin() + 45);
    EXPECT_FALSE(part_of(series, 2, 8)) << "a gap";
    EXPECT_TRUE(part_of(series, 5, 8));
}

}  // namespace
}  // namespace rackproof
