#include "analysis/simulator/layout.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/analysis/simulator/scenarios.hpp"

namespace rackproof::simulator {
namespace {

TEST(Layout, NamesNodesByRackAndSlot) {
    Scenario scenario = test::fleet(20);
    scenario.nodes_per_rack = 8;
    scenario.racks_per_row = 2;
    const Layout layout = lay_out(scenario, 1);
    EXPECT_EQ(layout.racks(), 3);
    EXPECT_EQ(layout.nodes[0].name, "r00n00");
    EXPECT_EQ(layout.nodes[19].name, "r02n03");
    EXPECT_EQ(layout.nodes[19].rack, "r02");
    EXPECT_EQ(layout.nodes[19].row, "1");
    EXPECT_EQ(layout.nodes[19].slot, "3");
    EXPECT_EQ(layout.height_of(0), 0);
    EXPECT_EQ(layout.height_of(7), 1);
    std::set<std::string> names;
    for (const Node& node : layout.nodes) names.insert(node.name);
    EXPECT_EQ(names.size(), 20U);
}

TEST(Layout, CutsTheFleetIntoStretches) {
    Scenario scenario = test::fleet(20);
    scenario.devices_per_node = 4;
    const Layout layout = lay_out(scenario, 1);
    const Stretch rack = layout.stretch(FaultLevel::Rack, 2);  // the last, of four nodes
    EXPECT_EQ(rack.first_node, 16);
    EXPECT_EQ(rack.end_node, 20);
    EXPECT_EQ(rack.first_slot, 64);
    EXPECT_EQ(rack.end_slot, 80);
    const Stretch device = layout.stretch(FaultLevel::Device, 5);
    EXPECT_EQ(device.first_node, 1);
    EXPECT_EQ(device.first_slot, 5);
    EXPECT_EQ(device.end_slot, 6);
    EXPECT_EQ(layout.stretch(FaultLevel::Fleet, 0).end_slot, 80);
    EXPECT_EQ(layout.count(FaultLevel::Rack), 3);
    EXPECT_EQ(layout.count(FaultLevel::Fleet), 1);
}

TEST(Layout, DealsSkusInTheirShares) {
    Scenario scenario = test::fleet(160);
    SkuModel small;
    small.name = "small";
    small.fraction = 0.7;
    SkuModel large;
    large.name = "large";
    large.fraction = 0.3;
    large.devices_per_node = 4;
    scenario.skus = {small, large};
    const Layout layout = lay_out(scenario, 1);
    const auto of_large =
        std::ranges::count_if(layout.nodes, [](const Node& node) { return node.sku == "large"; });
    EXPECT_EQ(of_large, 48);  // 6 racks of 8
    EXPECT_EQ(layout.slots(), 112 * 8 + 48 * 4);
    for (std::size_t i = 0; i + 8 <= 160; i += 8) {
        EXPECT_EQ(layout.nodes[i].sku, layout.nodes[i + 7].sku) << "a rack is of one sku";
    }
    scenario.skus_by = Piece::Node;
    const Layout mixed = lay_out(scenario, 1);
    bool mixed_rack = false;
    for (std::size_t i = 0; i + 8 <= 160; i += 8) {
        mixed_rack = mixed_rack || mixed.nodes[i].sku != mixed.nodes[i + 7].sku;
    }
    EXPECT_TRUE(mixed_rack);
}

TEST(Populations, AreDealtByDeviceNodeOrRack) {
    Scenario scenario = test::fleet(64);
    for (const Piece piece : {Piece::Device, Piece::Node, Piece::Rack}) {
        Population part;
        part.fraction = 0.25;
        part.by = piece;
        scenario.populations.push_back(part);
    }
    const Layout layout = lay_out(scenario, 1);
    const auto members = deal_populations(scenario, layout, 1);
    ASSERT_EQ(members.size(), 3U);
    for (const auto& belongs : members) EXPECT_EQ(std::ranges::count(belongs, true), 128);
    for (std::size_t slot = 0; slot < 512; slot += 8) {
        EXPECT_EQ(members[1][slot], members[1][slot + 7]);
    }
    EXPECT_NE(members[0], members[1]);
}

}  // namespace
}  // namespace rackproof::simulator
