#include "core/telemetry_source.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace rackproof {
namespace {

using testing::ElementsAre;

/// Two nodes, three devices, three rows.
rackproof::Run small_run() {
    rackproof::Run run;
    run.nodes.resize(2);
    run.devices.resize(3);
    run.telemetry.time = {1, 2, 3};
    run.telemetry.sensors = {{"t", "degC", Scope::Device, 0.5, {1, 2, 3, 4, 5, 6, 7, 8, 9}},
                             {"p", "W", Scope::Node, 0, {10, 20, 30}}};
    return run;
}

TEST(HeldTelemetry, GivesRowsOfARunInMemory) {
    const rackproof::Run run = small_run();
    HeldTelemetry held{run};
    EXPECT_EQ(held.rows(), 3U);
    EXPECT_EQ(held.sensors().at(0).unit, "degC");
    EXPECT_TRUE(held.sensors().at(0).values.empty());
    std::vector<double> times(2);
    held.read_times(1, times);
    EXPECT_THAT(times, ElementsAre(2, 3));
    std::vector<float> values(6);
    held.read_values(0, 1, values);
    EXPECT_THAT(values, ElementsAre(4, 5, 6, 7, 8, 9));
}

TEST(HeldTelemetry, ValuesThatAreMissingAreNone) {
    const rackproof::Run run = small_run();
    HeldTelemetry held{run};
    std::vector<float> values(4);
    held.read_values(1, 1, values);
    EXPECT_EQ(values[0], 30);
    EXPECT_TRUE(std::isnan(values[1]) && std::isnan(values[3]));
    held.read_values(1, 2, std::span{values}.first(2));
    EXPECT_TRUE(std::isnan(values[0]));
}

TEST(WholeTelemetry, IsAllOfIt) {
    rackproof::Run run = small_run();
    run.telemetry.sensors.pop_back();
    HeldTelemetry held{run};
    const Telemetry whole = whole_telemetry(held);
    EXPECT_EQ(whole.time, run.telemetry.time);
    ASSERT_EQ(whole.sensors.size(), 1U);
    EXPECT_EQ(whole.sensors[0].values, run.telemetry.sensors[0].values);
    EXPECT_EQ(whole.sensors[0].resolution, 0.5);
}

}  // namespace
}  // namespace rackproof
