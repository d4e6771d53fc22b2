#include "app/xid_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/refusal.hpp"
#include "tests/support/source_folder.hpp"

namespace rackproof::test {
namespace {

using ::testing::HasSubstr;

const std::string kTable = R"(version = "1"
[[xid]]
number = 79
name = "GPU has fallen off the bus"
severity = "error"
meaning = "gone"
next_step = "reseat it"
source = "catalogue"
)";

std::string xid_refusal(const std::string& from, const std::string& to) {
    std::string text = kTable;
    text.replace(text.find(from), from.size(), to);
    return test::refusal([&] { (void)parse_xid_table(text, "xid.toml"); });
}

TEST(XidFile, HoldsWhatEachNumberMeans) {
    const XidTable table = parse_xid_table(kTable, "xid.toml");
    EXPECT_EQ(table.version, "1");
    ASSERT_EQ(table.rows.count(79), 1U);
    EXPECT_EQ(table.rows.at(79).name, "GPU has fallen off the bus");
    EXPECT_EQ(table.rows.at(79).next_step, "reseat it");
}

TEST(XidFile, RefusesWithLineColumnAndWhatWasExpected) {
    EXPECT_THAT(xid_refusal("number = 79", "number = 0"), HasSubstr("xid.toml:3:10: "));
    EXPECT_THAT(xid_refusal("number = 79", "number = \"a\""), HasSubstr("xid.toml:3:10: "));
    EXPECT_THAT(xid_refusal("\"error\"", "\"bad\""),
                HasSubstr("xid.toml:5:12: 'bad' is no severity; expected info, warning or error"));
    EXPECT_THAT(xid_refusal("source = \"catalogue\"\n", ""), HasSubstr("source"));
    EXPECT_THAT(xid_refusal("\"gone\"", "\"\""), HasSubstr("xid.toml:6:11: 'meaning' is empty"));
    EXPECT_THAT(xid_refusal("meaning", "meening"), HasSubstr("xid.toml:2"));
    EXPECT_THAT(xid_refusal("source", "colour = 1\nsource"), HasSubstr("xid.toml:8:"));
    EXPECT_THAT(xid_refusal("version = \"1\"\n", ""), HasSubstr("version"));
    EXPECT_THAT(xid_refusal(kTable.substr(14), ""), HasSubstr("has no row"));
    EXPECT_THAT(xid_refusal(kTable.substr(14), kTable.substr(14) + kTable.substr(14)),
                HasSubstr("XID 79 stands twice"));
}

TEST(XidFile, TheShippedOneHasWhatTheDefinitionsName) {
    const XidTable table = read_xid_table(source_folder() / "plans/xid.toml");
    // First the application.
    for (const int number : {13, 31, 43, 45}) {
        ASSERT_EQ(table.rows.count(number), 1U) << number;
        EXPECT_EQ(table.rows.at(number).severity, "warning") << number;
        EXPECT_THAT(table.rows.at(number).next_step, HasSubstr("application")) << number;
    }
    // Drain, reset, test; a reset at convenience; evidence for a return; NVLink 5; the driver's
    // word.
    for (const int number :
         {48, 74, 79, 92, 94, 95, 119, 120, 140, 63, 64, 144, 145, 146, 147, 148, 149, 150, 154}) {
        ASSERT_EQ(table.rows.count(number), 1U) << number;
        EXPECT_EQ(table.rows.at(number).severity, "error") << number;
    }
}

}  // namespace
}  // namespace rackproof::test
