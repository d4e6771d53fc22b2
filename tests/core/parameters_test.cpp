#include "core/parameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "core/error.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Parameters one_of_each() {
    Parameters parameters;
    parameters.set("size", std::int64_t{8192});
    parameters.set("seconds", 2.5);
    parameters.set("precision", std::string{"fp64"});
    parameters.set("sizes", std::vector<std::int64_t>{8, 32, -1});
    parameters.set("kernels", std::vector<std::string>{"copy", "triad"});
    return parameters;
}

template <class Read>
std::string message_of(Read read) {
    try {
        read();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

TEST(Parameters, GivesBackWhatWasSet) {
    const Parameters parameters = one_of_each();
    EXPECT_EQ(parameters.integer("size"), 8192);
    EXPECT_EQ(parameters.real("seconds"), 2.5);
    EXPECT_EQ(parameters.text("precision"), "fp64");
    EXPECT_THAT(parameters.integers("sizes"), ElementsAre(8, 32, -1));
    EXPECT_THAT(parameters.texts("kernels"), ElementsAre("copy", "triad"));
    EXPECT_TRUE(parameters.has("size"));
    EXPECT_FALSE(parameters.has("siz"));
}

TEST(Parameters, TakesAWholeNumberWhereARealOneIsAsked) {
    EXPECT_EQ(one_of_each().real("size"), 8192.0);
}

TEST(Parameters, RefusesARealNumberWhereAWholeOneIsAsked) {
    const Parameters parameters = one_of_each();
    EXPECT_THAT(message_of([&] { (void)parameters.integer("seconds"); }),
                HasSubstr("parameter seconds: it is not a whole number"));
}

TEST(Parameters, RefusesEveryOtherType) {
    const Parameters parameters = one_of_each();
    EXPECT_THROW((void)parameters.text("size"), Error);
    EXPECT_THROW((void)parameters.real("precision"), Error);
    EXPECT_THROW((void)parameters.integers("size"), Error);
    EXPECT_THROW((void)parameters.texts("sizes"), Error);
}

TEST(Parameters, SaysWhichNameIsMissing) {
    const Parameters parameters = one_of_each();
    EXPECT_THAT(message_of([&] { (void)parameters.integer("depth"); }),
                HasSubstr("parameter depth: not set"));
}

TEST(Parameters, TheLastValueStands) {
    Parameters parameters = one_of_each();
    parameters.set("size", std::string{"large"});
    EXPECT_EQ(parameters.text("size"), "large");
    EXPECT_EQ(parameters.all().size(), 5U);
}

TEST(ParametersJson, IsOneObjectInTheOrderOfNames) {
    EXPECT_EQ(one_of_each().json(),
              R"({"kernels":["copy","triad"],"precision":"fp64","seconds":2.5,"size":8192,)"
              R"("sizes":[8,32,-1]})");
    EXPECT_EQ(Parameters{}.json(), "{}");
}

TEST(ParametersJson, DoesNotDependOnTheOrderOfSetting) {
    Parameters first;
    first.set("a", std::int64_t{1});
    first.set("b", std::int64_t{2});
    Parameters second;
    second.set("b", std::int64_t{2});
    second.set("a", std::int64_t{1});
    EXPECT_EQ(first, second);
    EXPECT_EQ(first.json(), second.json());
}

TEST(ParametersJson, EmptyListsStayLists) {
    Parameters parameters;
    parameters.set("sizes", std::vector<std::int64_t>{});
    EXPECT_EQ(parameters.json(), R"({"sizes":[]})");
}

TEST(ParametersJson, NumbersReadBackExactly) {
    Parameters parameters;
    for (const double value : {0.1, 1e-300, 1.7976931348623157e308, -2.2250738585072014e-308}) {
        parameters.set("x", value);
        EXPECT_EQ(nlohmann::json::parse(parameters.json()).at("x").get<double>(), value);
    }
    parameters.set("x", std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(nlohmann::json::parse(parameters.json()).at("x").get<std::int64_t>(),
              std::numeric_limits<std::int64_t>::min());
}

TEST(ParametersJson, WhatJsonCannotSayIsNullAndNotANumber) {
    Parameters parameters;
    parameters.set("x", std::nan(""));
    EXPECT_EQ(parameters.json(), R"({"x":null})");
    parameters.set("x", -std::numeric_limits<double>::infinity());
    EXPECT_EQ(parameters.json(), R"({"x":null})");
}

TEST(JsonQuoted, EscapesQuotesBackslashesAndControls) {
    EXPECT_EQ(json_quoted(R"(a"b\c)"), R"("a\"b\\c")");
    EXPECT_EQ(json_quoted("line\nend\x1f"), R"("line\u000aend\u001f")");
    EXPECT_EQ(json_quoted(std::string_view{"\0", 1}), R"("\u0000")");
    EXPECT_EQ(json_quoted(""), R"("")");
}

TEST(JsonQuoted, KeepsUtf8AndReplacesWhatIsNot) {
    EXPECT_EQ(json_quoted("\u00b5s \u2713"), "\"\u00b5s \u2713\"");
    EXPECT_EQ(json_quoted("a\xffz"), "\"a\uFFFDz\"");
}

TEST(JsonQuoted, EveryByteParsesBack) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text(1, static_cast<char>(byte));
        const auto parsed = nlohmann::json::parse(json_quoted(text)).get<std::string>();
        EXPECT_EQ(parsed, byte < 0x80 ? text : "\uFFFD") << byte;
    }
}

}  // namespace
}  // namespace rackproof
