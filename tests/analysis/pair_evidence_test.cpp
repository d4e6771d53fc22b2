#include "analysis/pair_evidence.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

namespace rackproof {
namespace {

PairTally tally(std::uint32_t fine, std::uint32_t slow) {
    PairTally counts;
    counts.free[0] = fine;
    counts.free[1] = slow;
    return counts;
}

TEST(PairEvidence, OneSlowPairTellsNothingOfItsEnds) {
    EXPECT_EQ(PairScales{100}.weigh(tally(5, 1), tally(99, 1), 1), std::nullopt);
}

TEST(PairEvidence, AllSlowPairsOnOnePartAreStrongEvidence) {
    // of 28 pairs 7 are slow, all of them those of one node of eight: 1 in C(28, 7) = 1,184,040
    const auto found = PairScales{28}.weigh(tally(0, 7), tally(21, 7), 1);
    ASSERT_TRUE(found);
    EXPECT_GT(found->log_e, std::log(1e5));
    EXPECT_LT(found->log_e, std::log(1'184'040.0));  // no e-value beats the chance itself
}

TEST(PairEvidence, AsManyAsElsewhereAreNone) {
    const auto found = PairScales{300}.weigh(tally(7, 3), tally(210, 90), 1);
    ASSERT_TRUE(found);
    EXPECT_LT(found->log_e, std::log(3.0));
}

TEST(PairEvidence, PairsThatAnotherFaultSlowsSayLittle) {
    PairTally part = tally(0, 2);
    part.masked[0] = 4;
    PairTally all = tally(98, 4);
    const PairScales scales{200};
    const double with = scales.weigh(part, all, 1)->log_e;
    part.masked[0] = 0;
    const double without = scales.weigh(part, all, 1)->log_e;
    part.free[0] = 4;
    const double fine = scales.weigh(part, all, 1)->log_e;
    EXPECT_LT(with, without);
    EXPECT_GT(with, fine);
}

TEST(PairEvidence, AFewOfALargePartTellIfAllSlowOnesAreAmongThem) {
    // all 26 slow of 304 are among the 119 of one part: 1 in C(304, 26) / C(119, 26) = 2e+12
    const auto found = PairScales{304}.weigh(tally(93, 26), tally(278, 26), 1);
    ASSERT_TRUE(found);
    EXPECT_GT(found->log_e, std::log(1e6));
    EXPECT_LT(found->log_e, std::log(2e12));
}

double log_choose(double from, double count) {
    return std::lgamma(from + 1) - std::lgamma(count + 1) - std::lgamma(from - count + 1);
}

/// What makes 1 / e a bound for false alarms: its mean over drawn parts is at most 1, whatever the
/// share of slow pairs, for small parts and for large ones.
TEST(PairEvidence, IsAnEValue) {
    for (const auto& [all, size] : {std::pair{60U, 6U}, std::pair{400U, 100U}}) {
        const PairScales scales{all};
        for (const double share : {0.02, 0.2, 0.5, 0.9}) {
            const auto slow = static_cast<std::uint32_t>(share * all);
            double mean = 0;
            for (std::uint32_t on = 2; on <= std::min(size, slow); ++on) {
                if (size - on > all - slow) continue;
                const auto found = scales.weigh(tally(size - on, on), tally(all - slow, slow), 1);
                ASSERT_TRUE(found);
                mean += std::exp(log_choose(size, on) + log_choose(all - size, slow - on) -
                                 log_choose(all, slow) + found->log_e);
            }
            EXPECT_LE(mean, 1 + 1e-9) << all << " " << share;
            if (share < 0.1) continue;
            EXPECT_GT(mean, 0.1) << all << " " << share;  // nor is it wasted
        }
    }
}

}  // namespace
}  // namespace rackproof
