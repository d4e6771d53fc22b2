#include "hwcheck/gpu_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "hwcheck/gpu_changes.hpp"
#include "hwcheck/gpu_watch.hpp"
#include "tests/support/gpu_machine.hpp"

namespace rackproof {
namespace {

using test::fake_gpu_reader;
using test::GpuMachine;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

constexpr double kEnough_s = 60;  ///< no test waits for it
constexpr double kShort_s = 0.3;  ///< where silence is what is expected

Device device_at(int index) {
    Device device;
    device.pci = "00000000:" + std::to_string(18 + index) + ":00.0";
    return device;
}

TEST(GpuReader, CountsAndReadsInAnotherProcess) {
    GpuMachine machine{8};
    GpuReader reader{fake_gpu_reader()};
    EXPECT_EQ(reader.ask({GpuQuestion::Count, {}}, kEnough_s).count, 8U);
    const GpuReply reply =
        reader.ask({GpuQuestion::Facts, {"00000000:1A:00.0", "", -1}}, kEnough_s);
    EXPECT_THAT(reply.facts.at("serial").value(), Optional(std::string{"1650000000002"}));
    EXPECT_THAT(reply.facts.at("driver").value(), Optional(std::string{"580.95.05"}));
}

TEST(GpuReader, FindsAGpuByItsUuid) {
    GpuMachine machine{3};
    GpuReader reader{fake_gpu_reader()};
    const GpuName name{"", "GPU-00000000-0000-0000-0000-000000000001", -1};
    EXPECT_THAT(reader.ask({GpuQuestion::Facts, name}, kEnough_s).facts.at("pci").value(),
                Optional(std::string{"00000000:19:00.0"}));
}

TEST(GpuReader, GivesUpOnACallThatHangs) {
    GpuMachine machine{1};
    machine.gpu(0)["nvmlDeviceGetTemperature"] = "hang";
    machine.write();
    GpuReader reader{fake_gpu_reader()};
    const GpuRequest request{GpuQuestion::Sample, {"", "", 0}};
    EXPECT_THROW((void)reader.ask(request, kShort_s), GpuSilent);
    EXPECT_THROW((void)reader.ask(request, kEnough_s), GpuSilent) << "it is not asked again";
}

TEST(GpuReader, GivesUpOnADriverThatHangsWhenItStarts) {
    GpuMachine machine{1};
    machine.json["init"] = "hang";
    machine.write();
    GpuReader reader{fake_gpu_reader()};
    EXPECT_THROW((void)reader.ask({GpuQuestion::Count, {}}, kShort_s), GpuSilent);
}

TEST(GpuReader, SaysThatThereIsNoLibrary) {
    GpuReader reader{fake_gpu_reader("/nonexistent/libnvidia-ml.so.1")};
    EXPECT_THROW((void)reader.ask({GpuQuestion::Count, {}}, kEnough_s), Unsupported);
}

TEST(GpuReader, SaysThatItsProgramCannotBeStarted) {
    GpuReader reader{{"/nonexistent/program", {}}};
    EXPECT_THROW((void)reader.ask({GpuQuestion::Count, {}}, kEnough_s), Error);
}

TEST(GpuReader, SaysThatItsProcessHasDied) {
    GpuReader reader{{"/bin/true", {}}};
    try {
        (void)reader.ask({GpuQuestion::Count, {}}, kEnough_s);
        FAIL();
    } catch (const GpuSilent&) {
        FAIL() << "dead is not silent";
    } catch (const Error&) {
    }
}

TEST(ListGpus, HasEachAndWhyOneIsNotKnown) {
    GpuMachine machine{4};
    machine.gpu(1)["lost"] = true;
    machine.gpu(2)["nvmlDeviceGetVbiosVersion"] = "hang";
    machine.write();
    const std::vector<GpuInventory> gpus = list_gpus(fake_gpu_reader(), 1.0);
    ASSERT_EQ(gpus.size(), 4U);
    EXPECT_THAT(gpus[0].problem, IsEmpty());
    EXPECT_THAT(gpus[1].problem, HasSubstr("GPU is lost"));
    EXPECT_THAT(gpus[2].problem, HasSubstr("has not answered within 1 s"));
    EXPECT_THAT(gpus[3].facts.at("serial").value(), Optional(std::string{"1650000000003"}));
}

TEST(ListGpus, OfANodeWhoseDriverIsDeadSaysWhy) {
    GpuMachine machine{1};
    machine.json["init"] = {{"error", nvml::kDriverNotLoaded}};
    machine.write();
    try {
        (void)list_gpus(fake_gpu_reader(), kEnough_s);
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("Driver Not Loaded"));
    }
}

TEST(WatchGpu, WantsToKnowWhichItIs) {
    EXPECT_THROW((void)watch_gpu(fake_gpu_reader(), Device{}), Error);
}

TEST(WatchGpu, ReadsTheGpuOfTheDevice) {
    GpuMachine machine{2};
    machine.gpu(1)["nvmlDeviceGetTemperature"] = 77;
    machine.write();
    const auto gpu = watch_gpu(fake_gpu_reader(), device_at(1));
    SensorStep step;
    std::map<std::string, std::optional<double>> read;
    for (const Sensor& sensor : gpu_sensors(gpu)) {
        const std::optional<double> value = step.read(sensor);
        EXPECT_EQ(sensor.scope, Scope::Device);
        read[sensor.name] = value;
    }
    EXPECT_THAT(read.at("gpu.temperature"), Optional(77.0));
    EXPECT_EQ(read.at("gpu.fan"), std::nullopt);
    EXPECT_THAT(step.gpu().code, IsEmpty());
}

TEST(WatchGpu, SeesWhatChangesInMidRun) {
    GpuMachine machine{1};
    const auto gpu = watch_gpu(fake_gpu_reader(), device_at(0));
    EXPECT_THAT(gpu->state().reading.at("ecc.volatile.uncorrected").value(), Optional(0U));
    machine.gpu(0)["ecc"] = {{0, 0}, {2, 2}};
    machine.write();
    EXPECT_THAT(gpu->state().reading.at("ecc.volatile.uncorrected").value(), Optional(2U));
}

/// From the library's answers to the events of a run, of a machine that falls sick between two
/// looks.
TEST(WatchGpu, EachSicknessInMidRunIsToldByItsCounters) {
    struct Sickness {
        const char* code;
        std::function<void(nlohmann::json&)> strike;
    };
    const Sickness sicknesses[] = {
        {"gpu_row_remap_pending",
         [](auto& gpu) {
             gpu["remapped_rows"] = {0, 0, 1, 0};
         }},
        {"gpu_throttled", [](auto& gpu) { gpu["fields"]["271"] = 3'000'000'000; }},  // power brake
        {"gpu_pcie_degraded", [](auto& gpu) { gpu["nvmlDeviceGetCurrPcieLinkWidth"] = 8; }},
        {"gpu_nvlink_down", [](auto& gpu) { gpu["links"][4]["active"] = 0; }},
        {"gpu_ecc_uncorrected", [](auto& gpu) {
             gpu["ecc"] = {{0, 0}, {2, 2}};
         }}};
    constexpr double kBetween_s = 10;
    for (const Sickness& sickness : sicknesses) {
        GpuMachine machine{1};
        const auto gpu = watch_gpu(fake_gpu_reader(), device_at(0));
        const GpuRead<GpuState> healthy = gpu->state();
        ASSERT_THAT(healthy.code, IsEmpty());
        sickness.strike(machine.gpu(0));
        machine.write();
        const GpuRead<GpuState> sick = gpu->state();
        ASSERT_THAT(sick.code, IsEmpty()) << sickness.code;
        const std::vector<GpuChange> told = gpu_changes(healthy.reading, sick.reading, kBetween_s);
        ASSERT_EQ(told.size(), 1U) << sickness.code;
        EXPECT_EQ(told[0].code, sickness.code);
        EXPECT_EQ(told[0].severity, "error") << told[0].text;
    }
}

TEST(WatchGpu, TellsThatAGpuIsLostInMidRun) {
    GpuMachine machine{1};
    const auto gpu = watch_gpu(fake_gpu_reader(), device_at(0));
    EXPECT_THAT(gpu->sample().code, IsEmpty());
    machine.gpu(0)["lost"] = true;
    machine.write();
    const GpuRead<GpuSample> read = gpu->sample();
    EXPECT_EQ(read.code, "gpu_lost");
    EXPECT_THAT(read.problem, HasSubstr("GPU is lost"));
}

TEST(WatchGpu, TellsThatNvmlIsSilent) {
    GpuMachine machine{1};
    const auto gpu = watch_gpu(fake_gpu_reader(), device_at(0), {kEnough_s, kShort_s});
    EXPECT_THAT(gpu->sample().code, IsEmpty());
    machine.gpu(0)["fields"] = "hang";
    machine.write();
    EXPECT_EQ(gpu->sample().code, "nvml_silent");
    EXPECT_EQ(gpu->state().code, "nvml_silent");
}

}  // namespace
}  // namespace rackproof
