#include "app/toml_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/toml_table.hpp"
#include "core/error.hpp"
#include "tests/support/refusal.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;

toml::table changed(std::string_view assignment) {
    toml::table document = parse_toml(R"(
name = "a"
[fleet]
nodes = 4
[[fault]]
size = 0.1
[[fault]]
size = [0.1, 0.2]
)",
                                      "file.toml");
    set_toml(document, assignment);
    return document;
}

std::string set_refusal(std::string_view assignment) {
    return test::refusal([&] { (void)changed(assignment); });
}

TEST(SetToml, ReplacesAddsAndReachesIntoLists) {
    EXPECT_EQ(changed("fleet.nodes=64")["fleet"]["nodes"].value<int>(), 64);
    EXPECT_EQ(changed("fleet.racks=2")["fleet"]["racks"].value<int>(), 2);
    EXPECT_EQ(changed("fault.1.size=0.5")["fault"][1]["size"].value<double>(), 0.5);
    EXPECT_EQ(changed("fault.0.size=[1, 2]")["fault"][0]["size"][1].value<int>(), 2);
    EXPECT_EQ(changed("fault.1.size.0=0.05")["fault"][1]["size"][0].value<double>(), 0.05);
    EXPECT_EQ(changed("run.deadline_s=5")["run"]["deadline_s"].value<int>(), 5);
    EXPECT_EQ(changed("fleet.nodes=64")["name"].value<std::string>(), "a") << "the rest stays";
}

TEST(SetToml, TakesWhatIsNoTomlAsAText) {
    EXPECT_EQ(changed("name=my fleet")["name"].value<std::string>(), "my fleet");
    EXPECT_EQ(changed("name=\"quoted\"")["name"].value<std::string>(), "quoted");
    EXPECT_EQ(changed("name=a=b")["name"].value<std::string>(), "a=b");
}

TEST(SetToml, RefusesPathsThatLeadNowhere) {
    EXPECT_THAT(set_refusal("nodes"), HasSubstr("expected KEY=VALUE"));
    EXPECT_THAT(set_refusal("=3"), HasSubstr("expected KEY=VALUE"));
    EXPECT_THAT(set_refusal("name.first=3"), HasSubstr("'first' is inside of a plain value"));
    EXPECT_THAT(set_refusal("fault.2.size=1"), HasSubstr("'2' is no position in the list"));
    EXPECT_THAT(set_refusal("fault.x.size=1"), HasSubstr("'x' is no position in the list"));
    EXPECT_THAT(set_refusal("fault.-1.size=1"), HasSubstr("no position"));
    EXPECT_THAT(set_refusal("name=1\nother=2"), HasSubstr("more than one"));
}

TEST(SetToml, LaterErrorsNameTheSettingInPlaceOfTheFile) {
    const toml::table document = changed("fleet.nodes=\"many\"");
    TomlTable table{*document["fleet"].as_table(), "file.toml", "fleet"};
    try {
        (void)table.integer("nodes", 1, 10);
        FAIL() << "it was taken";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("--set fleet.nodes:1:"));
    }
}

}  // namespace
}  // namespace rackproof
