#include "runners/pair_rounds.hpp"

#include <gmock/gmock.h>

#include <set>

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

TEST(PairRoundsTest, TheFirstRoundPairsNeighbours) {
    EXPECT_THAT(pair_rounds(6, 1), ElementsAre(ElementsAre(Pair(0, 1), Pair(2, 3), Pair(4, 5))));
    EXPECT_THAT(pair_rounds(2, 9), ElementsAre(ElementsAre(Pair(0, 1))));
}

TEST(PairRoundsTest, EveryPairMeetsOnceAndNobodyTwiceInARound) {
    for (std::int32_t count = 2; count <= 33; ++count) {
        const std::vector<PairRound> rounds = pair_rounds(count, 1000);
        ASSERT_THAT(rounds, SizeIs(static_cast<std::size_t>(count - 1 + count % 2)));
        std::set<std::pair<std::int32_t, std::int32_t>> met;
        for (const PairRound& round : rounds) {
            std::set<std::int32_t> playing;
            for (const auto& [first, second] : round) {
                ASSERT_TRUE(0 <= first && first < second && second < count);
                ASSERT_TRUE(playing.insert(first).second && playing.insert(second).second);
                ASSERT_TRUE(met.emplace(first, second).second) << first << " and " << second;
            }
            ASSERT_THAT(round, SizeIs(static_cast<std::size_t>(count / 2)));
        }
        ASSERT_THAT(met, SizeIs(static_cast<std::size_t>(count * (count - 1) / 2)));
    }
}

TEST(PairRoundsTest, NobodyToMeetAndNoRoundsAskedFor) {
    EXPECT_THAT(pair_rounds(1, 5), IsEmpty());
    EXPECT_THAT(pair_rounds(0, 5), IsEmpty());
    EXPECT_THAT(pair_rounds(4, 0), IsEmpty());
    EXPECT_THAT(pair_rounds(8, 3), SizeIs(3));
}

}  // namespace
}  // namespace rackproof
