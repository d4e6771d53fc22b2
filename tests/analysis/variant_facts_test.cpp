#include "analysis/variant_facts.hpp"

#include <gmock/gmock.h>

namespace rackproof {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;

Variant with(const std::string& parameters) { return {parameters, "tiled", "blas 1.0", "memory"}; }

TEST(VariantFacts, ReadsDigestAndOperations) {
    const VariantFacts facts =
        variant_facts(with(R"({"digest":"00ff","m":64,"operations":12,"threads":2})"));
    EXPECT_THAT(facts.digest, Optional(std::string{"00ff"}));
    EXPECT_THAT(facts.operations, Optional(12));
}

TEST(VariantFacts, AreAlikeWhateverTheDigestTheCountAndTheOrderOfNames) {
    const auto one = variant_facts(with(R"({"m":64,"n":32,"digest":"aa","operations":3})"));
    const auto other = variant_facts(with(R"({ "n": 32, "cores":"0-3", "digest":"bb", "m":64 })"));
    EXPECT_EQ(one.like, other.like);
}

TEST(VariantFacts, AreAlikeWhateverACalibrationHasChosen) {
    const auto one = variant_facts(with(R"({"m":64,"chosen":"id 66 tile 20"})"));
    const auto other = variant_facts(with(R"({"m":64,"chosen":"id 67 tile 15"})"));
    EXPECT_EQ(one.like, other.like);
    EXPECT_EQ(one.like, variant_facts(with(R"({"m":64})")).like);
}

TEST(VariantFacts, DifferWithAShapeAThreadOrALibrary) {
    const Variant usual = with(R"({"m":64,"threads":2})");
    Variant library = usual;
    library.library = "blas 1.1";
    EXPECT_NE(variant_facts(usual).like, variant_facts(library).like);
    EXPECT_NE(variant_facts(usual).like, variant_facts(with(R"({"m":64,"threads":1})")).like);
    EXPECT_NE(variant_facts(usual).like, variant_facts(with(R"({"m":65,"threads":2})")).like);
}

TEST(VariantFacts, HaveNeitherDigestNorOperationsWhereTheTextHasNone) {
    for (const char* text : {"", "{}", "null", "[1,2]", "{\"digest\":", R"({"digest":7})",
                             R"({"operations":"many"})", "{\"operations\":1e400}"}) {
        const VariantFacts facts = variant_facts(with(text));
        EXPECT_EQ(facts.digest, std::nullopt) << text;
        EXPECT_EQ(facts.operations, std::nullopt) << text;
    }
}

TEST(VariantFacts, SurviveTextThatNestsWithoutEnd) {
    const std::string deep(200'000, '[');
    EXPECT_EQ(variant_facts(with(deep)).like.parameters, deep);
    EXPECT_EQ(variant_facts(with("{\"a\":" + deep)).digest, std::nullopt);
}

TEST(VariantFacts, SurviveBytesThatAreNoText) {
    EXPECT_EQ(variant_facts(with("{\"digest\":\"\xff\xfe\"}")).digest, std::nullopt);
}

TEST(Difference, NamesOnlyWhatDiffers) {
    Variant mine = with("{}");
    mine.transport = "tcp";
    const std::string text = difference(mine, with("{}"));
    EXPECT_THAT(text, HasSubstr("transport 'tcp' instead of 'memory'"));
    EXPECT_THAT(text, Not(HasSubstr("algorithm")));
}

TEST(Difference, KeepsHostileTextOnOneShortLine) {
    Variant mine = with("{}");
    mine.algorithm = "a\n\x1b[2J" + std::string(5000, 'x');
    const std::string text = difference(mine, with("{}"));
    EXPECT_THAT(text, Not(HasSubstr("\n")));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_LT(text.size(), 300U);
}

}  // namespace
}  // namespace rackproof
