#include "analysis/fabric.hpp"

#include <gmock/gmock.h>

#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using rackproof::test::make_fleet;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> names(const std::vector<Grouping>& groupings) {
    std::vector<std::string> all;
    for (const Grouping& grouping : groupings) all.push_back(grouping.name);
    return all;
}

TEST(Fabric, LabelsThatNameItComeFirst) {
    rackproof::Run run = make_fleet(32, 1);  // two racks
    for (std::size_t i = 0; i < run.nodes.size(); ++i) {
        run.nodes[i].labels["Leaf_Switch"] = "s" + std::to_string(i / 8);
        run.nodes[i].labels["pdu"] = std::to_string(i / 4);
    }
    const std::vector<Grouping> groupings = groupings_of_nodes(run);
    ASSERT_THAT(names(groupings), ElementsAre("Leaf_Switch", "rack"));
    EXPECT_THAT(groupings[0].names, ElementsAre("s0", "s1", "s2", "s3"));
    EXPECT_EQ(groupings[0].group_of[8], 1);
}

TEST(Fabric, OfTwoThatDivideAlikeTheLabelStands) {
    rackproof::Run run = make_fleet(32, 1);
    for (std::size_t i = 0; i < run.nodes.size(); ++i) {
        run.nodes[i].labels["leaf"] = i < 16 ? "b" : "a";
    }
    EXPECT_THAT(names(groupings_of_nodes(run)), ElementsAre("leaf"));
}

TEST(Fabric, WhatTellsNobodyApartIsNone) {
    EXPECT_THAT(groupings_of_nodes(make_fleet(8, 1)), IsEmpty());  // one rack
    rackproof::Run run = make_fleet(4, 1);
    for (std::size_t i = 0; i < 4; ++i) run.nodes[i].labels["leaf"] = std::to_string(i);
    EXPECT_THAT(groupings_of_nodes(run), IsEmpty());  // each node its own
}

TEST(Fabric, WhoHasNoLabelIsInNoGroup) {
    rackproof::Run run = make_fleet(6, 1);
    for (std::size_t i = 0; i < 4; ++i) run.nodes[i].labels["rail"] = std::to_string(i / 2);
    const std::vector<Grouping> groupings = groupings_of_nodes(run);
    ASSERT_THAT(groupings, SizeIs(1));
    EXPECT_THAT(groupings[0].group_of, ElementsAre(0, 0, 1, 1, -1, -1));
}

TEST(Fabric, DevicesAreGroupedByTheirNodeFirst) {
    rackproof::Run run = make_fleet(32, 2);
    run.devices[5].node = 99;  // of no node of the run
    const std::vector<Grouping> groupings = groupings_of_devices(run);
    ASSERT_THAT(names(groupings), ElementsAre("node", "rack"));
    EXPECT_EQ(groupings[0].group_of[3], 1);
    EXPECT_EQ(groupings[0].group_of[5], -1);
    EXPECT_EQ(groupings[1].group_of[40], 1);
}

}  // namespace
}  // namespace rackproof
