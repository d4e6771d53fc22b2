#include "analysis/fleet_nights.hpp"

#include <gmock/gmock.h>

namespace rackproof {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kHour_s = 3600;
constexpr double kDay_s = 24 * kHour_s;

DatedRun run_at(double start_s, std::vector<std::int32_t> nodes, std::string plan = "nightly") {
    return {"", start_s, std::move(plan), std::move(nodes)};
}

TEST(NightsOf, PutsRunsInTheOrderOfTime) {
    const FleetNights found =
        nights_of({run_at(2 * kDay_s, {0, 1}), run_at(0, {0}), run_at(kDay_s, {1})}, 30);
    EXPECT_THAT(found.nights, ElementsAre(ElementsAre(1), ElementsAre(2), ElementsAre(0)));
    EXPECT_THAT(found.other_fleets, IsEmpty());
    EXPECT_EQ(found.older, 0);
}

TEST(NightsOf, RacksOfOneNightAreOneNightOfOneFleet) {
    const FleetNights found =
        nights_of({run_at(0, {0, 1}), run_at(2 * kHour_s, {2, 3}), run_at(kDay_s, {0, 1}),
                   run_at(kDay_s + 12 * kHour_s, {2, 3}), run_at(kDay_s + 12.1 * kHour_s, {0, 1})},
                  30);
    EXPECT_THAT(found.nights, ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3), ElementsAre(4)));
    EXPECT_THAT(found.other_fleets, IsEmpty());
}

TEST(NightsOf, OfTheLargestFleetAreLookedAt) {
    const FleetNights found =
        nights_of({run_at(0, {0, 1}), run_at(kHour_s, {7}, "smoke"), run_at(kDay_s, {1, 2}),
                   run_at(2 * kDay_s, {2, 3}), run_at(3 * kDay_s, {7, 8, 9}, "accept")},
                  30);
    EXPECT_THAT(found.nights, ElementsAre(ElementsAre(0), ElementsAre(2), ElementsAre(3)));
    EXPECT_THAT(found.other_fleets, ElementsAre(1, 4));
}

TEST(NightsOf, OfFleetsAsLargeTheOneThatRanLastIsLookedAt) {
    const FleetNights found =
        nights_of({run_at(2 * kDay_s, {2, 3}), run_at(0, {0, 1}), run_at(kDay_s, {4, 5})}, 30);
    EXPECT_THAT(found.nights, ElementsAre(ElementsAre(0)));
    EXPECT_THAT(found.other_fleets, ElementsAre(1, 2));
}

TEST(NightsOf, AnotherFleetsRunBeginsNoNight) {
    const FleetNights found = nights_of({run_at(0, {7}, "smoke"), run_at(11 * kHour_s, {0, 1}),
                                         run_at(22 * kHour_s, {0, 1}, "accept")},
                                        30);
    EXPECT_THAT(found.nights, ElementsAre(ElementsAre(1, 2)));
}

TEST(NightsOf, KeepsTheNewest) {
    const FleetNights found = nights_of(
        {run_at(0, {0}), run_at(kHour_s, {1}), run_at(kDay_s, {0}), run_at(2 * kDay_s, {0, 1})}, 2);
    EXPECT_THAT(found.nights, ElementsAre(ElementsAre(2), ElementsAre(3)));
    EXPECT_EQ(found.older, 2);
}

TEST(NightsOf, OfNothingAreNone) { EXPECT_THAT(nights_of({}, 30).nights, IsEmpty()); }

Node node_in(const std::string& name, const std::string& rack) {
    Node node;
    node.name = name;
    node.rack = rack;
    return node;
}

TEST(FleetRoster, KnowsANodeByItsNameAndTheNewestPlace) {
    FleetRoster roster;
    EXPECT_EQ(roster.add(node_in("n1", "r1"), 5), 0);
    EXPECT_EQ(roster.add(node_in("n2", "r1"), 5), 1);
    EXPECT_EQ(roster.add(node_in("n1", "r7"), 9), 0);
    EXPECT_EQ(roster.add(node_in("n1", "r2"), 7), 0);
    EXPECT_THAT(roster.nodes(),
                ElementsAre(PlacedNode{"n1", "r7", "-"}, PlacedNode{"n2", "r1", "-"}));
}

}  // namespace
}  // namespace rackproof
