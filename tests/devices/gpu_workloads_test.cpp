#include <gmock/gmock.h>

#include "core/error.hpp"
#include "devices/gpu/gpu_device.hpp"
#include "devices/gpu/workloads.hpp"
#include "tests/support/scripted_gpu.hpp"

namespace rackproof::gpu {
namespace {

using test::ScriptedGpu;
using test::wrong_answer;
using testing::HasSubstr;

constexpr StreamKernel kKernels[] = {StreamKernel::Copy, StreamKernel::Scale, StreamKernel::Add,
                                     StreamKernel::Triad, StreamKernel::Read};
constexpr std::int64_t kBytes = 4096;

TEST(GpuStream, ChecksItsAnswerAndThenSpoilsIt) {
    for (const StreamKernel kernel : kKernels) {
        ScriptedGpu gpu;
        const auto stream = make_stream(gpu, kernel, kBytes);
        EXPECT_THROW(stream->verify(), Error) << "it never ran";
        stream->run();
        EXPECT_EQ(wrong_answer(*stream), "");
        EXPECT_EQ(wrong_answer(*stream), "") << "the same answer, looked at again";
    }
}

TEST(GpuStream, CountsBytesAsStreamDoes) {
    const double arrays[] = {2, 2, 3, 3, 1};
    for (std::size_t i = 0; i < std::size(kKernels); ++i) {
        ScriptedGpu gpu;
        EXPECT_EQ(make_stream(gpu, kKernels[i], kBytes)->work().bytes, arrays[i] * kBytes);
    }
}

TEST(GpuStream, NamesTheWrongElement) {
    ScriptedGpu gpu;
    const auto stream = make_stream(gpu, StreamKernel::Triad, kBytes);
    gpu.spoils_element = 77;
    stream->run();
    EXPECT_THAT(wrong_answer(*stream), HasSubstr("element 77 of 512"));
    EXPECT_THAT(wrong_answer(*stream), HasSubstr("1 are wrong")) << "it stays wrong";
}

TEST(GpuStream, IsSkippedWhereItDoesNotFit) {
    ScriptedGpu gpu;
    gpu.free = 3 * kBytes - 1;
    EXPECT_THROW((void)make_stream(gpu, StreamKernel::Triad, kBytes), Unsupported);
    EXPECT_NO_THROW((void)make_stream(gpu, StreamKernel::Copy, kBytes));
    EXPECT_EQ(gpu.blocks(), 0U) << "all of it was given back";
}

TEST(GpuChase, ChecksWhereItEnds) {
    ScriptedGpu gpu;
    const auto chase = make_pointer_chase(gpu, 1 << 16, 3);
    chase->run();
    chase->run();
    EXPECT_EQ(wrong_answer(*chase), "");
    gpu.chase_error = 1;
    chase->run();
    EXPECT_THAT(wrong_answer(*chase), HasSubstr("it ended on line"));
}

TEST(GpuHostCopy, ComparesWhatArrivedEachWay) {
    for (const HostCopy way :
         {HostCopy::HostToDevice, HostCopy::DeviceToHost, HostCopy::BothWays}) {
        ScriptedGpu gpu;
        const auto copy = make_host_copy(gpu, way, kBytes);
        EXPECT_EQ(copy->work().bytes, way == HostCopy::BothWays ? 2 * kBytes : kBytes);
        copy->run();
        EXPECT_EQ(wrong_answer(*copy), "") << to_string(way);
        gpu.drops_copies = true;
        copy->run();
        EXPECT_THAT(wrong_answer(*copy), HasSubstr("byte 0 on holds 0")) << to_string(way);
    }
}

TEST(GpuHostCopy, BothWaysGoAtTheSameTime) {
    ScriptedGpu gpu;
    const auto copy = make_host_copy(gpu, HostCopy::BothWays, kBytes);
    copy->run();
    EXPECT_EQ(gpu.side_copies, 1);
    EXPECT_EQ(gpu.count("fork"), 1);
    EXPECT_EQ(gpu.count("join"), 1);
}

TEST(GpuDevice, IsLostOnceItsGpuIs) {
    auto scripted = std::make_unique<ScriptedGpu>();
    ScriptedGpu& gpu = *scripted;
    GpuDevice device{std::move(scripted), {}};
    const auto stream = device.make_stream(StreamKernel::Copy, kBytes);
    gpu.failure = {"stream", 3, After::Usable};
    stream->run();
    EXPECT_THROW(stream->run(), GpuError);
    EXPECT_FALSE(device.is_lost());
    gpu.failure = {"elapsed_s", 1, After::Lost};
    const auto timer = device.make_timer();
    timer->start();
    EXPECT_THROW((void)timer->stop_s(), GpuError);
    EXPECT_TRUE(device.is_lost());
}

TEST(GpuDevice, WhatFailsWhileItIsMadeGivesItsMemoryBack) {
    for (int at = 1; at <= 2; ++at) {
        ScriptedGpu gpu;
        gpu.failure = {"allocate", at};
        EXPECT_THROW((void)make_stream(gpu, StreamKernel::Copy, kBytes), GpuError);
        EXPECT_EQ(gpu.blocks(), 0U);
    }
}

}  // namespace
}  // namespace rackproof::gpu
