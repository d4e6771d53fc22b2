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

/// As NVML's are, and one of the host's.
std::vector<Sensor> gpu_and_host() {
    std::vector<Sensor> sensors{sensor("hwmon.coretemp.Core 0", SensorKind::Temperature),
                                sensor("gpu.temperature", SensorKind::Temperature),
                                sensor("gpu.memory_temperature", SensorKind::Temperature),
                                sensor("gpu.power_average", SensorKind::Power),
                                sensor("gpu.power_instant", SensorKind::Power),
                                sensor("gpu.event_reasons", SensorKind::EventReasons),
                                sensor("gpu.throttle.hw_thermal", SensorKind::ThrottleTime),
                                sensor("gpu.throttle.power", SensorKind::ThrottleTime)};
    for (std::size_t i = 1; i < sensors.size(); ++i) sensors[i].scope = Scope::Device;
    return sensors;
}

TEST(GpuHealth, IsThatOfItsOwnSensors) {
    HostHealth health{gpu_and_host(), HealthOf::Gpu};
    EXPECT_FALSE(health.uses(0));
    health.add(0, 99, 1);
    health.add(1, 61, 1);
    health.add(2, 85, 1);
    health.add(3, 690, 1);
    health.add(4, 720, 1);
    health.end_step(1);
    EXPECT_THAT(health.temperature().values, ElementsAre(61));
    EXPECT_THAT(health.power().values, ElementsAre(690));
    EXPECT_EQ(health.temperature_source(), "NVML: gpu.temperature");
    EXPECT_EQ(health.power_source(), "NVML: gpu.power_average");
}

TEST(GpuHealth, KeepsToOnePowerSensorThroughout) {
    HostHealth health{gpu_and_host(), HealthOf::Gpu};
    health.add(4, 500, 1);
    health.end_step(1);
    health.add(3, 400, 2);
    health.add(4, 510, 2);
    health.end_step(2);
    EXPECT_THAT(health.power().values, ElementsAre(500, 510));
    EXPECT_EQ(health.power_source(), "NVML: gpu.power_instant");
}

TEST(GpuHealth, CountsTheStepsAtWhichItWasThrottled) {
    HostHealth health{gpu_and_host(), HealthOf::Gpu};
    const auto step = [&health](double time_s, double reasons, double hot_s, double capped_s) {
        health.add(5, reasons, time_s);
        health.add(6, hot_s, time_s);
        health.add(7, capped_s, time_s);
        health.end_step(time_s);
    };
    step(1, 0x04, 3, 10);  // the power cap alone, and old heat
    EXPECT_EQ(health.throttle_events(), std::nullopt) << "one look counts nothing";
    step(2, 0x04, 3, 20);  // more of the power cap
    EXPECT_EQ(health.throttle_events(), 0);
    step(3, 0x80 | 0x04, 3, 20);  // power brake
    step(4, 0, 3.5, 20);          // hot between two looks
    step(5, 0x20, 4, 20);         // both are one step
    step(6, 0x01, 4, 20);
    EXPECT_EQ(health.throttle_events(), 3);
}

TEST(GpuHealth, IsNeverThatOfTheHost) {
    HostHealth health{{sensor("hwmon.coretemp.Core 0", SensorKind::Temperature)}, HealthOf::Gpu};
    health.add(0, 40, 1);
    health.end_step(1);
    health.add(0, 40, 2);
    health.end_step(2);
    EXPECT_THAT(health.temperature().values, IsEmpty());
    EXPECT_EQ(health.throttle_events(), std::nullopt);
    EXPECT_EQ(health.no_temperature(), "NVML gave no temperature of this GPU");
    EXPECT_EQ(health.no_power(), "NVML gave no power of this GPU");
}

}  // namespace
}  // namespace rackproof
