#include "runners/case_times.hpp"

#include <gmock/gmock.h>

namespace rackproof {
namespace {

CaseSpec expected(double seconds) {
    CaseSpec spec;
    spec.expected_s = seconds;
    return spec;
}

TEST(CaseTimes, AFewLikeTasksAreNotBelievedMoreThanTheEstimate) {
    CaseTimes times;
    times.took(1, 100);
    times.took(1, 100);
    times.took(2, 100);
    EXPECT_EQ(times.typical(1, expected(5)).seconds, 5);
    EXPECT_EQ(times.typical(1, expected(5)).like, 0U);
    EXPECT_EQ(times.bound_s(1, expected(5), 10), 20);
}

TEST(CaseTimes, TheMedianOfLikeTasksIsWhatIsUsual) {
    CaseTimes times;
    for (const double seconds : {7.0, 500.0, 6.0}) times.took(1, seconds);
    EXPECT_EQ(times.typical(1, expected(5)).seconds, 7);
    EXPECT_EQ(times.typical(1, expected(5)).like, 3U);
    EXPECT_EQ(times.bound_s(1, expected(5), 10), 28);
}

TEST(CaseTimes, NoTaskIsCalledSlowAtOnce) {
    EXPECT_EQ(CaseTimes{}.bound_s(0, expected(0.1), 10), 10);
}

}  // namespace
}  // namespace rackproof
