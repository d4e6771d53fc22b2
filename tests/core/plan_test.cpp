#include "core/plan.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace rackproof {
namespace {

/// The definition, as plain as can be: exponential, for short texts alone.
bool matches_by_definition(std::string_view pattern, std::string_view name) {
    if (pattern.empty()) return name.empty();
    if (pattern[0] != '*') {
        return !name.empty() && pattern[0] == name[0] &&
               matches_by_definition(pattern.substr(1), name.substr(1));
    }
    for (std::size_t taken = 0; taken <= name.size(); ++taken) {
        if (matches_by_definition(pattern.substr(1), name.substr(taken))) return true;
    }
    return false;
}

TEST(Matches, WithoutAStarMeansEqual) {
    EXPECT_TRUE(matches("gemm.fp64", "gemm.fp64"));
    EXPECT_FALSE(matches("gemm.fp64", "gemm.fp6"));
    EXPECT_FALSE(matches("gemm.fp64", "gemm.fp64.small"));
    EXPECT_FALSE(matches("gemm.fp64", "Gemm.fp64"));
    EXPECT_TRUE(matches("", ""));
    EXPECT_FALSE(matches("", "gemm"));
}

TEST(Matches, AStarStandsForAnyRun) {
    EXPECT_TRUE(matches("gemm.*", "gemm.fp64"));
    EXPECT_TRUE(matches("gemm.*", "gemm."));
    EXPECT_FALSE(matches("gemm.*", "gemm"));
    EXPECT_TRUE(matches("*", ""));
    EXPECT_TRUE(matches("*", "anything"));
    EXPECT_TRUE(matches("*.temperature", "burnin.fp64.temperature"));
    EXPECT_FALSE(matches("*.temperature", "burnin.fp64.temperatures"));
    EXPECT_TRUE(matches("collectives.*.256MiB", "collectives.all_reduce.256MiB"));
    EXPECT_TRUE(matches("**a**", "a"));
}

TEST(Matches, OnlyTheStarIsSpecial) {
    EXPECT_FALSE(matches("gemm?fp64", "gemm.fp64"));
    EXPECT_FALSE(matches("gemm.[a-z]", "gemm.f"));
    EXPECT_TRUE(matches("a.b", "a.b"));
    EXPECT_FALSE(matches("a.b", "axb"));
    EXPECT_TRUE(matches("a*", "a*"));
}

TEST(Matches, GoesBackWhenAStarTookTooLittle) {
    EXPECT_TRUE(matches("*ab", "aab"));
    EXPECT_TRUE(matches("*abc*abd", "abcababd"));
    EXPECT_FALSE(matches("*abc*abd", "abcababc"));
}

TEST(Matches, AgreesWithItsDefinitionOnEverything) {
    std::mt19937_64 random{99};
    const auto text_of = [&](std::string_view letters, std::size_t most) {
        std::string text(random() % (most + 1), ' ');
        for (char& c : text) c = letters[random() % letters.size()];
        return text;
    };
    int matched = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::string pattern = text_of("ab**", 6);
        const std::string name = text_of("ab", 8);
        ASSERT_EQ(matches(pattern, name), matches_by_definition(pattern, name))
            << "pattern '" << pattern << "', name '" << name << "'";
        if (matches(pattern, name)) ++matched;
    }
    EXPECT_GT(matched, 1000) << "the random texts hardly ever match: they test nothing";
}

TEST(Matches, ManyStarsDoNotTakeExponentialTime) {
    std::string pattern;
    for (int i = 0; i < 200; ++i) pattern += "*a";
    EXPECT_FALSE(matches(pattern + "b", std::string(5000, 'a')));
    EXPECT_TRUE(matches(pattern, std::string(5000, 'a')));
}

TEST(Over, ItsNameLeadsBackToIt) {
    for (const Over over : {Over::Node, Over::Pairs, Over::Group, Over::Rack}) {
        EXPECT_EQ(over_from(to_string(over)), over);
    }
    for (const std::string_view name : {"", "Node", "pair", "racks"}) {
        EXPECT_FALSE(over_from(name)) << name;
    }
}

}  // namespace
}  // namespace rackproof
