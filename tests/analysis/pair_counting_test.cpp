#include "analysis/pair_counting.hpp"

#include <gmock/gmock.h>

namespace rackproof {
namespace {

using ::testing::ElementsAre;

const std::vector<PairObservation> kFourPairs{{0, 1, 0.0}, {0, 2, 0.2}, {0, 3, 0.5}, {1, 2, 0.2}};

/// All pairs of one end.
PairCandidate all_of_end(std::int32_t number, std::vector<std::size_t> on) {
    PairCandidate candidate;
    candidate.end = number;
    candidate.on = std::move(on);
    return candidate;
}

std::uint32_t masked_in(const PairTally& tally) {
    std::uint32_t sum = 0;
    for (const std::uint32_t each : tally.masked) sum += each;
    return sum;
}

TEST(PairCounting, WhatIsExplainedReachesFewerThresholds) {
    PairCounting counting{kFourPairs, {0.1, 0.3}};
    EXPECT_EQ(counting.level(0), 0U);
    EXPECT_EQ(counting.level(1), 1U);
    EXPECT_EQ(counting.level(2), 2U);
    EXPECT_EQ(counting.all().free[0], 1U);
    counting.explain(2, 0.3);
    EXPECT_FALSE(counting.is_free(2));
    EXPECT_EQ(counting.level(2), 1U);
    EXPECT_EQ(counting.level_alone(2), 2U);
    EXPECT_EQ(counting.all().masked[1], 1U);
    EXPECT_EQ(counting.all().free[2], 0U);
    EXPECT_THAT(counting.slow_on(all_of_end(0, {0, 1, 2}), 0), ElementsAre(1, 2));
    EXPECT_THAT(counting.worse_of({2, 0}), ElementsAre(0.5, 0.0));
    counting.explain(2, 0);
    EXPECT_TRUE(counting.is_free(2));
    EXPECT_EQ(counting.all().free[2], 1U);
}

TEST(PairCounting, WhatIsTakenOrExplainedIsNotFree) {
    PairCounting counting{kFourPairs, {0.1}};
    const PairCandidate all = all_of_end(0, {0, 1, 2});
    counting.explain(2, 0.6);
    const PairCounts free = counting.free_on(all, 0, {false, false, false, false});
    EXPECT_EQ(free.slow, 1);
    EXPECT_EQ(free.fine, 1);
    const PairCounts left = counting.free_on(all, 0, {false, true, false, false});
    EXPECT_EQ(left.slow, 0);
    EXPECT_EQ(left.fine, 1);
}

TEST(PairCounting, APairThatALargerFaultSlowsDownSaysNothing) {
    PairCounting counting{kFourPairs, {0.1}};
    const PairCandidate all = all_of_end(0, {0, 1, 2});
    counting.explain(2, 0.6);  // the others' slowness of 0.2 could not be seen in it
    EXPECT_EQ(masked_in(counting.tally_of(all, {})), 0U);
    EXPECT_EQ(counting.tally_of(all, {}).free[1], 1U);
    counting.explain(2, 0.05);  // here it could
    EXPECT_EQ(masked_in(counting.tally_of(all, {})), 1U);
    const std::vector<std::size_t> beside{2};
    EXPECT_EQ(masked_in(counting.tally_of(all, beside)), 0U);
}

TEST(PairCounting, WhereNothingIsFreeWhatIsExplainedTells) {
    PairCounting counting{kFourPairs, {0.1}};
    for (const std::size_t i : {0, 1, 2}) counting.explain(i, 0.6);
    EXPECT_EQ(masked_in(counting.tally_of(all_of_end(0, {0, 1, 2}), {})), 3U);
}

}  // namespace
}  // namespace rackproof
