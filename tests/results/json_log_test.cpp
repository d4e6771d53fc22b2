#include "results/json_log.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "tests/support/refusal.hpp"

namespace rackproof::logs {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kPlacedJson = R"({
  "a": [1,
        {"b/c": "x, ]",
         "d": 5}],
  "e": null
})";

TEST(JsonLine, IsWhereTheValueStands) {
    EXPECT_EQ(json_line(kPlacedJson, ""), 1);
    EXPECT_EQ(json_line(kPlacedJson, "/a/0"), 2);
    EXPECT_EQ(json_line(kPlacedJson, "/a/1/b~1c"), 3);
    EXPECT_EQ(json_line(kPlacedJson, "/a/1/d"), 4);
    EXPECT_EQ(json_line(kPlacedJson, "/e"), 5);
}

class JsonValues : public testing::Test {
  protected:
    JsonValues() : log_{"a.json", kPlacedJson, BadRows::Refuse}, document_(parse_json_log(log_)) {}

    template <class Read>
    std::string refusal(Read read) const {
        try {
            read(JsonValue{log_, document_, ""});
        } catch (const InputError& error) {
            return error.what();
        }
        return "";
    }

    LogText log_;
    nlohmann::json document_;
};

TEST_F(JsonValues, SayWhereTheyAreNotWhatWasExpected) {
    EXPECT_THAT(refusal([](const JsonValue& root) { (void)root.at("zz"); }),
                HasSubstr("a.json:1: the document has no member 'zz'"));
    EXPECT_THAT(refusal([](const JsonValue& root) {
                    root.at("a").each_element([](const JsonValue& element) {
                        if (element.is_object()) (void)element.at("d").text();
                    });
                }),
                HasSubstr("a.json:4: '/a/1/d' is no text"));
    EXPECT_THAT(refusal([](const JsonValue& root) {
                    root.at("a").each_element([](const JsonValue& element) {
                        if (element.is_object()) (void)element.at("d").whole(4);
                    });
                }),
                HasSubstr("is no whole number from 0 to 4"));
}

TEST_F(JsonValues, NullIsNotThere) {
    EXPECT_FALSE(JsonValue(log_, document_, "").find("e"));
    EXPECT_TRUE(JsonValue(log_, document_, "").find("a"));
}

std::string refusal_of_text(const std::string& text) {
    return test::refusal([&] { (void)parse_json_log({"a.json", text, BadRows::Refuse}); });
}

TEST(ParseJsonLog, HalfADocumentIsRefusedWithItsLine) {
    EXPECT_THAT(refusal_of_text("{\"a\": 1,\n\"b\": [1,"), StartsWith("a.json:2: is no JSON"));
    EXPECT_THAT(refusal_of_text(""), StartsWith("a.json:1:"));
}

TEST(ParseJsonLog, AKeyTwiceIsRefused) {
    EXPECT_THAT(refusal_of_text(R"({"a": {"k": 1, "k": 2}})"), HasSubstr("the key 'k' twice"));
    EXPECT_EQ(refusal_of_text(R"({"a": {"k": 1}, "b": {"k": 2}})"), "");
}

TEST(LooksLikeJson, ByItsFirstSign) {
    EXPECT_TRUE(looks_like_json(" \n{"));
    EXPECT_FALSE(looks_like_json("# nThread 1"));
    EXPECT_FALSE(looks_like_json(""));
}

}  // namespace
}  // namespace rackproof::logs
