#include "reports/pair_table.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;

Judgement with_pairs() {
    PairFit fit;
    fit.metric = "pair.bandwidth";
    fit.suite = "pair";
    fit.met = 5;
    fit.possible = 6;
    fit.broke = 1;
    fit.rounds = 3;
    fit.spread = 0.012;
    fit.ends = {{"n0", -0.001, 3, false},
                {"n1", -0.41, 3, true},
                {"n2", 0.002, 2, false},
                {"n3", std::nullopt, 0, false}};
    fit.groups = {{"leaf s0", -0.2, 5, false}, {"leaf s1", 0.01, 1, false}};
    fit.cells = {{0, 1, -0.41}, {0, 2, -0.05}, {1, 2, -0.4}, {0, 3, std::nullopt}};
    Judgement judgement;
    judgement.run_complete = true;
    judgement.pairs.push_back(std::move(fit));
    return judgement;
}

TEST(PairTable, TellsOfCoverageAndOfTheWorst) {
    const std::string text = pair_table(with_pairs(), {.columns = 400});
    EXPECT_THAT(text, HasSubstr("pair.bandwidth - 5 of 6 pairs met in 3 rounds, a given one with a "
                                "chance of 83 %; 1 broke; healthy ones scatter by 1.2 %; worst "
                                "ends: n1 -41.0 % (3 pairs, to blame), n0 -0.1 % (3 pairs); worst "
                                "parts: leaf s0 -20.0 % (5 pairs)\n"));
}

TEST(PairTable, DrawsAHeatMap) {
    const std::string text = pair_table(with_pairs(), {.columns = 100});
    EXPECT_THAT(text, HasSubstr("  n0   4 + x\n  n1 4   4\n  n2 + 4\n  n3 x\n"));
}

TEST(PairTable, NoLineIsWiderThanThePage) {
    Judgement judgement = with_pairs();
    PairFit& fit = judgement.pairs[0];
    while (fit.ends.size() < kMostEndsOfHeatMap) {
        fit.ends.push_back(
            {"a-node-with-a-long-name-" + std::to_string(fit.ends.size()), 0, 1, false});
    }
    for (const int columns : {40, 60, 80, 132}) {
        std::istringstream stream{pair_table(judgement, {.columns = columns})};
        for (std::string line; std::getline(stream, line);) {
            EXPECT_THAT(display_width(line), Le(static_cast<std::size_t>(columns))) << line;
        }
    }
}

TEST(PairTable, StandsInTheVerdictTableOnlyWithPairs) {
    EXPECT_THAT(verdict_table(with_pairs(), {}), HasSubstr("\nPairs\n"));
    EXPECT_THAT(verdict_table(Judgement{}, {}), Not(HasSubstr("\nPairs\n")));
}

TEST(PairTable, TheJsonHasAllThatWasFitted) {
    const auto json = nlohmann::json::parse(verdict_json(with_pairs()));
    const auto& fit = json.at("pairs").at(0);
    EXPECT_EQ(fit.at("metric"), "pair.bandwidth");
    EXPECT_EQ(fit.at("met"), 5);
    EXPECT_NEAR(fit.at("chance_met").get<double>(), 5.0 / 6, 1e-12);
    EXPECT_EQ(fit.at("ends").at(1).at("to_blame"), true);
    EXPECT_TRUE(fit.at("ends").at(3).at("effect").is_null());
    EXPECT_EQ(fit.at("groups").at(0).at("of"), "leaf s0");
    EXPECT_EQ(fit.at("cells").at(3).at("second"), "n3");
    EXPECT_TRUE(fit.at("cells").at(3).at("effect").is_null());
}

TEST(PairTable, NamesFromOutsideAreMadePrintable) {
    Judgement judgement = with_pairs();
    judgement.pairs[0].ends[1].of = "n\x1b[31m1";
    EXPECT_THAT(pair_table(judgement, {}), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace rackproof
