#include "core/utf8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>

namespace rackproof {
namespace {

constexpr std::string_view kBad = "\uFFFD";

std::string repeated(std::string_view text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
}

/// Judged by an independent decoder: nlohmann-json refuses to write anything but UTF-8.
bool is_utf8(const std::string& text) {
    try {
        (void)nlohmann::json(text).dump();
        return true;
    } catch (const nlohmann::json::type_error&) {
        return false;
    }
}

TEST(ValidUtf8, KeepsWellFormedTextOfEveryLength) {
    const std::string text =
        "a\u00b5\u20ac\U0001F600 \u07FF\u0800\uD7FF\uE000\uFFFF\U00010000"
        "\U0010FFFF";
    EXPECT_EQ(valid_utf8(text), text);
    EXPECT_EQ(valid_utf8(""), "");
    EXPECT_EQ(valid_utf8(std::string_view{"\0\x7f", 2}), (std::string{"\0\x7f", 2}));
}

TEST(ValidUtf8, RefusesOverlongForms) {
    EXPECT_EQ(valid_utf8("\xC0\x80"), repeated(kBad, 2));          // NUL in two bytes
    EXPECT_EQ(valid_utf8("\xC1\xBF"), repeated(kBad, 2));          // DEL in two bytes
    EXPECT_EQ(valid_utf8("\xE0\x80\xAF"), repeated(kBad, 3));      // '/' in three
    EXPECT_EQ(valid_utf8("\xE0\x9F\xBF"), repeated(kBad, 3));      // U+07FF in three
    EXPECT_EQ(valid_utf8("\xF0\x8F\xBF\xBF"), repeated(kBad, 4));  // U+FFFF in four
}

TEST(ValidUtf8, RefusesSurrogatesAndWhatLiesAboveUnicode) {
    EXPECT_EQ(valid_utf8("\xED\xA0\x80"), repeated(kBad, 3));      // U+D800
    EXPECT_EQ(valid_utf8("\xED\xBF\xBF"), repeated(kBad, 3));      // U+DFFF
    EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80"), repeated(kBad, 4));  // U+110000
    EXPECT_EQ(valid_utf8("\xF5\x80\x80\x80"), repeated(kBad, 4));
    EXPECT_EQ(valid_utf8("\xFE\xFF"), repeated(kBad, 2));
}

TEST(ValidUtf8, RefusesLoneAndMissingContinuations) {
    EXPECT_EQ(valid_utf8("a\x80z"), "a\uFFFDz");
    EXPECT_EQ(valid_utf8("a\xC3"), "a\uFFFD");
    EXPECT_EQ(valid_utf8("\xE2\x82z"), repeated(kBad, 2) + "z");
    EXPECT_EQ(valid_utf8("\xF0\x9F\x98"), repeated(kBad, 3));
    EXPECT_EQ(valid_utf8("\xC3\xC3\xA9"), "\uFFFD\u00e9");
}

TEST(ValidUtf8, AnyBytesBecomeUtf8) {
    std::mt19937_64 random{20260101};
    std::uniform_int_distribution<int> byte{0, 255};
    std::uniform_int_distribution<std::size_t> length{0, 24};
    for (int round = 0; round < 20'000; ++round) {
        std::string text(length(random), '\0');
        // Mostly high bytes: leads and continuations, so that near misses are common.
        std::ranges::generate(text, [&] { return static_cast<char>(byte(random) | 0x80); });
        if (round % 2 == 0) {
            std::ranges::generate(text, [&] { return static_cast<char>(byte(random)); });
        }
        const std::string cleaned = valid_utf8(text);
        ASSERT_TRUE(is_utf8(cleaned));
        ASSERT_EQ(valid_utf8(cleaned), cleaned);
        ASSERT_EQ(cleaned == text, is_utf8(text))
            << nlohmann::json::binary({text.begin(), text.end()});
    }
}

TEST(Printable, LetsNoControlCharacterThrough) {
    for (int c = 0; c < 0x20; ++c) EXPECT_EQ(printable(std::string(1, static_cast<char>(c))), kBad);
    EXPECT_EQ(printable("\x7f"), kBad);
    EXPECT_EQ(printable("\u0080\u009b\u009f"), repeated(kBad, 3));
    EXPECT_EQ(printable("\u00a0"), "\u00a0");
}

TEST(Printable, TakesTheTeethOutOfATerminalSequence) {
    EXPECT_EQ(printable("n1\x1b[2J\x1b]0;x\x07"), "n1\uFFFD[2J\uFFFD]0;x\uFFFD");
    EXPECT_EQ(printable("n1\nrackproof: all passed"), "n1\uFFFDrackproof: all passed");
}

TEST(Shortened, LeavesWhatFits) {
    EXPECT_EQ(shortened("12345", 5), "12345");
    EXPECT_EQ(shortened("", 0), "");
}

TEST(Shortened, CutsAndSaysSo) {
    EXPECT_EQ(shortened("1234567", 6), "123...");
    EXPECT_EQ(shortened("1234567", 3), "...");
}

TEST(Shortened, CutsBetweenCharacters) {
    const std::string text = "ab\u20ac\u20ac\u20ac";
    for (std::size_t most = 3; most < text.size(); ++most) {
        const std::string cut = shortened(text, most);
        EXPECT_LE(cut.size(), most);
        EXPECT_TRUE(cut.ends_with("..."));
        EXPECT_EQ(valid_utf8(cut), cut) << most;
    }
}

}  // namespace
}  // namespace rackproof
