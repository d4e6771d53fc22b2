#include "reports/html_data.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Base64, IsThatOfTheRfc) {
    // RFC 4648, section 10.
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("foob"), "Zm9vYg==");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64(std::string_view{"\xff\x00\xfe", 3}), "/wD+");
}

TEST(ScriptText, CannotLeaveItsElement) {
    const Json data{{"</script><script>", "<!-- & --> \u2028\u2029"}};
    const std::string text = script_text(data);
    for (const char* mark : {"<", ">", "&", "\u2028", "\u2029"}) {
        EXPECT_THAT(text, Not(HasSubstr(mark)));
    }
    EXPECT_EQ(Json::parse(text), data);
}

TEST(ScriptText, KeepsOtherCharactersThatBeginAlike) {
    const Json data{"\u2027\u202a\u20ac"};
    EXPECT_EQ(Json::parse(script_text(data)), data);
}

TEST(Cleaned, TakesMarksThatTurnTheWritingOutOfEveryText) {
    const Json data =
        cleaned({{"a", "x\u202ey"}, {"b", {1, "\x1b[2J", {{"c", "\r"}}}}, {"d", nullptr}});
    EXPECT_EQ(data["a"], "x\uFFFDy");
    EXPECT_EQ(data["b"][0], 1);
    EXPECT_THAT(data["b"][1].get<std::string>(), Not(HasSubstr("\x1b")));
    EXPECT_EQ(data["b"][2]["c"], "\uFFFD");
    EXPECT_TRUE(data["d"].is_null());
}

TEST(CleanLines, KeepsLinesAndTabsAndNothingElse) {
    EXPECT_EQ(clean_lines("a\tb\n\x1b[1m\u202e\n"), "a\tb\n\uFFFD[1m\uFFFD\n");
    const std::string two_long_lines = std::string(4000, 'x') + "\n" + std::string(4000, 'y');
    EXPECT_EQ(clean_lines(two_long_lines), two_long_lines);
}

TEST(Packed, TakesTheNarrowestTypeThatHoldsAll) {
    EXPECT_EQ(packed(std::vector<std::int32_t>{}), (Json{{"all", 0}, {"size", 0}}));
    EXPECT_EQ(packed(std::vector<std::int32_t>{7, 7, 7}), (Json{{"all", 7}, {"size", 3}}));
    EXPECT_EQ(packed(std::vector<std::int32_t>{0, 255}), (Json{{"type", "u8"}, {"data", "AP8="}}));
    EXPECT_EQ(packed(std::vector<std::int32_t>{1, 256}),
              (Json{{"type", "u16"}, {"data", base64(std::string_view{"\1\0\0\1", 4})}}));
    EXPECT_EQ(packed(std::vector<std::int32_t>{-1, 0})["type"], "i32");
    EXPECT_EQ(packed(std::vector<std::int32_t>{0, 65'536})["type"], "i32");
    EXPECT_EQ(packed(std::vector<float>{1.0F}), (Json{{"type", "f32"}, {"data", "AACAPw=="}}));
}

TEST(TextColumn, HoldsEachTextOnce) {
    TextColumn column;
    for (const char* text : {"a", "b", "a"}) column.add(text);
    EXPECT_EQ(column.json(),
              (Json{{"is", {"a", "b"}}, {"of", {{"type", "u8"}, {"data", "AAEA"}}}}));
}

TEST(Quantiser, IsAsNearAsItSays) {
    std::mt19937_64 random{1};
    std::uniform_real_distribution<double> exponent{-4, 8};
    const Quantiser quantiser{7.21e14, 3e12};
    for (int i = 0; i < 10'000; ++i) {
        const double distance = std::pow(10, exponent(random)) * (i % 2 == 0 ? 1 : -1);
        const double value = 7.21e14 + 3e12 * distance;
        const std::int32_t code = quantiser.code(value);
        EXPECT_GE(code, 1);
        EXPECT_LE(code, 65'535);
        const double error = std::abs(quantiser.value(code) - value) / 3e12;
        EXPECT_LE(error, 0.0005 * std::max(1.0, std::abs(distance))) << distance;
    }
}

TEST(Quantiser, HoldsTheCentreExactlyAndNoValueAsNone) {
    const Quantiser quantiser{5, 0.1};
    EXPECT_EQ(quantiser.value(quantiser.code(5)), 5);
    EXPECT_EQ(quantiser.code(std::numeric_limits<double>::quiet_NaN()), 0);
    EXPECT_EQ(quantiser.code(std::numeric_limits<double>::infinity()), 65'535);
    EXPECT_EQ(quantiser.code(-1e300), 1);
}

}  // namespace
}  // namespace rackproof
