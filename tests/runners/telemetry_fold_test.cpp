#include "runners/telemetry_fold.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

record::Reading reading(const char* sensor, Scope scope, std::int32_t target, double time_s,
                        double value) {
    return {sensor, "degC", scope, target, 0.5, time_s, value};
}

Telemetry fold(const std::vector<record::Reading>& readings) {
    const test::ScratchFolder folder;
    TelemetryFold fold{1, 2, folder.path()};
    for (const record::Reading& r : readings) fold.add(r);
    Telemetry telemetry = whole_telemetry(*fold.finish());
    EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "its file has no name";
    return telemetry;
}

TEST(TelemetryFoldTest, NoReadingsAreNoRows) {
    const Telemetry telemetry = fold({});
    EXPECT_THAT(telemetry.time, IsEmpty());
    EXPECT_THAT(telemetry.sensors, IsEmpty());
}

TEST(TelemetryFoldTest, ReadingsOfOneTickShareARow) {
    const Telemetry telemetry =
        fold({reading("t", Scope::Device, 0, 1.00, 40), reading("t", Scope::Device, 1, 1.02, 41),
              reading("p", Scope::Node, 0, 1.03, 300), reading("t", Scope::Device, 0, 2.01, 42),
              reading("t", Scope::Device, 1, 2.00, 43), reading("p", Scope::Node, 0, 2.05, 310)});
    EXPECT_THAT(telemetry.time, ElementsAre(1.00, 2.00));
    ASSERT_THAT(telemetry.sensors, SizeIs(2));
    EXPECT_THAT(telemetry.sensors[0].values, ElementsAre(40, 41, 42, 43));
    EXPECT_THAT(telemetry.sensors[1].values, ElementsAre(300, 310));
    EXPECT_EQ(telemetry.sensors[1].scope, Scope::Node);
    EXPECT_EQ(telemetry.sensors[0].unit, "degC");
    EXPECT_EQ(telemetry.sensors[0].resolution, 0.5);
}

TEST(TelemetryFoldTest, GapsAreNaN) {
    const Telemetry telemetry =
        fold({reading("t", Scope::Device, 0, 1, 40), reading("t", Scope::Device, 1, 1, 41),
              reading("t", Scope::Device, 0, 2, 42), reading("t", Scope::Device, 0, 3, 44),
              reading("t", Scope::Device, 1, 3, 45)});
    EXPECT_THAT(telemetry.time, ElementsAre(1, 2, 3));
    EXPECT_TRUE(std::isnan(telemetry.sensors[0].values[3]));
    EXPECT_EQ(telemetry.sensors[0].values[5], 45);
}

TEST(TelemetryFoldTest, NoReadingIsPutOverAnother) {
    const Telemetry telemetry =
        fold({reading("t", Scope::Node, 0, 1.0, 1), reading("t", Scope::Node, 0, 2.0, 2),
              reading("t", Scope::Node, 0, 2.1, 3), reading("t", Scope::Node, 0, 3.1, 4)});
    EXPECT_THAT(telemetry.sensors[0].values, ElementsAre(1, 2, 3, 4));
}

TEST(TelemetryFoldTest, JitterKeepsEveryReadingAndTheMatrixDense) {
    std::mt19937 random{7};
    std::uniform_real_distribution jitter{-0.1, 0.1};
    std::vector<record::Reading> readings;
    constexpr int kTicks = 200;
    for (int tick = 1; tick <= kTicks; ++tick) {
        for (const std::int32_t device : {0, 1}) {
            readings.push_back(
                reading("t", Scope::Device, device, tick + jitter(random), tick * 10 + device));
        }
    }
    std::shuffle(readings.begin(), readings.end(), random);
    const Telemetry telemetry = fold(readings);
    EXPECT_THAT(telemetry.time, SizeIs(kTicks));
    EXPECT_TRUE(std::is_sorted(telemetry.time.begin(), telemetry.time.end()));
    for (std::size_t tick = 0; tick < kTicks; ++tick) {
        for (std::size_t device = 0; device < 2; ++device) {
            EXPECT_EQ(telemetry.sensors[0].values[tick * 2 + device],
                      static_cast<float>((tick + 1) * 10 + device));
        }
    }
}

