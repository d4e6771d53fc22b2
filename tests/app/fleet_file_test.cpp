#include "app/fleet_file.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <fstream>

#include "core/error.hpp"
#include "tests/support/refusal.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

template <class Parse>
std::string refusal(Parse parse, const std::string& text) {
    return test::refusal([&] { (void)parse(text, "f"); });
}

std::string toml_refusal(const std::string& text) { return refusal(parse_fleet_toml, text); }
std::string csv_refusal(const std::string& text) { return refusal(parse_fleet_csv, text); }

std::vector<std::string> names(const Fleet& fleet) {
    std::vector<std::string> all;
    for (const FleetNode& entry : fleet.nodes) all.push_back(entry.node.name);
    return all;
}

TEST(FleetToml, ReadsANodeWithAllItsFacts) {
    const std::string text =
        "[[node]]\nname = 'n001'\nrack = 'r1'\nrow = 'A'\nslot = '7'\nsku = 'h200'\n"
        "vendor = 'acme'\ndevices = 8\nlabels = { pdu = 'p1', 'leaf switch' = 's4' }\n"
        "[[node]]\nname = 'n002'\n";
    const Fleet fleet = parse_fleet_toml(text, "f");
    ASSERT_THAT(names(fleet), ElementsAre("n001", "n002"));
    const Node& node = fleet.nodes[0].node;
    EXPECT_EQ(node.rack, "r1");
    EXPECT_EQ(node.row, "A");
    EXPECT_EQ(node.slot, "7");
    EXPECT_EQ(node.sku, "h200");
    EXPECT_EQ(node.vendor, "acme");
    EXPECT_THAT(node.labels, ElementsAre(Pair("leaf switch", "s4"), Pair("pdu", "p1")));
    EXPECT_EQ(fleet.nodes[0].devices, 8);
    EXPECT_EQ(fleet.nodes[1].devices, std::nullopt);
    EXPECT_EQ(fleet.nodes[1].node.rack, "-");
    EXPECT_EQ(fleet.text, text);
}

TEST(FleetToml, ARackNamesManyNodesAtOnce) {
    const Fleet fleet = parse_fleet_toml(
        "[[rack]]\nname = 'r1'\nrow = 'B'\nnodes = 'n[001-003]'\ndevices = 4\n", "f");
    ASSERT_THAT(names(fleet), ElementsAre("n001", "n002", "n003"));
    EXPECT_EQ(fleet.nodes[2].node.rack, "r1");
    EXPECT_EQ(fleet.nodes[2].node.row, "B");
    EXPECT_EQ(fleet.nodes[2].node.slot, "3");
    EXPECT_EQ(fleet.nodes[2].devices, 4);
}

TEST(FleetToml, SaysWhereAndWhatIsWrong) {
    EXPECT_THAT(toml_refusal("[[node]]\nname = 'n1; reboot'\n"),
                HasSubstr("f:2:8: 'n1; reboot' is no host name"));
    EXPECT_THAT(toml_refusal("[[node]]\nrack = 'r'\n"), HasSubstr("'name' is missing"));
    EXPECT_THAT(toml_refusal("[[node]]\nname = 'n1'\n[[node]]\nname = 'n1'\n"),
                HasSubstr("f:4:8: a second node named 'n1'; the first is in line 2"));
    EXPECT_THAT(toml_refusal("[[rack]]\nname = 'r'\nnodes = 'n[1-2],n1'\n"),
                HasSubstr("a second node named 'n1'"));
    EXPECT_THAT(toml_refusal("[[node]]\nname = 'n1'\ndevices = 0\n"),
                HasSubstr("f:3:11: 'devices' is 0"));
    EXPECT_THAT(toml_refusal("[[node]]\nname = 'n1'\nracks = 'r'\n"),
                HasSubstr("f:3:1: unknown key 'racks'"));
    EXPECT_THAT(toml_refusal("[[node]]\nname = 'n1'\nlabels = { a = 3 }\n"),
                HasSubstr("label 'a' is a whole number; expected a text"));
    EXPECT_THAT(toml_refusal("[[node]]\nname = 'n1'\nrack = \"a\\u0007b\"\n"),
                HasSubstr("'rack' is no plain text"));
    EXPECT_THAT(toml_refusal("[[rack]]\nname = 'r'\nnodes = 'n[1-'\n"), HasSubstr("f:3:9:"));
    EXPECT_THAT(toml_refusal(""), HasSubstr("names no node"));
}

TEST(FleetCsv, ReadsColumnsInAnyOrderAndLabels) {
    const Fleet fleet =
        parse_fleet_csv("rack,node,devices,pdu\nr1,n001,8,p1\nr2,\"n002\",,\n", "f");
    ASSERT_THAT(names(fleet), ElementsAre("n001", "n002"));
    EXPECT_EQ(fleet.nodes[0].node.rack, "r1");
    EXPECT_EQ(fleet.nodes[0].devices, 8);
    EXPECT_THAT(fleet.nodes[0].node.labels, ElementsAre(Pair("pdu", "p1")));
    EXPECT_EQ(fleet.nodes[1].devices, std::nullopt);
    EXPECT_TRUE(fleet.nodes[1].node.labels.empty());
    EXPECT_EQ(fleet.nodes[1].node.sku, "unknown");
}

TEST(FleetCsv, SaysWhereAndWhatIsWrong) {
    EXPECT_THAT(csv_refusal(""), HasSubstr("is empty"));
    EXPECT_THAT(csv_refusal("rack\nr1\n"), HasSubstr("there is no column 'node'"));
    EXPECT_THAT(csv_refusal("node,rack,rack\n"), HasSubstr("f:1:11: a second column named 'rack'"));
    EXPECT_THAT(csv_refusal("node,\nn1,\n"), HasSubstr("f:1:6: a column without a name"));
    EXPECT_THAT(csv_refusal("node,rack\nn1\n"), HasSubstr("f:2:1: the line has 1 fields"));
    EXPECT_THAT(csv_refusal("node\nn1\n$x\n"), HasSubstr("f:3:1: '$x' is no host name"));
    EXPECT_THAT(csv_refusal("rack,node\nr,n1\nr,n1\n"),
                HasSubstr("f:3:3: a second node named 'n1'; the first is in line 2"));
    EXPECT_THAT(csv_refusal("node,devices\nn1,4.5\n"), HasSubstr("f:2:4: '4.5' is no count"));
    EXPECT_THAT(csv_refusal("node\n"), HasSubstr("names no node"));
}

TEST(ReadFleet, TheNameSaysWhichFormat) {
    const auto folder = std::filesystem::temp_directory_path();
    const std::string stem = "rackproof-fleet-" + std::to_string(::getpid());
    const auto csv = folder / (stem + ".csv");
    const auto toml = folder / (stem + ".toml");
    std::ofstream{csv} << "node\nn1\n";
    std::ofstream{toml} << "[[node]]\nname = 'n2'\n";
    EXPECT_THAT(names(read_fleet(csv)), ElementsAre("n1"));
    EXPECT_THAT(names(read_fleet(toml)), ElementsAre("n2"));
    std::filesystem::remove(csv);
    std::filesystem::remove(toml);
    EXPECT_THROW((void)read_fleet(toml), InputError);
}

}  // namespace
}  // namespace rackproof
