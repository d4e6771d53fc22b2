#include "reports/text_layout.hpp"

#include <gmock/gmock.h>

#include "core/utf8.hpp"

namespace rackproof {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ResultOf;

constexpr const char* kReplaced = "\xEF\xBF\xBD";

TEST(Clean, ReplacesWhatMovesACursorOrTurnsTheText) {
    EXPECT_EQ(clean("a\x1b[2J\nb"), std::string{"a"} + kReplaced + "[2J" + kReplaced + "b");
    EXPECT_EQ(clean("n1\u202Egood"), std::string{"n1"} + kReplaced + "good");
    EXPECT_EQ(clean("n1\u2066good\u2069"), std::string{"n1"} + kReplaced + "good" + kReplaced);
    EXPECT_EQ(clean("\xff"), kReplaced);
    EXPECT_EQ(clean("gr\u00fcn \u2026"), "gr\u00fcn \u2026");
}

TEST(Clean, CutsTextWithoutEnd) { EXPECT_LE(clean(std::string(1 << 24, 'x')).size(), 4096U); }

TEST(DisplayWidth, CountsColumnsNotBytes) {
    EXPECT_EQ(display_width("abc"), 3U);
    EXPECT_EQ(display_width("gr\u00fcn"), 4U);
    EXPECT_EQ(display_width("\u8282\u70b9"), 4U);  // two wide characters
    EXPECT_EQ(display_width("e\u0301"), 1U);       // a combining accent
    EXPECT_EQ(display_width("\U0001F600"), 2U);
}

TEST(Fitted, IsExactlyAsWideAsAsked) {
    EXPECT_EQ(fitted("abc", 5), "abc  ");
    EXPECT_EQ(fitted("abcdefghij", 7), "ab...ij");
    EXPECT_EQ(fitted("abc", 2), "..");
    EXPECT_EQ(fitted("abc", 0), "");
    for (std::size_t columns = 0; columns < 20; ++columns) {
        EXPECT_EQ(
            display_width(fitted("\u8282\u70b9-\u8282\u70b9-\u8282\u70b9-e\u0301xyz", columns)),
            columns);
    }
}

TEST(Fitted, KeepsBothEndsOfALongName) {
    EXPECT_EQ(fitted("cluster-rack12-node03", 15), "cluste...node03");
}

TEST(Wrapped, BreaksAtSpacesAndOnlyThenInWords) {
    EXPECT_THAT(wrapped("one two three", 7), ElementsAre("one two", "three"));
    EXPECT_THAT(wrapped("abcdefgh ij", 4), ElementsAre("abcd", "efgh", "ij"));
    EXPECT_THAT(wrapped("x abcdefgh", 4), ElementsAre("x", "abcd", "efgh"));
    EXPECT_THAT(wrapped("", 10), ElementsAre(""));
    EXPECT_THAT(wrapped("   ", 10), ElementsAre(""));
    EXPECT_THAT(wrapped("a  b", 10), ElementsAre("a b"));
}

TEST(Wrapped, NoLineIsWiderAndNoCharacterIsTorn) {
    std::string text;
    for (int i = 0; i < 50; ++i) text += i % 7 == 0 ? "\u8282\u70b9\u8282 " : "gr\u00fcne\u0301";
    for (const std::size_t columns : {2U, 3U, 10U, 41U}) {
        const auto lines = wrapped(text, columns);
        EXPECT_THAT(lines, Each(ResultOf(display_width, ::testing::Le(columns))));
        for (const std::string& line : lines) EXPECT_EQ(valid_utf8(line), line);
    }
}

TEST(Paragraph, IndentsAllButTheFirstLine) {
    EXPECT_EQ(paragraph("- ", 2, "one two three", 9), "- one two\n  three\n");
    EXPECT_THAT(paragraph("* ", 2, "", 9), HasSubstr("* \n"));
    EXPECT_THAT(paragraph("* ", 2, "word", 9), Not(HasSubstr("\n ")));
}

}  // namespace
}  // namespace rackproof
