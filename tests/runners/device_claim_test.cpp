#include "runners/device_claim.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include "core/error.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;

/// Of this process and test alone.
std::string run() {
    return std::to_string(::getpid()) +
           testing::UnitTest::GetInstance()->current_test_info()->name();
}

TEST(DeviceClaim, ASecondOneIsToldWhoHasTheDevice) {
    const DeviceClaim first{run(), 3, 0};
    EXPECT_TRUE(first);
    try {
        const DeviceClaim second{run(), 3, 0.1};
        ADD_FAILURE() << "no error";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("claim device 3"));
        EXPECT_THAT(error.what(), HasSubstr("process " + std::to_string(::getpid()) + " (state "));
    }
}

TEST(DeviceClaim, OtherDevicesAndOtherRunsAreFree) {
    const DeviceClaim first{run(), 3, 0};
    EXPECT_TRUE((DeviceClaim{run(), 4, 0}));
    EXPECT_TRUE((DeviceClaim{run() + "x", 3, 0}));
}

TEST(DeviceClaim, EndsWithItsHolder) {
    DeviceClaim first{run(), 3, 0};
    first = DeviceClaim{};
    EXPECT_TRUE((DeviceClaim{run(), 3, 0}));
}

}  // namespace
}  // namespace rackproof
