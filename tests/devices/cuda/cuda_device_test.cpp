// The CUDA back end on a real GPU, through the interface that suites see; sizes are small, because
// scripts/gpu-check also runs this under compute-sanitizer. Without a GPU: skipped, with the
// reason.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "devices/device.hpp"
#include "devices/workload.hpp"

namespace rackproof {
namespace {

constexpr std::int64_t kMiB = 1 << 20;
const DeviceOptions kWithGpus{.with_gpus = true};

class Cuda : public testing::Test {
  protected:
    void SetUp() override {
        const std::vector<DeviceInfo> devices = list_devices(kWithGpus);
        const auto gpu = std::ranges::find_if(
            devices, [](const DeviceInfo& device) { return device.facts.kind == "gpu"; });
        if (gpu == devices.end()) GTEST_SKIP() << "no GPU: " << why_no_gpus();
        index_ = gpu->facts.index;
        device_ = open_device(kWithGpus, index_);
    }

    ComputeDevice& device() { return *device_; }
    std::unique_ptr<ComputeDevice> reopened() {
        device_.reset();
        return open_device(kWithGpus, index_);
    }

    /// Twice, so that what the first leaves behind shows; timed, as suites do it.
    void runs_and_is_right(Workload& work) {
        const std::unique_ptr<Timer> timer = device().make_timer();
        for (int i = 0; i < 2; ++i) {
            timer->start();
            work.run();
            EXPECT_GT(timer->stop_s(), 0);
            work.verify();
        }
        EXPECT_FALSE(device().is_lost());
    }

