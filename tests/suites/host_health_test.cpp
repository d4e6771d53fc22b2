#include "suites/host_health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rackproof {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;

Sensor sensor(const char* name, SensorKind kind, std::optional<double> wraps_at = {}) {
    Sensor made;
    made.name = name;
    made.kind = kind;
    made.wraps_at = wraps_at;
    return made;
}

TEST(HostHealth, OfAHostWithoutSensorsSaysSo) {
    HostHealth health{{}};
    health.end_step(1);
    EXPECT_THAT(health.temperature().values, IsEmpty());
    EXPECT_THAT(health.power().values, IsEmpty());
    EXPECT_EQ(health.throttle_events(), std::nullopt);
    EXPECT_EQ(health.no_temperature(), "this host has no temperature sensor (hwmon)");
    EXPECT_EQ(health.no_power(), "this host has no power sensor (hwmon, RAPL)");
    EXPECT_EQ(health.no_throttle(), "this host has no throttle counter (thermal_throttle)");
}

TEST(HostHealth, TakesTheHottestProcessorSensorOfAStep) {
    HostHealth health{{sensor("hwmon.nvme.Composite", SensorKind::Temperature),
                       sensor("hwmon.coretemp.Core 0", SensorKind::Temperature),
                       sensor("hwmon.coretemp.Core 1", SensorKind::Temperature)}};
    health.add(0, 90, 1);
    health.add(1, 61, 1);
    health.add(2, 64, 1);
    health.end_step(1);
    health.add(1, 70, 2);
    health.end_step(2);
    EXPECT_THAT(health.temperature().values, ElementsAre(64, 70));
    EXPECT_THAT(health.temperature().time_s, ElementsAre(1, 2));
    EXPECT_EQ(health.temperature_source(), "highest of 2 processor sensors");
    EXPECT_FALSE(health.uses(0));
    EXPECT_TRUE(health.uses(1));
}

TEST(HostHealth, TakesAllTemperaturesWhereNoneIsKnownToBeTheProcessors) {
    HostHealth health{{sensor("hwmon.acpitz.temp1", SensorKind::Temperature)}};
    health.add(0, -3, 1);
    health.end_step(1);
    EXPECT_THAT(health.temperature().values, ElementsAre(-3));
    EXPECT_EQ(health.temperature_source(), "highest of 1 host sensor");
}

TEST(HostHealth, AStepWithoutAReadingIsNoValue) {
    HostHealth health{{sensor("hwmon.k10temp.Tctl", SensorKind::Temperature)}};
    health.end_step(1);
    EXPECT_THAT(health.temperature().values, IsEmpty());
    EXPECT_THAT(health.no_temperature(), testing::HasSubstr("could be read (1 listed)"));
}

TEST(HostHealth, PowerIsEnergyOverTimeSummedOverPackagesAndMemory) {
    HostHealth health{{sensor("rapl.package-0", SensorKind::Energy, 1000),
                       sensor("rapl.package-0.core", SensorKind::Energy, 1000),
                       sensor("rapl.package-0.dram", SensorKind::Energy, 1000),
                       sensor("rapl.psys", SensorKind::Energy, 1000),
                       sensor("rapl-mmio.package-0", SensorKind::Energy, 1000),
                       sensor("hwmon.meter.power1", SensorKind::Power)}};
    for (std::size_t i = 0; i < 6; ++i) health.add(i, 100, 10);
    health.end_step(10);
    EXPECT_THAT(health.power().values, IsEmpty());  // one reading of a counter is no power
    for (std::size_t i = 0; i < 6; ++i) health.add(i, 500 + static_cast<double>(i), 12);
    health.end_step(12);
    EXPECT_THAT(health.power().values, ElementsAre(DoubleNear(200 + 201, 1e-9)));
    EXPECT_EQ(health.power_source(), "sum of 2 RAPL counters");
}

TEST(HostHealth, FollowsACounterThatWraps) {
    HostHealth health{{sensor("rapl.package-0", SensorKind::Energy, 1000)}};
    health.add(0, 900, 1);
    health.end_step(1);
    health.add(0, 100, 2);
    health.end_step(2);
    EXPECT_THAT(health.power().values, ElementsAre(200));
}

TEST(HostHealth, ACounterThatFallsAndHasNoKnownRangeGivesNoPower) {
    HostHealth health{{sensor("rapl.package-0", SensorKind::Energy)}};
    health.add(0, 900, 1);
    health.end_step(1);
    health.add(0, 100, 2);
    health.end_step(2);
    EXPECT_THAT(health.power().values, IsEmpty());
}

TEST(HostHealth, PartOfAPowerIsNoPower) {
    HostHealth health{{sensor("rapl.package-0", SensorKind::Energy),
                       sensor("rapl.package-1", SensorKind::Energy)}};
    health.add(0, 0, 1);
    health.add(1, 0, 1);
    health.end_step(1);
    health.add(0, 100, 2);
    health.end_step(2);
    EXPECT_THAT(health.power().values, IsEmpty());
    health.add(0, 200, 3);
    health.add(1, 400, 3);  // over two seconds
    health.end_step(3);
    EXPECT_THAT(health.power().values, ElementsAre(100 + 200));
}

TEST(HostHealth, WithoutRaplTakesTheHighestPowerSensor) {
    HostHealth health{{sensor("hwmon.meter.Module", SensorKind::Power),
                       sensor("hwmon.meter.CPU", SensorKind::Power)}};
    health.add(0, 300, 1);
    health.add(1, 200, 1);
    health.end_step(1);
    EXPECT_THAT(health.power().values, ElementsAre(300));
    EXPECT_EQ(health.power_source(), "highest of 2 hwmon sensors");
}

TEST(HostHealth, CountsThrottleEventsFromFirstToLast) {
    HostHealth health{{sensor("cpu0.throttle_count", SensorKind::ThrottleCount),
                       sensor("package0.throttle_count", SensorKind::ThrottleCount),
                       sensor("cpu1.throttle_count", SensorKind::ThrottleCount)}};
    health.add(0, 5, 1);
    health.add(1, 30, 1);
    health.end_step(1);
    EXPECT_EQ(health.throttle_events(), std::nullopt);
    health.add(0, 5, 2);
    health.add(1, 33, 2);
    health.end_step(2);
    EXPECT_EQ(health.throttle_events(), 3);
}

TEST(HostHealth, NoThrottlingIsANumber) {
    HostHealth health{{sensor("cpu0.throttle_count", SensorKind::ThrottleCount)}};
    health.add(0, 7, 1);
    health.add(0, 7, 2);
    EXPECT_EQ(health.throttle_events(), 0);
}

TEST(HostHealth, ACounterThatFellSaysNothing) {
    HostHealth health{{sensor("cpu0.throttle_count", SensorKind::ThrottleCount)}};
    health.add(0, 7, 1);
    health.add(0, 2, 2);
    EXPECT_EQ(health.throttle_events(), std::nullopt);
}

}  // namespace
}  // namespace rackproof
