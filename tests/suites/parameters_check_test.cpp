#include "suites/parameters_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/error.hpp"

namespace rackproof {
namespace {

using Kind = ParameterSpec::Kind;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class OneOfEach : public Suite {
  public:
    [[nodiscard]] std::string_view name() const override { return "each"; }
    [[nodiscard]] std::string_view summary() const override { return "one parameter of a kind"; }
    [[nodiscard]] Scope scope() const override { return Scope::Device; }
    [[nodiscard]] std::vector<ParameterSpec> parameters() const override {
        const auto spec = [](const char* name, Kind kind, ParameterValue value) {
            return ParameterSpec{.name = name,
                                 .kind = kind,
                                 .default_value = std::move(value),
                                 .minimum = 1,
                                 .maximum = 100,
                                 .allowed = {},
                                 .help = ""};
        };
        std::vector<ParameterSpec> specs{
            spec("count", Kind::Count, std::int64_t{3}),
            spec("bytes", Kind::Bytes, std::int64_t{8}),
            spec("seconds", Kind::Seconds, 1.5),
            spec("number", Kind::Number, 2.5),
            spec("text", Kind::Text, std::string{"red"}),
            spec("counts", Kind::Counts, std::vector<std::int64_t>{1, 2}),
            spec("texts", Kind::Texts, std::vector<std::string>{"red", "green"})};
        specs[4].allowed = specs[6].allowed = {"red", "green"};
        specs[1].maximum = 1e18;
        return specs;
    }
    [[nodiscard]] std::vector<CaseSpec> cases(const Parameters& /*parameters*/) const override {
        return {};
    }
    void run(const CaseSpec& /*lead*/, SuiteContext& /*context*/) const override {}
};

Parameters one(const char* name, ParameterValue value) {
    Parameters parameters;
    parameters.set(name, std::move(value));
    return parameters;
}

TEST(WithDefaults, FillsInEveryParameter) {
    const Parameters complete = with_defaults(OneOfEach{}, one("count", std::int64_t{7}));
    EXPECT_EQ(complete.all().size(), 7U);
    EXPECT_EQ(complete.integer("count"), 7);
    EXPECT_EQ(complete.integer("bytes"), 8);
    EXPECT_EQ(complete.text("text"), "red");
}

TEST(WithDefaults, MakesAWholeNumberRealWhereOneIsWanted) {
    const Parameters complete = with_defaults(OneOfEach{}, one("seconds", std::int64_t{2}));
    EXPECT_TRUE(std::holds_alternative<double>(complete.all().at("seconds")));
    EXPECT_DOUBLE_EQ(complete.real("seconds"), 2);
}

TEST(WithDefaults, NamesTheParametersThereAre) {
    EXPECT_THAT([] { (void)with_defaults(OneOfEach{}, one("cuont", std::int64_t{1})); },
                ThrowsMessage<InputError>(
                    AllOf(HasSubstr("suite each has no parameter 'cuont'"),
                          HasSubstr("count, bytes, seconds, number, text, counts, texts"))));
}

struct Refused {
    const char* name;
    ParameterValue value;
    const char* sentence;
};

class RefusedValue : public testing::TestWithParam<Refused> {};

TEST_P(RefusedValue, SaysWhatWasExpected) {
    EXPECT_THAT([] { (void)with_defaults(OneOfEach{}, one(GetParam().name, GetParam().value)); },
                ThrowsMessage<InputError>(GetParam().sentence));
}

INSTANTIATE_TEST_SUITE_P(
    Values, RefusedValue,
    testing::Values(
        Refused{"count", 2.5, "'count' is 2.5; expected a whole number from 1 to 100"},
        Refused{"count", std::int64_t{0}, "'count' is 0; expected a whole number from 1 to 100"},
        Refused{"count", std::int64_t{101},
                "'count' is 101; expected a whole number from 1 to 100"},
        Refused{"bytes", std::int64_t{-1},
                "'bytes' is -1; expected a whole number of bytes of at least 1"},
        Refused{"seconds", 0.5, "'seconds' is 0.5; expected a number of seconds from 1 to 100"},
        Refused{"number", std::numeric_limits<double>::quiet_NaN(),
                "'number' is null; expected a number from 1 to 100"},
        Refused{"number", std::numeric_limits<double>::infinity(),
                "'number' is null; expected a number from 1 to 100"},
        Refused{"number", std::string{"7"}, "'number' is \"7\"; expected a number from 1 to 100"},
        Refused{"text", std::string{"blue"},
                "'text' is \"blue\"; expected a text out of red, green"},
        Refused{"text", std::int64_t{1}, "'text' is 1; expected a text out of red, green"},
        Refused{"counts", std::vector<std::int64_t>{5, 1000},
                "'counts' is [5,1000]; expected a list of whole numbers, not empty, from 1 to 100"},
        Refused{"counts", std::vector<std::int64_t>{},
                "'counts' is []; expected a list of whole numbers, not empty, from 1 to 100"},
        Refused{"texts", std::vector<std::string>{"red", "blue"},
                "'texts' is [\"red\",\"blue\"]; expected a list of texts, not empty, out of red, "
                "green"},
        Refused{"texts", std::vector<std::string>{},
                "'texts' is []; expected a list of texts, not empty, out of red, green"}));

TEST(WithDefaults, TakesTheBoundsThemselves) {
    EXPECT_EQ(with_defaults(OneOfEach{}, one("count", std::int64_t{1})).integer("count"), 1);
    EXPECT_EQ(with_defaults(OneOfEach{}, one("count", std::int64_t{100})).integer("count"), 100);
}

}  // namespace
}  // namespace rackproof
