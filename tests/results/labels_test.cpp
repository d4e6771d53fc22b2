#include "results/labels.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace rackproof::run_file {
namespace {

TEST(Labels, ComeBackAsTheyWere) {
    const std::map<std::string, std::string> labels{
        {"pdu", "a \"quoted\" \\ one"}, {"leaf switch", "лист\n4"}, {"", ""}};
    EXPECT_EQ(labels_from_json(labels_json(labels)), labels);
    EXPECT_EQ(labels_json({}), "{}");
    EXPECT_TRUE(labels_from_json("{}").empty());
}

TEST(Labels, AreReadFromOtherWritersJson) {
    const std::map<std::string, std::string> expected{{"a", "ä"}};
    EXPECT_EQ(labels_from_json(" { \"a\" : \"\\u00e4\" } "), expected);
}

TEST(Labels, AnythingButAnObjectOfTextsIsRefused) {
    for (const char* json : {"", "[]", "{", "{}{}", "null", "{\"a\":1}", "{\"a\":{}}", "\xFF"}) {
        EXPECT_THROW(static_cast<void>(labels_from_json(json)), Error) << json;
    }
}

TEST(Labels, AJsonObjectIsTold) {
    EXPECT_TRUE(is_json_object("{}"));
    EXPECT_TRUE(is_json_object(R"({"n":[1,2]})"));
    EXPECT_FALSE(is_json_object(""));
    EXPECT_FALSE(is_json_object("[1]"));
    EXPECT_FALSE(is_json_object("{} x"));
    EXPECT_FALSE(is_json_object(std::string(100'000, '[')));
}

}  // namespace
}  // namespace rackproof::run_file
