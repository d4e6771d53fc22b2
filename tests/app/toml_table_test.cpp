#include "app/toml_table.hpp"
#include "tests/support/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// The sentence with which `use` is refused; empty if it is not.
template <class Use>
std::string table_refusal(std::string_view text, Use use) {
    const toml::table document = parse_toml(text, "f.toml");
    TomlTable table{document, "f.toml", ""};
    return test::refusal([&] { use(table); });
}

TEST(TomlTable, GivesEachTypeAndNothingForWhatIsNotThere) {
    const toml::table document =
        parse_toml("a = 'x'\nb = 3\nc = 2.5\nd = true\ne = ['p', 'q']\n[t]\nz = 1\n", "f.toml");
    TomlTable table{document, "f.toml", ""};
    EXPECT_EQ(table.text("a"), "x");
    EXPECT_EQ(table.integer("b", 0, 9), 3);
    EXPECT_EQ(table.number("b"), 3.0);
    EXPECT_EQ(table.number("c"), 2.5);
    EXPECT_EQ(table.boolean("d"), true);
    EXPECT_THAT(table.texts("e"), ElementsAre("p", "q"));
    EXPECT_EQ(table.table("t")->integer("z", 0, 9), 1);
    EXPECT_EQ(table.text("none"), std::nullopt);
    EXPECT_EQ(table.duration_s("none"), std::nullopt);
    EXPECT_TRUE(table.texts("none").empty());
    EXPECT_TRUE(table.tables("none").empty());
    EXPECT_NO_THROW(table.refuse_unknown_keys());
}

TEST(TomlTable, RefusesAnotherTypeAtItsPlace) {
    EXPECT_THAT(table_refusal("a = 1", [](TomlTable& t) { (void)t.text("a"); }),
                StartsWith("f.toml:1:5: 'a' is a whole number; expected a text"));
    EXPECT_THAT(table_refusal("\na = 1.5", [](TomlTable& t) { (void)t.integer("a", 0, 9); }),
                StartsWith("f.toml:2:5: "));
    EXPECT_THAT(table_refusal("a = 'x'", [](TomlTable& t) { (void)t.number("a"); }),
                HasSubstr("expected a number"));
    EXPECT_THAT(table_refusal("a = [1]", [](TomlTable& t) { (void)t.texts("a"); }),
                HasSubstr("expected a list of texts"));
    EXPECT_THAT(table_refusal("a = 1", [](TomlTable& t) { (void)t.table("a"); }), HasSubstr("[a]"));
    EXPECT_THAT(table_refusal("a = {}", [](TomlTable& t) { (void)t.tables("a"); }),
                HasSubstr("[[a]]"));
    EXPECT_THAT(table_refusal("a = 1", [](TomlTable& t) { (void)t.boolean("a"); }),
                HasSubstr("true or false"));
}

TEST(TomlTable, RefusesWhatIsOutOfRange) {
    EXPECT_THAT(table_refusal("a = 10", [](TomlTable& t) { (void)t.integer("a", 0, 9); }),
                HasSubstr("from 0 to 9"));
    for (const char* text : {"a = 0", "a = -1", "a = -0.5"}) {
        EXPECT_THAT(table_refusal(text, [](TomlTable& t) { (void)t.duration_s("a"); }),
                    HasSubstr("above 0"));
    }
    for (const char* text : {"a = nan", "a = inf", "a = -inf"}) {
        EXPECT_THAT(table_refusal(text, [](TomlTable& t) { (void)t.number("a"); }),
                    HasSubstr("finite"));
    }
}

TEST(TomlTable, RefusesKeysThatNobodyAskedFor) {
    EXPECT_THAT(table_refusal("a = 1\nbb = 2",
                              [](TomlTable& t) {
                                  (void)t.integer("a", 0, 9);
                                  t.refuse_unknown_keys();
                              }),
                StartsWith("f.toml:2:1: unknown key 'bb'; expected one of: a"));
}

TEST(ParseToml, SaysWhereItIsNoToml) {
    EXPECT_THROW((void)parse_toml("a = ", "f.toml"), InputError);
    try {
        (void)parse_toml("a = 1\na = 2", "f.toml");
        FAIL() << "a duplicate was taken";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), StartsWith("f.toml:2:"));
    }
}

}  // namespace
}  // namespace rackproof
