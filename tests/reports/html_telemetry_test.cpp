#include "reports/html_telemetry.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using test::make_fleet;
using testing::ElementsAre;

/// `times` readings a second apart of one sensor of all devices.
Run warm_fleet(int nodes, int devices, std::size_t times) {
    rackproof::Run run = make_fleet(nodes, devices);
    SensorSeries sensor{"gpu.temperature", "degC", Scope::Device, 1.0, {}};
    for (std::size_t i = 0; i < times; ++i) {
        run.telemetry.time.push_back(static_cast<double>(i));
        for (std::size_t target = 0; target < run.devices.size(); ++target) {
            sensor.values.push_back(static_cast<float>(60 + target));
        }
    }
    run.telemetry.sensors.push_back(sensor);
    return run;
}

HtmlDetail detail_with(const Run& run, std::vector<std::int32_t> worst) {
    HtmlDetail detail = detail_of(run, {}, 0);
    detail.worst = std::move(worst);
    return detail;
}

HtmlCurves curves_of_run(const Run& run, const HtmlDetail& detail) {
    HeldTelemetry held{run};
    return curves_of(run, TelemetryColumns{held}, detail);
}

std::vector<float> curve_of(const Run& run, std::size_t target, std::size_t slices) {
    HeldTelemetry held{run};
    return curve(run.telemetry.time, TelemetryColumns{held}.column(0, target), slices);
}

Json sensor_of(const Run& run, const HtmlCurves& curves) {
    HeldTelemetry held{run};
    TelemetryColumns columns{held};
    return html_sensor(run, columns, 0, curves);
}

TEST(HtmlTelemetry, AFewReadingsAreDrawnAsTheyAre) {
    const rackproof::Run run = warm_fleet(2, 1, 3);
    const HtmlCurves curves = curves_of_run(run, detail_with(run, {1}));
    EXPECT_EQ(curves.slices, 0U);
    EXPECT_THAT(curves.times, ElementsAre(0, 1, 2));
    EXPECT_THAT(curve_of(run, 1, 0), ElementsAre(61, 61, 61));
}

TEST(HtmlTelemetry, APeakOfOneReadingSurvivesInItsSlice) {
    rackproof::Run run = warm_fleet(2, 1, 10'000);
    run.telemetry.sensors[0].values[2 * 5'000 + 1] = 99;
    run.telemetry.sensors[0].values[2 * 5'001 + 1] = 20;
    const HtmlCurves curves = curves_of_run(run, detail_with(run, {1}));
    EXPECT_EQ(curves.slices, 200U);
    ASSERT_EQ(curves.times.size(), 400U);
    const std::vector<float> line = curve_of(run, 1, curves.slices);
    ASSERT_EQ(line.size(), 400U);
    EXPECT_EQ(line[200], 99);  // in the order in which they were
    EXPECT_EQ(line[201], 20);
    EXPECT_EQ(line[0], 61);
}

TEST(HtmlTelemetry, WhatWasNotReadIsNoValue) {
    rackproof::Run run = warm_fleet(1, 1, 10'000);
    for (std::size_t i = 2'000; i < 8'000; ++i) {
        run.telemetry.sensors[0].values[i] = std::nanf("");
    }
    const std::vector<float> line = curve_of(run, 0, 100);
    EXPECT_TRUE(std::isnan(line[100]));
    EXPECT_EQ(line[0], 60);
}

TEST(HtmlTelemetry, OnlyNodesThatDidNotPassHaveLines) {
    const rackproof::Run run = warm_fleet(4, 2, 5);
    const HtmlCurves curves = curves_of_run(run, detail_with(run, {2}));
    const Json data = sensor_of(run, curves);
    ASSERT_EQ(data["lines"].size(), 2U);
    EXPECT_EQ(data["lines"][0]["node"], 2);
    EXPECT_EQ(data["lines"][1]["device"], 1);
    // Of 60, 61, ... 67: the middle of all devices, and not of those drawn.
    EXPECT_EQ(data["band"]["middle"], packed(std::vector<float>(5, 63.5F)));
}

TEST(HtmlTelemetry, ManyNodesGetFewerSlicesAndThenNoRoom) {
    const rackproof::Run run = warm_fleet(800, 8, 1'000);
    std::vector<std::int32_t> worst;
    for (std::int32_t i = 0; i < 800; ++i) worst.push_back(i);
    const HtmlCurves curves = curves_of_run(run, detail_with(run, worst));
    EXPECT_EQ(curves.slices, 30U);
    EXPECT_EQ(curves.nodes.size() + curves.left_out, 800U);
    EXPECT_GT(curves.left_out, 0U);
    EXPECT_LE(curves.nodes.size() * 8 * 2 * curves.slices, 250'000U);
    EXPECT_EQ(curves.nodes.front(), 0) << "the worst first";
}

TEST(HtmlTelemetry, ARunWithoutTelemetryHasNoCurves) {
    const rackproof::Run run = make_fleet(2, 1);
    EXPECT_TRUE(curves_of_run(run, detail_with(run, {1})).times.empty());
}

}  // namespace
}  // namespace rackproof
