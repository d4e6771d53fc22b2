#include "runners/device_pairs.hpp"

#include <gmock/gmock.h>

#include <numeric>
#include <set>

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Target> pairs_of(std::int32_t count, std::int32_t first = 0) {
    std::vector<std::int32_t> devices(static_cast<std::size_t>(count));
    std::iota(devices.begin(), devices.end(), first);
    return device_pairs(devices);
}

int rounds_in(const std::vector<Target>& pairs) {
    DeviceRounds rounds;
    int count = 0;
    for (const Target& pair : pairs) count += rounds.begins(0, pair) ? 1 : 0;
    return count;
}

TEST(DevicePairs, AreAllOrderedOnesOnceInAsFewRoundsAsThereCanBe) {
    for (const std::int32_t count : {2, 4, 7, 8, 72}) {
        const std::vector<Target> pairs = pairs_of(count, 3);
        const std::set<Target> each{pairs.begin(), pairs.end()};
        EXPECT_EQ(pairs.size(), static_cast<std::size_t>(count * (count - 1)));
        EXPECT_EQ(each.size(), pairs.size());
        for (const Target& pair : pairs) EXPECT_NE(pair.first, pair.second);
        const int players = count + count % 2;
        EXPECT_EQ(rounds_in(pairs), 2 * (players - 1)) << count;
    }
}

TEST(DevicePairs, GoBothWaysOneAfterTheOther) {
    EXPECT_THAT(pairs_of(2, 5), ElementsAre(Target{5, 6}, Target{6, 5}));
}

TEST(DevicePairs, ADeviceAloneSaysSo) {
    EXPECT_THAT(pairs_of(1, 4), ElementsAre(Target{4, 4}));
    EXPECT_THAT(pairs_of(0), IsEmpty());
}

TEST(DeviceRounds, AnotherCaseOrADeviceAtWorkBeginsOne) {
    DeviceRounds rounds;
    EXPECT_TRUE(rounds.begins(0, {0, 1}));
    EXPECT_FALSE(rounds.begins(0, {2, 3}));
    EXPECT_TRUE(rounds.begins(0, {4, 3}));
    EXPECT_FALSE(rounds.begins(0, {0, 1}));
    EXPECT_TRUE(rounds.begins(1, {5, 6}));
    EXPECT_TRUE(rounds.begins(1, {6, 5}));
}

}  // namespace
}  // namespace rackproof
