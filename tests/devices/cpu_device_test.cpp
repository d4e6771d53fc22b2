#include "devices/cpu/cpu_device.hpp"

#include <gmock/gmock.h>

#include <array>

#include "core/error.hpp"
#include "devices/cpu/affinity.hpp"
#include "devices/cpu/instruction_set.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

DeviceOptions one_a_core() {
    return {.devices_per_node = static_cast<std::int32_t>(
                list_devices({.devices_per_node = 1}).front().core_count)};
}

TEST(DeviceNamesTest, AreThoseOfTheMetrics) {
    EXPECT_EQ(to_string(Precision::Fp64), "fp64");
    EXPECT_EQ(to_string(Precision::Fp32), "fp32");
    EXPECT_EQ(to_string(StreamKernel::Copy), "copy");
    EXPECT_EQ(to_string(StreamKernel::Scale), "scale");
    EXPECT_EQ(to_string(StreamKernel::Add), "add");
    EXPECT_EQ(to_string(StreamKernel::Triad), "triad");
    EXPECT_EQ(to_string(StreamKernel::Read), "read");
}

TEST(DescribeDevicesTest, EachHasItsShareOfMemoryAndItsIndex) {
    const std::vector<cpu::CorePart> parts{{{0, 1, 2, 3}, 1000}, {{8, 10}, 2000}};
    const auto devices = cpu::describe_devices(parts, "Some CPU", 1001);
    ASSERT_EQ(devices.size(), 2U);
    EXPECT_EQ(devices[0].cores, "0-3");
    EXPECT_EQ(devices[1].cores, "8,10");
    EXPECT_EQ(devices[1].core_count, 2);
    EXPECT_EQ(devices[1].facts.index, 1);
    EXPECT_EQ(devices[1].facts.kind, "cpu");
    EXPECT_EQ(devices[0].facts.model, "Some CPU");
    EXPECT_EQ(devices[0].memory_bytes, 500);
    EXPECT_EQ(devices[1].last_level_cache_bytes, 2000);
    EXPECT_EQ(devices[0].vector_unit, cpu::best_instruction_set().name);
}

TEST(ListDevicesTest, OneACoreCoversTheAllowedCores) {
    const auto devices = list_devices(one_a_core());
    std::int32_t index = 0;
    for (const DeviceInfo& device : devices) {
        EXPECT_EQ(device.core_count, 1);
        EXPECT_EQ(device.facts.index, index++);
        EXPECT_GT(device.memory_bytes, 0);
        EXPECT_FALSE(device.facts.model.empty());
    }
}

TEST(ListDevicesTest, StaysInsideTheAffinityOfTheProcess) {
    const std::vector<int> before = cpu::this_thread_cores();
    cpu::bind_this_thread(std::array{before.back()});
    const auto devices = list_devices({});
    cpu::bind_this_thread(before);
    ASSERT_EQ(devices.size(), 1U);
    EXPECT_EQ(devices[0].cores, std::to_string(before.back()));
}

TEST(ListDevicesTest, MoreDevicesThanCoresIsRefusedUnlessShared) {
    EXPECT_THROW((void)list_devices({.devices_per_node = 1 << 20}), InputError);
    EXPECT_EQ(list_devices({.devices_per_node = 37, .share_cores = true}).size(), 37U);
}

TEST(OpenDeviceTest, BindsTheProcessAndLetsItGo) {
    const std::vector<int> before = cpu::this_thread_cores();
    const DeviceOptions options = one_a_core();
    const auto devices = list_devices(options);
    for (const DeviceInfo& expected : devices) {
        const auto device = open_device(options, expected.facts.index);
        EXPECT_EQ(cpu::core_list(cpu::this_thread_cores()), expected.cores);
        EXPECT_EQ(device->info().cores, expected.cores);
    }
    EXPECT_EQ(cpu::this_thread_cores(), before);
}

TEST(OpenDeviceTest, WhatIsNotThereIsAnError) {
    for (const std::int32_t index : {-1, 1, 1000}) {
        try {
            (void)open_device({.devices_per_node = 1}, index);
            FAIL() << "opened device " << index;
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("this machine has 1"));
        }
    }
}

TEST(OpenDeviceTest, ADeviceDoesAllItsWork) {
    const auto device = open_device({.devices_per_node = 1}, 0);
    std::vector<std::unique_ptr<Workload>> work;
    work.push_back(device->make_gemm({.m = 100, .n = 100, .k = 100}));
    work.push_back(device->make_gemm({.precision = Precision::Fp32, .m = 80, .n = 90, .k = 70}));
    for (const StreamKernel kernel : {StreamKernel::Copy, StreamKernel::Scale, StreamKernel::Add,
                                      StreamKernel::Triad, StreamKernel::Read}) {
        work.push_back(device->make_stream(kernel, 1 << 20));
    }
    work.push_back(device->make_pointer_chase(1 << 20, 1));
    const auto timer = device->make_timer();
    for (const auto& one : work) {
        timer->start();
        one->run();
        EXPECT_GT(timer->stop_s(), 0);
        EXPECT_NO_THROW(one->verify());
        EXPECT_FALSE(one->variant().algorithm.empty());
    }
}

TEST(OpenDeviceTest, EqualKernelsUseEqualStores) {
    const auto device = open_device({.devices_per_node = 1}, 0);
    const std::string first =
        device->make_stream(StreamKernel::Triad, 1 << 22)->variant().algorithm;
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(device->make_stream(StreamKernel::Triad, 1 << 22)->variant().algorithm, first);
    }
}

}  // namespace
}  // namespace rackproof
