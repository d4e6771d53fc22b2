#include "reports/comparison_text.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

ComparedPair some_pair() {
    MetricComparison metric;
    metric.identity = {"gemm.bf16", "gemm", "FLOP/s", Direction::HigherIsBetter};
    metric.a = {384, 0, 0, 7.2e14, 5.76e12, 7.02e14, 7.3e14, {}};
    metric.b = {380, 4, 2, 7.0e14, 7.0e12, 6.8e14, 7.2e14, {}};
    metric.difference = -0.028;
    metric.interval = Interval{-0.031, -0.025, OuterUnit::Rack, 24, 25};
    metric.effect = -0.9;
    metric.note = "library '12' and '13'";
    MetricComparison refused;
    refused.identity = {"membw.triad", "membw", "B/s", Direction::HigherIsBetter};
    refused.refused = "not alike: algorithm 'x' and 'y'";
    return {{"a.h5", {{Verdict::Pass, 94}, {Verdict::Fail, 2}}},
            {"b.h5", {{Verdict::Pass, 90}, {Verdict::Watch, 3}, {Verdict::NoData, 2}}},
            {metric, refused},
            "no power was read"};
}

TEST(ComparisonText, SaysYieldNumbersIntervalAndWhatWasRefused) {
    const std::string text = comparison_text({some_pair()}, {.columns = 200});
    EXPECT_THAT(text,
                StartsWith("b.h5 against a.h5\n"
                           "  a.h5: 94 of 96 nodes pass (97.9 %), 0 watch, 2 fail, 0 no data\n"
                           "  b.h5: 90 of 95 nodes pass (94.7 %), 3 watch, 0 fail, 2 no data\n"));
    EXPECT_THAT(
        text, HasSubstr("\ngemm.bf16 (higher is better)\n"
                        "  a.h5: median 720 TFLOP/s, spread 0.80 %, 98 % of values within "
                        "3.9 %, worst 1 % 702 TFLOP/s or less, 384 values\n"
                        "  b.h5: median 700 TFLOP/s, spread 1.0 %, 98 % of values within 5.7 %, "
                        "worst 1 % 680 TFLOP/s or less, 380 values, 4 missing, 2 left out, "
                        "measured otherwise\n"
                        "  worse: difference -2.8 % (95 %: -3.1 % to -2.5 %; by 24 and 25 racks); "
                        "effect -0.90 (large); library '12' and '13'\n"));
    EXPECT_THAT(text, HasSubstr("\nNot compared\n"
                                "  membw.triad: not alike: algorithm 'x' and 'y'\n"
                                "  energy per operation: no power was read\n"));
}

TEST(ComparisonText, SaysWhyThereIsNoIntervalAndKelvinsAsThey) {
    ComparedPair pair = some_pair();
    MetricComparison& metric = pair.metrics[0];
    metric.identity = {"burnin.temperature", "burnin", "degC", Direction::LowerIsBetter};
    metric.a = {10, 0, 0, 65, 2, 60, 70, {}};
    metric.b = metric.a;
    metric.scale = MetricComparison::Scale::Absolute;
    metric.difference = 3;
    metric.interval.reset();
    metric.no_interval = "few nodes";
    const std::string text = comparison_text({pair}, {.columns = 200});
    EXPECT_THAT(text, HasSubstr("median 65.0 degC, spread 2.00 K, 98 % of values within 10.00 K, "
                                "worst 1 % 70.0 degC or more"));
    EXPECT_THAT(text, HasSubstr("not known: difference 3.0 K (no interval: few nodes); effect"));
}

TEST(ComparisonText, KeepsToItsColumnsAndShowsNoControlCharacter) {
    ComparedPair pair = some_pair();
    pair.a.name = "\x1b[2J" + std::string(200, 'a');
    pair.metrics[0].identity.name = std::string(200, 'm');
    pair.metrics[1].refused = std::string(300, 'r');
    std::istringstream lines{comparison_text({pair}, {})};
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(display_width(line), 80U) << line;
        EXPECT_THAT(line, Not(HasSubstr("\x1b")));
    }
}

TEST(ComparisonCsv, HasALineAMetricRefusedOnesIncluded) {
    ComparedPair pair = some_pair();
    pair.b.name = "=cmd()";
    std::istringstream lines{comparison_csv({pair})};
    std::string header;
    std::string first;
    std::string second;
    std::getline(lines, header);
    std::getline(lines, first);
    std::getline(lines, second);
    EXPECT_EQ(std::ranges::count(header, ','), 27);
    EXPECT_EQ(first,
              "a.h5,'=cmd(),gemm.bf16,FLOP/s,higher,,384,380,0,4,0,2,7.2e+14,7e+14,5.76e+12,7e+12,"
              "7.02e+14,6.8e+14,7.3e+14,7.2e+14,relative,-0.028,-0.031,-0.025,racks,-0.9,"
              "worse,library '12' and '13'");
    EXPECT_THAT(second, StartsWith("a.h5,'=cmd(),membw.triad,B/s,higher,"
                                   "not alike: algorithm 'x' and 'y',0,0,"));
    EXPECT_EQ(std::ranges::count(second, ','), 27);
}

}  // namespace
}  // namespace rackproof
