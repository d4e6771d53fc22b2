#include "analysis/groups.hpp"

#include <gmock/gmock.h>

namespace rackproof {
namespace {

TEST(WholesByChance, AreThoseOfABinomialDistribution) {
    EXPECT_DOUBLE_EQ(wholes_by_chance(160, 4, 0.25), 160.0 / 256);
    EXPECT_DOUBLE_EQ(wholes_by_chance(1, 8, 0.5), 9.0 / 256);  // one of eight may be good
    EXPECT_EQ(wholes_by_chance(100, 4, 0), 0);
    EXPECT_EQ(wholes_by_chance(100, 4, 1), 100);
}

TEST(AsAWhole, OneInEightMayBeGood) {
    Group group{0, {5, 5, 5, 5, 5, 5, 5, 0}, 5};
    EXPECT_TRUE(as_a_whole(group, 0));
    group.values[0] = 0;
    EXPECT_FALSE(as_a_whole(group, 0));
}

TEST(Within, IsTheSpreadAboutEachGroupsOwnMiddle) {
    std::vector<Group> groups;
    for (std::int32_t i = 0; i < 50; ++i) {
        const double level = 100.0 * i;
        groups.push_back({i, {level - 1, level, level, level + 1}, level});
    }
    const Within inside = within(groups, 0.1);
    EXPECT_EQ(inside.usual_size, 4U);
    EXPECT_EQ(inside.freedom, 150);
    EXPECT_LT(inside.spread, 3);
    EXPECT_GE(inside.spread, 0.1);
}

}  // namespace
}  // namespace rackproof
