#include <gmock/gmock.h>

#include <sstream>

#include "reports/fleet_health_report.hpp"
#include "reports/text_layout.hpp"
#include "tests/reports/fleet_health_support.hpp"

namespace rackproof {
namespace {

using test::fleet_of_three_nights;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;

TEST(FleetHealthText, SaysWhatTheMorningNeeds) {
    const std::string text = fleet_health_text(fleet_of_three_nights(), {});
    EXPECT_THAT(text, HasSubstr("x FAIL     last night, 2026-01-03 04:00 UTC: 1 fail, 1 no data, 0 "
                                "watch, 1 pass,\n"
                                "           1 absent; 1 finding on who got worse\n"));
    EXPECT_THAT(text, HasSubstr("3 runs in 3 nights from 2026-01-01 04:00 UTC on; 4 nodes ever"));
    EXPECT_THAT(text, HasSubstr("\n2026-01-02 04:00       1       1       0       2       0  "
                                "nightly\n"));
    EXPECT_THAT(text, HasSubstr("\n  newly absent (1): n3\n"));
    EXPECT_THAT(text, HasSubstr("\n  still fail (1): n1\n"));
    EXPECT_THAT(text, HasSubstr("n1 device 3: gemm.bf16 is worse"));
    EXPECT_THAT(text, HasSubstr("\nn1          3        0        0  xxx\n"
                                "    gemm.bf16 (cohort) in 3 nights\n"
                                "n2          0        2        0  +??\n"));
    EXPECT_THAT(text, HasSubstr("\nr0, row A      2       1   50.0 %     0.0 %  1 of 2 fail\n"));
    EXPECT_THAT(text, HasSubstr("\nr1, row A      2       0    0.0 %    50.0 %  0 of 2 fail, 2 "
                                "unjudged\n"));
}

TEST(FleetHealthText, NoLineIsWiderThanAsked) {
    FleetHealth health = fleet_of_three_nights();
    health.racks[0].rack = std::string(200, 'r');
    health.offenders[0].node.name = std::string(200, 'n');
    health.offenders[0].nights.resize(300, Verdict::Fail);
    health.nights[0].plans.insert(std::string(200, 'p'));
    health.transitions[Transition::NewlyFailed] = {std::string(200, 'n')};
    for (const int columns : {20, 80, 120}) {
        std::istringstream stream{fleet_health_text(health, {.columns = columns})};
        for (std::string line; std::getline(stream, line);) {
            EXPECT_THAT(display_width(line), Le(std::max(columns, 80))) << line;
        }
    }
}

TEST(FleetHealthText, LongListsSayHowManyMoreThereAre) {
    FleetHealth health = fleet_of_three_nights();
    for (int i = 0; i < 30; ++i) {
        health.transitions[Transition::NewlyFailed].push_back("m" + std::to_string(i));
        health.offenders.push_back(health.offenders[0]);
        health.drift.push_back(health.drift[0]);
    }
    const std::string text = fleet_health_text(health, {});
    EXPECT_THAT(text, AllOf(HasSubstr("newly failed (30): m0, m1, "), HasSubstr(" and 10 more\n"),
                            Not(HasSubstr("m20"))));
    EXPECT_THAT(text, HasSubstr("\nand 11 more\n"));  // of 31 that got worse
    EXPECT_THAT(text, HasSubstr("\nand 12 more\n"));  // of 32 offenders
}

TEST(FleetHealthText, SaysThatThereIsNothingToTell) {
    FleetHealth health;
    health.nodes = 1;
    health.nights.resize(1);
    health.nights[0].nodes.add(Verdict::Pass);
    health.racks.resize(1);
    health.racks[0].rack = "r0";
    health.racks[0].period.add(Verdict::Pass);
    const std::string text = fleet_health_text(health, {});
    EXPECT_THAT(text, HasSubstr("+ PASS     last night"));
    EXPECT_THAT(text, HasSubstr("There is no night before."));
    EXPECT_THAT(text, HasSubstr("all 1: no node failed, all were judged every night"));
    EXPECT_THAT(text, Not(HasSubstr("Left out")));
}

TEST(FleetHealthText, NamesFromOutsideAreOnlyText) {
    FleetHealth health = fleet_of_three_nights();
    health.offenders[0].node.name = "n1\x1b[2J\n+ PASS";
    health.left_out = {{"other\x1b[31m.h5", "is of another fleet"}};
    const std::string text = fleet_health_text(health, {});
    EXPECT_THAT(text, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\n+ PASS"))));
    EXPECT_THAT(text, HasSubstr("other\xEF\xBF\xBD[31m.h5: is of another fleet"));
}

TEST(FleetHealthText, HasColoursOnlyWhereAsked) {
    const std::string text = fleet_health_text(fleet_of_three_nights(), {.colour = Colour::Always});
    EXPECT_THAT(text, HasSubstr("\x1b[32m+\x1b[0m\x1b[35m?\x1b[0m\x1b[35m?\x1b[0m\n"));
}

}  // namespace
}  // namespace rackproof
