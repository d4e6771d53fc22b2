#include <gmock/gmock.h>

#include "reports/reports.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Judgement seeing(std::vector<Sensitivity> sensitivity) {
    Judgement judgement;
    judgement.sensitivity = std::move(sensitivity);
    return judgement;
}

TEST(SensitivityTable, HasALineAMetricAndAColumnALevel) {
    const std::string text =
        sensitivity_table(seeing({{"gemm.bf16", "gemm", Level::Node, 80, 0.031, "1"},
                                  {"gemm.bf16", "gemm", Level::Device, 640, 0.0432, "1"},
                                  {"burnin.temperature", "burnin", Level::Device, 640, 7.25, "K"}}),
                          {});
    EXPECT_THAT(text, HasSubstr("METRIC              device    node\n"
                                "gemm.bf16            4.3 %   3.1 %\n"
                                "burnin.temperature   7.2 K       -\n"
                                "Every metric could have seen 5 % (temperatures: 10 K).\n"));
}

TEST(SensitivityTable, OfTwoCohortsShowsWhatBothCouldHaveSeen) {
    const std::string text =
        sensitivity_table(seeing({{"gemm", "gemm", Level::Device, 8, 0.2, "1"},
                                  {"gemm", "gemm", Level::Device, 64, 0.04, "1"}}),
                          {});
    EXPECT_THAT(text, HasSubstr("20.0 %"));
    EXPECT_THAT(text, Not(HasSubstr("4.0 %")));
}

TEST(SensitivityTable, NamesTheSuitesThatCouldNotHaveSeenFivePercent) {
    const std::string text =
        sensitivity_table(seeing({{"gemm.bf16", "gemm", Level::Node, 80, 0.08, "1"},
                                  {"gemm.bf16", "gemm", Level::Device, 640, 0.04, "1"},
                                  {"burnin.temperature", "burnin", Level::Device, 8, 10.5, "K"},
                                  {"gemm.fp64", "gemm", Level::Device, 640, 0.051, "1"},
                                  {"gemm.int8", "gemm", Level::Device, 640, std::nullopt, "1"},
                                  {"membw", "membw", std::nullopt, 0, std::nullopt, "1"}}),
                          {.columns = 120});
    EXPECT_THAT(text, HasSubstr("Could not have seen 5 % (temperatures: 10 K)\n"
                                "  burnin: burnin.temperature (10.5 K of one device)\n"
                                "  gemm: gemm.fp64 (5.1 % of one device), gemm.int8 (none of one "
                                "device)\n"
                                "  membw: membw (nothing to compare it with)\n"));
}

TEST(SensitivityTable, OfNothingSaysSo) {
    EXPECT_THAT(sensitivity_table({}, {}), HasSubstr("No metric has numbers and a direction."));
}

TEST(SensitivityTable, IsNoWiderThanTheTerminal) {
    const std::string name = "\x1b[2J\n" + std::string(200, 'm');
    std::vector<Sensitivity> all;
    for (const Level level :
         {Level::Rack, Level::Node, Level::Device, Level::Link, Level::Group, Level::Fleet}) {
        all.push_back({name, name, level, 8, 0.5, "1"});
    }
    const std::string text = sensitivity_table(seeing(all), {.columns = 40});
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        EXPECT_LE(display_width(text.substr(begin, end - begin)), 40U);
        begin = end + 1;
    }
}

}  // namespace
}  // namespace rackproof
