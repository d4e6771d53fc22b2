#include "suites/sensor_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "core/error.hpp"
#include "hwcheck/gpu_watch.hpp"
#include "tests/support/memory_context.hpp"
#include "tests/support/sysfs_tree.hpp"

namespace rackproof {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::SizeIs;

class Watch : public testing::Test {
  protected:
    Watch() {
        tree_.write("class/hwmon/hwmon0/name", "k10temp\n");
        tree_.write("class/hwmon/hwmon0/temp1_input", "61500\n");
        tree_.write("class/hwmon/hwmon0/fan1_input", "1200\n");
        context_.host_sensors = find_sensors(tree_.root());
    }
    /// Until the watch has read so often; the test's own time limit bounds it.
    void wait_for_readings(std::size_t count) const {
        while (context_.readings() < count)
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    test::SysfsTree tree_;
    test::ScriptedClock clock_;
    test::ScriptedDevice device_{clock_};
    test::MemoryContext context_{{}, device_, clock_};
};

constexpr double kNever_s = 3600;

TEST_F(Watch, ReadsAtItsBeginningAndItsEnd) {
    SensorWatch watch{context_, kNever_s};
    EXPECT_EQ(context_.readings(), 2U);
    EXPECT_THAT(watch.stop().temperature().values, testing::ElementsAre(61.5, 61.5));
    EXPECT_THAT(context_.read.at("hwmon.k10temp.temp1"), testing::ElementsAre(61.5, 61.5));
    EXPECT_THAT(context_.read.at("hwmon.k10temp.fan1"), SizeIs(2));
}

TEST_F(Watch, ReadsAgainAndAgainBesideTheLoad) {
    SensorWatch watch{context_, 0.001};
    wait_for_readings(20);
    EXPECT_GE(watch.stop().temperature().values.size(), 10U);
}

TEST_F(Watch, OnOtherRanksReadsForItsOwnCellsAlone) {
    context_.rank = 1;
    SensorWatch watch{context_, kNever_s};
    EXPECT_THAT(watch.stop().temperature().values, SizeIs(2));
    EXPECT_THAT(context_.read, IsEmpty());
}

TEST_F(Watch, GoesOnWithoutASensorThatCannotBeRead) {
    tree_.write("class/hwmon/hwmon0/temp1_input", "N/A\n");
    SensorWatch watch{context_, kNever_s};
    EXPECT_THAT(watch.stop().temperature().values, IsEmpty());
    EXPECT_THAT(context_.read, Not(Contains(Key("hwmon.k10temp.temp1"))));
    EXPECT_THAT(context_.read, Contains(Key("hwmon.k10temp.fan1")));
}

TEST_F(Watch, EndsWithItsOwner) {
    {
        const SensorWatch watch{context_, 0.001};
        wait_for_readings(4);
    }
    const std::size_t readings = context_.readings();
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    EXPECT_EQ(context_.readings(), readings);
}

TEST_F(Watch, HandsOnWhatItsThreadMet) {
    SensorWatch watch{context_, 0.001};
    context_.refuse_readings = true;
    while (context_.refused == 0) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    context_.refuse_readings = false;
    EXPECT_THROW((void)watch.stop(), Error);
}

/// A GPU whose samples all read 50, until it is lost.
class ScriptedGpu final : public GpuSource {
  public:
    GpuRead<GpuSample> sample() override {
        ++samples;
        if (lost) return {{}, "gpu_lost", "GPU is lost"};
        return {GpuSample(gpu_channels().size(), Answer<double>::of(50)), "", ""};
    }
    GpuRead<GpuState> state() override { return {}; }
    GpuRead<GpuFacts> facts() override { return {}; }

    std::atomic<int> samples = 0;
    std::atomic<bool> lost = false;
};

class WatchOfAGpu : public Watch {
  protected:
    WatchOfAGpu() {
        device_.facts.facts.kind = "gpu";
        for (const Sensor& sensor : gpu_sensors(gpu_)) context_.host_sensors.push_back(sensor);
    }
    std::shared_ptr<ScriptedGpu> gpu_ = std::make_shared<ScriptedGpu>();
};

TEST_F(WatchOfAGpu, ReadsItOnceAStepOnEveryRank) {
    context_.rank = 3;
    SensorWatch watch{context_, kNever_s};
    EXPECT_EQ(gpu_->samples, 1);
    EXPECT_EQ(context_.readings(), gpu_channels().size());
    EXPECT_THAT(watch.stop().temperature().values, Contains(50));
    EXPECT_THAT(context_.read, Contains(Key("gpu.sm_clock")));
    EXPECT_THAT(context_.read, Not(Contains(Key("hwmon.k10temp.temp1"))));
}

TEST_F(WatchOfAGpu, TellsOfALostGpuOnceAndReadsTheHostOn) {
    gpu_->lost = true;
    SensorWatch watch{context_, 0.001};
    wait_for_readings(20);
    EXPECT_THAT(watch.stop().temperature().values, IsEmpty());
    EXPECT_EQ(gpu_->samples, 1);
    ASSERT_THAT(context_.events, SizeIs(1));
    EXPECT_EQ(context_.events[0].code, "gpu_lost");
    EXPECT_EQ(context_.events[0].severity, "error");
}

TEST_F(Watch, OfAGpuWithoutSensorsDoesNotTakeTheHosts) {
    device_.facts.facts.kind = "gpu";
    SensorWatch watch{context_, kNever_s};
    EXPECT_THAT(watch.stop().temperature().values, IsEmpty());
    EXPECT_THAT(context_.read.at("hwmon.k10temp.temp1"), SizeIs(2));
}

TEST_F(Watch, OfAHostWithoutSensorsIsQuiet) {
    context_.host_sensors.clear();
    SensorWatch watch{context_, 0.001};
    EXPECT_THAT(watch.stop().temperature().values, IsEmpty());
    EXPECT_EQ(context_.readings(), 0U);
}

}  // namespace
}  // namespace rackproof
