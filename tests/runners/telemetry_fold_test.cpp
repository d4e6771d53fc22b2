#include "runners/telemetry_fold.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "tests/runners/sample_start.hpp"

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
    TelemetryFold fold;
    for (const record::Reading& r : readings) fold.add(r);
    return fold.finish(test::sample_start(2, {}).manifest);
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

}  // namespace
}  // namespace rackproof
