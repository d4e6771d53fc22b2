#include "analysis/pair_effects.hpp"

#include <gmock/gmock.h>

#include <random>

namespace rackproof {
namespace {

/// Medians of so many pairs each, which scatter by 1 %.
EffectsOfParts effects(std::size_t parts, std::size_t pairs, std::mt19937_64& random) {
    std::normal_distribution<double> noise{0, 0.01 / std::sqrt(static_cast<double>(pairs))};
    EffectsOfParts of_parts;
    for (std::size_t i = 0; i < parts; ++i) {
        of_parts.worse.emplace_back(noise(random));
        of_parts.of.push_back(pairs);
        of_parts.pairs.push_back(8);
    }
    return of_parts;
}

TEST(PairEffects, WhatIsOfFewPairsDoesNotTellHowHealthyPartsDiffer) {
    std::mt19937_64 random{1};
    EffectsOfParts usual = effects(400, 8, random);
    const double chance = healthy_parts(usual, 0.01, 1000)->tail(0.025);
    EXPECT_LT(chance, 1e-5);
    const EffectsOfParts of_one = effects(80, 1, random);  // the others' are explained
    usual.worse.insert(usual.worse.end(), of_one.worse.begin(), of_one.worse.end());
    usual.of.insert(usual.of.end(), of_one.of.begin(), of_one.of.end());
    usual.pairs.insert(usual.pairs.end(), of_one.pairs.begin(), of_one.pairs.end());
    EXPECT_EQ(healthy_parts(usual, 0.01, 1000)->tail(0.025), chance);
}

TEST(PairEffects, ATooSmallFabricTellsNothing) {
    EXPECT_FALSE(healthy_parts({}, 0.01, 0).has_value());
}

}  // namespace
}  // namespace rackproof