/// Every reading of `readings` stands in a row that is not later than it, at most a second before.
void expect_all(const std::vector<record::Reading>& readings, const Telemetry& telemetry) {
    EXPECT_TRUE(std::is_sorted(telemetry.time.begin(), telemetry.time.end()));
    std::size_t values = 0;
    for (const SensorSeries& sensor : telemetry.sensors) {
        const std::size_t width = sensor.scope == Scope::Device ? 2 : 1;
        ASSERT_EQ(sensor.values.size(), telemetry.time.size() * width) << sensor.name;
        for (const float value : sensor.values) values += std::isnan(value) ? 0U : 1U;
    }
    EXPECT_EQ(values, readings.size());
    for (const record::Reading& r : readings) {
        const auto sensor = std::ranges::find(telemetry.sensors, r.sensor, &SensorSeries::name);
        const std::size_t width = r.scope == Scope::Device ? 2 : 1;
        auto row = static_cast<std::size_t>(std::ranges::upper_bound(telemetry.time, r.time_s) -
                                            telemetry.time.begin());
        bool found = false;
        while (row-- > 0 && r.time_s - telemetry.time[row] <= 1 && !found) {
            found = sensor->values[row * width + static_cast<std::size_t>(r.target)] ==
                    static_cast<float>(r.value);
        }
        EXPECT_TRUE(found) << r.sensor << " of " << r.target << " at " << r.time_s;
    }
}

/// Two hours of two sensors: far more than is put in order at a time.
std::vector<record::Reading> two_hours() {
    std::mt19937 random{11};
    std::uniform_real_distribution jitter{-0.1, 0.1};
    std::vector<record::Reading> readings;
    for (int tick = 1; tick <= 7200; ++tick) {
        for (const std::int32_t device : {0, 1}) {
            readings.push_back(
                reading("t", Scope::Device, device, tick + jitter(random), 3.0 * tick + device));
        }
        readings.push_back(reading("p", Scope::Node, 0, tick + jitter(random), 3.0 * tick + 2));
    }
    return readings;
}

TEST(TelemetryFoldTest, ALongRunIsLaidOutAsAShortOneIs) {
    const std::vector<record::Reading> readings = two_hours();
    const Telemetry telemetry = fold(readings);
    EXPECT_THAT(telemetry.time, SizeIs(7200));
    expect_all(readings, telemetry);
}

TEST(TelemetryFoldTest, WhatComesFarTooLateIsPutWhereItBelongs) {
    std::vector<record::Reading> readings = two_hours();
    std::vector<record::Reading> late;
    for (const std::size_t index : {30U, 31U, 900U, 901U, 5000U, 9001U}) {
        late.push_back(readings[index]);
    }
    for (const std::size_t index : {9001U, 5000U, 901U, 900U, 31U, 30U}) {
        readings.erase(readings.begin() + static_cast<std::ptrdiff_t>(index));
    }
    // And some for which there is no room: of the same sensor in the same tick, and before all.
    late.push_back(reading("p", Scope::Node, 0, 50.05, -1));
    late.push_back(reading("p", Scope::Node, 0, 50.06, -2));
    late.push_back(reading("t", Scope::Device, 1, 50.07, -3));
    late.push_back(reading("p", Scope::Node, 0, -20, -4));
    readings.insert(readings.end(), late.begin(), late.end());
    const Telemetry telemetry = fold(readings);
    expect_all(readings, telemetry);
    EXPECT_EQ(telemetry.time.front(), -20);
    EXPECT_LT(telemetry.time.size(), 7210U) << "what fits into a row needs none of its own";
}

TEST(TelemetryFoldTest, WhatComesLateIsNotOverwrittenByWhatFollows) {
    std::vector<record::Reading> readings;
    for (int tick = 0; tick < 1201; ++tick) {
        readings.push_back(reading("t", Scope::Device, 0, tick, 3.0 * tick));
        if (tick != 601) readings.push_back(reading("t", Scope::Device, 1, tick, 3.0 * tick + 1));
    }
    readings.push_back(reading("t", Scope::Device, 0, 1201, 3603));  // rows until 601 s are made
    readings.push_back(reading("t", Scope::Device, 1, 601, -1));
    readings.push_back(reading("t", Scope::Device, 1, 601.3, -2));
    expect_all(readings, fold(readings));
}

TEST(TelemetryFoldTest, ASensorThatBeginsLateHasNoValueBefore) {
    std::vector<record::Reading> readings = two_hours();
    for (int tick = 7000; tick < 7100; ++tick) {
        readings.push_back(reading("fan", Scope::Node, 0, tick, tick));
    }
    const Telemetry telemetry = fold(readings);
    expect_all(readings, telemetry);
    EXPECT_TRUE(std::isnan(telemetry.sensors[2].values.front()));
}

}  // namespace
}  // namespace rackproof
