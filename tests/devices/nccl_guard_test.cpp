#include "devices/nccl/guard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "core/error.hpp"

namespace rackproof::nccl {
namespace {

using testing::HasSubstr;

constexpr double kLong_s = 3600;

class GuardTest : public testing::Test {
  protected:
    /// Until the communicator is aborted; the test's own time limit bounds it.
    void wait_for_abort() const { aborts_.wait(0); }
    std::string words() {
        try {
            guard_.end();
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }
    std::atomic<bool> errs_ = false;
    std::atomic<int> aborts_ = 0;
    Guard guard_{{[this] { return errs_ ? std::string{"remote error"} : std::string{}; },
                  [this] {
                      ++aborts_;
                      aborts_.notify_all();
                  }}};
};

TEST_F(GuardTest, LetsPassWhatIsDoneInTime) {
    guard_.begin("all_reduce of 8 bytes", kLong_s);
    EXPECT_EQ(words(), "");
    EXPECT_FALSE(guard_.has_aborted());
    EXPECT_EQ(aborts_, 0);
}

TEST_F(GuardTest, AbortsWhatTakesTooLong) {
    guard_.begin("all_reduce of 8 bytes", 0.001);
    wait_for_abort();
    EXPECT_THAT(words(), HasSubstr("all_reduce of 8 bytes was not done within 0.001 s"));
    EXPECT_TRUE(guard_.has_aborted());
    EXPECT_THROW(guard_.check(), Error) << "nothing works any more";
    EXPECT_EQ(aborts_, 1);
}

TEST_F(GuardTest, AbortsOnAnAsynchronousError) {
    guard_.begin("all_reduce of 8 bytes", kLong_s);
    errs_ = true;
    wait_for_abort();
    EXPECT_THAT(words(), HasSubstr("asynchronous error: remote error"));
}

TEST_F(GuardTest, SeesAnErrorWhileNothingRuns) {
    errs_ = true;
    wait_for_abort();
    EXPECT_THROW(guard_.check(), Error);
}

}  // namespace
}  // namespace rackproof::nccl
