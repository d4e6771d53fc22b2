#include "app/fleet_text.hpp"

#include <gmock/gmock.h>

#include "app/fleet_file.hpp"

namespace rackproof {
namespace {

FleetNode node(const std::string& name) {
    FleetNode entry;
    entry.node.name = name;
    return entry;
}

TEST(FleetText, IsReadBackAsWritten) {
    FleetNode full = node("n1");
    full.node.rack = "r1";
    full.node.row = "A";
    full.node.slot = "3";
    full.node.sku = "h200 \"x\" \\ ö";
    full.node.vendor = "v'";
    full.node.labels = {{"pdu", "p1 = [2]"}, {"leaf switch", "l#1"}};
    full.devices = 8;
    FleetNode out = node("n2");
    out.node.state = "drained*";
    out.node.labels = {{"reason", "bad DIMM \"A1\"; [x]"}, {"pdu", "p1"}};
    FleetNode labelled = node("n3");
    labelled.node.labels = {{"reason", "a label of a node that is up"}};
    const std::vector<FleetNode> nodes{full, out, labelled};
    EXPECT_EQ(parse_fleet_toml(fleet_text(nodes), "test").nodes, nodes);
}

}  // namespace
}  // namespace rackproof
