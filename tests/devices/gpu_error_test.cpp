#include <gmock/gmock.h>

#include "devices/gpu/error.hpp"

namespace rackproof::gpu {
namespace {

using testing::HasSubstr;

int cleared = 0;

ErrorCalls calls(int (*probe)()) {
    return {[](int) { return "cudaErrorIllegalAddress"; }, [](int) { return "an illegal address"; },
            [] { return ++cleared; }, probe, 0};
}

TEST(GpuErrorTest, NamesCallDeviceCodeAndText) {
    const auto here = std::source_location::current();
    const GpuError error =
        error_of(700, "cudaMemcpyAsync", "GPU 3 (0000:5d:00.0)", calls([] { return 0; }), here);
    EXPECT_STREQ(error.what(),
                 "cudaMemcpyAsync on GPU 3 (0000:5d:00.0): cudaErrorIllegalAddress (700): an "
                 "illegal address");
    EXPECT_EQ(error.after(), After::Usable);
    EXPECT_EQ(error.where().line(), here.line());
}

TEST(GpuErrorTest, WhatAHarmlessCallStillMeetsIsSticky) {
    cleared = 0;
    const GpuError error = error_of(700, "cudaFree", "GPU 0", calls([] { return 700; }),
                                    std::source_location::current());
    EXPECT_EQ(cleared, 1) << "what can be forgotten was, before the probe";
    EXPECT_EQ(error.after(), After::Lost);
    EXPECT_THAT(error.what(), HasSubstr("the GPU is lost to this process"));
}

TEST(GpuErrorTest, ARuntimeWithoutWordsLeavesTheNumber) {
    const ErrorCalls silent{[](int) -> const char* { return nullptr; },
                            [](int) -> const char* { return nullptr; }, [] { return 0; },
                            [] { return 0; }, 0};
    const GpuError error = error_of(9, "x", "GPU 1", silent, std::source_location::current());
    EXPECT_STREQ(error.what(), "x on GPU 1: error (9)");
}

}  // namespace
}  // namespace rackproof::gpu
