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

Cohort rates() {
    Cohort cohort;
    cohort.metric.unit = "B/s";
    cohort.metric.better = Direction::HigherIsBetter;
    cohort.centre = cohort.scale = 200;
    return cohort;
}

const Within kUsual{0.01, 1000, 8};

TEST(ShareOfGroup, ItsMembersCountRelativeToItsLevel) {
    const Group half{0, {}, 0.5};
    const Share share = share_of_group(rates(), half, 0, {0.006, 60, 8}, kUsual);
    EXPECT_DOUBLE_EQ(share.worse, 0.5);
    EXPECT_DOUBLE_EQ(share.unit, 0.5);

    Member member;  // a tenth slower than the others of its group, at 90 of 200
    member.worse = 0.55;
    expect(member, share);
    EXPECT_NEAR(member.worse, 0.1, 1e-12);
    EXPECT_NEAR(rates().value_at(member.expected), 100, 1e-9);
    EXPECT_NEAR(rates().value_at(member.expected + member.unit * member.worse), 90, 1e-9);
}

TEST(ShareOfGroup, ItsOwnScatterMayForbidThat) {
    const Group half{0, {}, 0.5};
    const auto unit = [&](double scatter, double freedom) {
        return share_of_group(rates(), half, 0, {scatter, freedom, 8}, kUsual).unit;
    };
    EXPECT_NEAR(unit(0.01, 1000), 0.95, 0.01);  // as the others scatter, surely
    EXPECT_EQ(unit(0.03, 1000), 1);             // no more than they do
    EXPECT_DOUBLE_EQ(unit(0.01, 2), 0.5);       // of few it says nothing
    EXPECT_DOUBLE_EQ(unit(0.01, 0), 0.5);
}

TEST(ShareOfGroup, WhatIsSlowInTimeScattersByMore) {
    Cohort times = rates();
    times.metric.better = Direction::LowerIsBetter;
    const Group twice{0, {}, 1.0};
    EXPECT_DOUBLE_EQ(share_of_group(times, twice, 0, {0.02, 60, 8}, kUsual).unit, 2);
    EXPECT_LT(share_of_group(times, twice, 0, {0.01, 1000, 8}, kUsual).unit, 1.06);
}

TEST(ShareOfGroup, KelvinHaveNoLevelAndTheScatterOfAWarmerGroupTellsItsUnit) {
    Cohort heat = rates();
    heat.metric.unit = "degC";
    const auto unit = [&](double worse, double scatter, double freedom) {
        return share_of_group(heat, {0, {}, worse}, 0, {scatter, freedom, 8}, kUsual).unit;
    };
    EXPECT_EQ(unit(10, 0.01, 56), 1);
    EXPECT_NEAR(unit(10, 0.014, 56), 1.35, 0.01);  // shrunk a little
    EXPECT_LT(unit(10, 0.014, 7), 1.2);            // of few by more
    EXPECT_EQ(unit(10, 0.014, 0), 1);
    EXPECT_EQ(unit(10, 0.005, 56), 1) << "nobody's differences are blown up";
    EXPECT_EQ(unit(10, 0.5, 56), 2) << "at the most";
    EXPECT_EQ(unit(-10, 0.014, 56), 1) << "of a cooler one";
}

TEST(ShareOfGroup, IsTakenAboutTheCentre) {
    const Share share = share_of_group(rates(), {0, {}, 0.5}, 0.2, {0.00625, 60, 8}, kUsual);
    EXPECT_DOUBLE_EQ(share.unit, 0.625);  // 100 of 160
    Member usual;                         // of the group
    usual.worse = 0.5;
    expect(usual, share);
    EXPECT_NEAR(usual.worse, 0.2, 1e-12);
    EXPECT_NEAR(rates().value_at(usual.expected + usual.unit * usual.worse), 100, 1e-9);
}

TEST(ScatterOf, NodesOfOneDeviceIsThatAmongThem) {
    const std::vector<Group> alone{{0, {1}, 1}, {1, {2}, 2}, {2, {3}, 3}, {3, {4}, 4}};
    EXPECT_EQ(scatter_of(alone, 0).freedom, 3);
    EXPECT_GT(scatter_of(alone, 0).spread, 0);
    const std::vector<Group> several{{0, {1, 1}, 1}, {1, {9, 9}, 9}};
    EXPECT_EQ(scatter_of(several, 0).spread, 0);
}

}  // namespace
}  // namespace rackproof