  private:
    std::unique_ptr<ComputeDevice> device_;
    std::int32_t index_ = 0;
};

TEST_F(Cuda, DeviceSaysWhatItIs) {
    const DeviceInfo& info = device().info();
    EXPECT_FALSE(info.facts.model.empty());
    EXPECT_FALSE(info.facts.pci.empty());
    EXPECT_FALSE(info.facts.uuid.empty());
    EXPECT_FALSE(info.facts.driver.empty());
    EXPECT_GT(info.memory_bytes, 0);
    EXPECT_GT(info.last_level_cache_bytes, 0);
}

class CudaGemm : public Cuda, public testing::WithParamInterface<Precision> {};

TEST_P(CudaGemm, ProductIsRightAndItsDigestStays) {
    const GemmShape shape{.precision = GetParam(), .m = 256, .n = 512, .k = 384, .seed = 7};
    const auto product = device().make_gemm(shape);
    EXPECT_EQ(product->work().flops, 2.0 * 256 * 512 * 384);
    runs_and_is_right(*product);
    EXPECT_FALSE(product->variant().algorithm.empty());
    EXPECT_FALSE(product->variant().library.empty());
}

/// All but Nvfp4, which not every chip has.
INSTANTIATE_TEST_SUITE_P(Precisions, CudaGemm,
                         testing::Values(Precision::Fp64, Precision::Fp32, Precision::Tf32,
                                         Precision::Fp16, Precision::Bf16, Precision::Fp8E4m3,
                                         Precision::Int8),
                         [](const auto& given) { return std::string{to_string(given.param)}; });

TEST_F(Cuda, FourBitProductIsRightOrNamesTheChipThatItNeeds) {
    const GemmShape shape{.precision = Precision::Nvfp4, .m = 256, .n = 512, .k = 384, .seed = 7};
    try {
        const auto product = device().make_gemm(shape);
        runs_and_is_right(*product);
    } catch (const Unsupported& error) {
        const std::string needs = "nvfp4 needs a chip from sm_100 on";
        EXPECT_NE(std::string{error.what()}.find(needs), std::string::npos) << error.what();
    }
}

TEST_F(Cuda, ProductOfTheSameSeedIsTheSameAfterReopening) {
    const GemmShape shape{.precision = Precision::Bf16, .m = 512, .n = 512, .k = 512, .seed = 7};
    const auto variant_of = [&shape](ComputeDevice& on) {
        const auto product = on.make_gemm(shape);
        product->run();
        product->verify();
        return product->variant();
    };
    const Variant first = variant_of(device());
    const auto again = reopened();
    EXPECT_EQ(first, variant_of(*again));
}

TEST_F(Cuda, AnotherProcessTakesAPinnedAlgorithmFromItsText) {
    GemmShape shape{.precision = Precision::Bf16, .m = 512, .n = 512, .k = 512, .seed = 7};
    const GemmAlgorithm chosen = device().choose_gemm_algorithm(shape);
    shape.pinned = {chosen};
    const auto again = reopened();
    const auto product = again->make_gemm(shape);
    product->run();
    product->verify();
    EXPECT_TRUE(chosen.algorithm.starts_with(product->variant().algorithm + " bytes "));
    EXPECT_EQ(product->variant().library, chosen.library);
}

TEST_F(Cuda, APinnedAlgorithmThatIsNoneIsRefused) {
    GemmShape shape{.precision = Precision::Bf16, .m = 512, .n = 512, .k = 512, .seed = 7};
    const GemmAlgorithm chosen = device().choose_gemm_algorithm(shape);
    for (const std::string& text :
         {std::string{"id 66"}, chosen.algorithm + "00", "id 4294967295" + chosen.algorithm}) {
        shape.pinned = {{chosen.library, text}};
        EXPECT_THROW((void)device().make_gemm(shape), Error) << text;
    }
    EXPECT_FALSE(device().is_lost());
}

class CudaStream : public Cuda, public testing::WithParamInterface<StreamKernel> {};

TEST_P(CudaStream, KernelIsRight) {
    // A length that is no multiple of what a block of threads does at once.
    const auto stream = device().make_stream(GetParam(), 8 * kMiB + 16);
    EXPECT_GT(stream->work().bytes, 0);
    runs_and_is_right(*stream);
}

INSTANTIATE_TEST_SUITE_P(Kernels, CudaStream,
                         testing::Values(StreamKernel::Copy, StreamKernel::Scale, StreamKernel::Add,
                                         StreamKernel::Triad, StreamKernel::Read),
                         [](const auto& given) { return std::string{to_string(given.param)}; });

class CudaCopy : public Cuda, public testing::WithParamInterface<HostCopy> {};

TEST_P(CudaCopy, BytesArrive) {
    const auto copy = device().make_host_copy(GetParam(), 4 * kMiB + 4096);
    runs_and_is_right(*copy);
}

INSTANTIATE_TEST_SUITE_P(Ways, CudaCopy,
                         testing::Values(HostCopy::HostToDevice, HostCopy::DeviceToHost,
                                         HostCopy::BothWays),
                         [](const auto& given) { return std::string{to_string(given.param)}; });

TEST_F(Cuda, PointerChaseEndsWhereItMust) {
    const auto chase = device().make_pointer_chase(kMiB, 3);
    EXPECT_GT(chase->work().accesses, 0);
    runs_and_is_right(*chase);
}

class CudaMemory : public Cuda, public testing::WithParamInterface<MemoryPattern> {};

TEST_P(CudaMemory, HealthyMemoryPasses) {
    const auto test = device().make_memory_test(GetParam(), 0.0002, 5);
    runs_and_is_right(*test);
}

INSTANTIATE_TEST_SUITE_P(Patterns, CudaMemory,
                         testing::Values(MemoryPattern::Walking, MemoryPattern::Inversions,
                                         MemoryPattern::Address, MemoryPattern::Random),
                         [](const auto& given) { return std::string{to_string(given.param)}; });

TEST_F(Cuda, WhatDoesNotFitIsRefusedAndLeavesTheDeviceUsable) {
    constexpr std::int64_t kTooMuch = std::int64_t{1} << 50;
    EXPECT_ANY_THROW((void)device().make_stream(StreamKernel::Copy, kTooMuch));
    EXPECT_FALSE(device().is_lost());
    const auto stream = device().make_stream(StreamKernel::Copy, kMiB);
    runs_and_is_right(*stream);
}

}  // namespace
}  // namespace rackproof
