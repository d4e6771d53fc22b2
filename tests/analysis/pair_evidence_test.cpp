#include "analysis/pair_evidence.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

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

/// What makes 1 / e a bound for false alarms: its mean over drawn parts is at most 1, whatever the
/// share of slow pairs, for small parts and for large ones.
TEST(PairEvidence, IsAnEValue) {
    std::mt19937_64 random{20261128};
    for (const auto& [all, size] : {std::pair{60U, 6U}, std::pair{400U, 100U}}) {
        const PairScales scales{all};
        for (const double share : {0.02, 0.2, 0.5}) {
            const auto slow = static_cast<std::uint32_t>(share * all);
            double sum = 0;
            constexpr int kDraws = 20'000;
            for (int i = 0; i < kDraws; ++i) {
                std::uint32_t on = 0;
                for (std::uint32_t drawn = 0; drawn < size; ++drawn) {
                    const double left = static_cast<double>(slow - on) / (all - drawn);
                    on += std::uniform_real_distribution<double>{}(random) < left ? 1 : 0;
                }
                const auto found = scales.weigh(tally(size - on, on), tally(all - slow, slow), 1);
                sum += found ? std::exp(found->log_e) : 1.0;
            }
            // those with fewer than two slow pairs are never found: to count them as 1 says more
            EXPECT_LT(sum / kDraws, 1.5) << all << " " << share;
        }
    }
}

}  // namespace
}  // namespace rackproof
