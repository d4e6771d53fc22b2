#include "app/text_difference.hpp"

#include <gmock/gmock.h>

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TextDifference, EqualTextsHaveNone) {
    EXPECT_EQ(text_difference("", ""), "");
    EXPECT_EQ(text_difference("a\nb\n", "a\nb\n"), "");
}

TEST(TextDifference, ShowsWhatChangedWithItsLine) {
    EXPECT_EQ(text_difference("a\nb = 1\nc\n", "a\nb = 2\nc\n"), "\n  - 2: b = 1\n  + 2: b = 2");
    EXPECT_EQ(text_difference("a\nc\n", "a\nb\nc\n"), "\n  + 2: b");
    EXPECT_EQ(text_difference("a\nb\nc\n", "a\nc\n"), "\n  - 2: b");
    EXPECT_EQ(text_difference("", "new\n"), "\n  + 1: new");
}

TEST(TextDifference, EqualLinesInAChangeAreCountedOnOneSideOnly) {
    EXPECT_EQ(text_difference("x\nx\n", "x\nx\nx\n"), "\n  + 3: x");
}

TEST(TextDifference, ShowsALastLineThatDoesNotEnd) {
    EXPECT_EQ(text_difference("a\n", "a"), "\n  - 1: a\n  + 1: a (without a newline)");
}

TEST(TextDifference, LongOnesAreCutAndCounted) {
    std::string long_text;
    for (int i = 0; i < 100; ++i) long_text += "line " + std::to_string(i) + "\n";
    const std::string shown = text_difference("x\n", long_text);
    EXPECT_THAT(shown, HasSubstr("+ 4: line 3\n"));
    EXPECT_THAT(shown, Not(HasSubstr("line 4")));
    EXPECT_THAT(shown, HasSubstr("+ and 96 more lines"));
    EXPECT_LT(text_difference("x\n", std::string(10'000, 'y')).size(), 500U);
}

TEST(TextDifference, WhatATerminalWouldObeyIsNotShown) {
    EXPECT_THAT(text_difference("\x1b[2Jx\n", "x\n"), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace rackproof
