#include "reports/node_history.hpp"

#include <gmock/gmock.h>

#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

NodeNight night(const std::string& started, double value) {
    NodeNight night;
    night.started = started;
    night.plan = "nightly";
    night.verdict = Verdict::Pass;
    night.values = {{"gemm.bf16", "FLOP/s", "0", value}, {"gemm.bf16", "FLOP/s", "1", value}};
    return night;
}

/// Each line as clean() would leave it.
std::string clean_lines(const std::string& text) {
    std::string all;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        all += clean(text.substr(begin, end - begin)) + "\n";
        begin = end + 1;
    }
    return all;
}

TEST(Sparkline, GoesFromTheLeastToTheMost) {
    EXPECT_EQ(sparkline({{1.0}, {2.0}, {3.0}, {8.0}}), "▁▂▃█");
}

TEST(Sparkline, DoesNotBlowUpNoise) {
    EXPECT_EQ(sparkline({{1.0}, {1.001}, {1.0}}), "▄▅▄");
    EXPECT_EQ(sparkline({{0.0}, {0.0}}), "▅▅");
}

TEST(Sparkline, ShowsWhatIsMissing) {
    EXPECT_EQ(sparkline({{1.0}, std::nullopt, {8.0}}), "▁·█");
    EXPECT_EQ(sparkline({std::nullopt}), "");
    EXPECT_EQ(sparkline({{1.0}, std::nullopt, {8.0}, {4.5}}, Charset::Ascii), "1.85");
}

TEST(NodeHistory, HasMetricsThenRuns) {
    std::vector<NodeNight> nights{night("2026-01-01T04:00:00Z", 7e14),
                                  night("2026-01-02T04:00:00Z", 3.5e14)};
    nights[1].verdict = Verdict::Fail;
    Finding finding;
    finding.sentence = "n3 device 1: gemm.bf16 is slow";
    nights[1].findings.push_back(finding);
    nights[1].events.emplace_back("error xid.79: GPU has fallen off the bus");
    const std::string text = node_history("n3", nights, {});
    EXPECT_THAT(text, HasSubstr("n3: 2 runs\n"));
    EXPECT_THAT(text, HasSubstr("gemm.bf16  █▁  350 TFLOP/s, -50.0 %\n"));
    EXPECT_THAT(text, HasSubstr("+ PASS     2026-01-01 04:00 nightly\n"
                                "x FAIL     2026-01-02 04:00 nightly\n"
                                "           n3 device 1: gemm.bf16 is slow\n"
                                "           event: error xid.79: GPU has fallen off the bus\n"));
}

TEST(NodeHistory, SaysWhatIsWaivedAndThatAStartIsNotKnown) {
    std::vector<NodeNight> nights{night("", 7e14)};
    Finding finding;
    finding.sentence = "n3: gemm.bf16 is slow";
    finding.waived = "until 2026-12-31 by ann: known";
    nights[0].findings.push_back(finding);
    EXPECT_THAT(node_history("n3", nights, {}),
                HasSubstr("+ PASS     start not known nightly\n"
                          "           n3: gemm.bf16 is slow\n"
                          "             WAIVED until 2026-12-31 by ann: known\n"));
}

TEST(NodeHistory, NoTextFromOutsideMovesTheCursorOrWidensALine) {
    std::string hostile = "\x1b[2J\r\n\xff";
    // NOLINTNEXTLINE(misc-misleading-bidirectional): U+202E, which turns the direction of writing
    for (int i = 0; i < 30; ++i) hostile += "\xE2\x80\xAE\xE4\xB8\xAD";
    std::vector<NodeNight> nights{night("2026-01-01T04:00:00Z", 7e14)};
    nights[0].started = hostile;
    nights[0].plan = hostile;
    nights[0].events = {hostile};
    nights[0].values.push_back({hostile, "FLOP/s", "0", 1.0});
    Finding finding;
    finding.sentence = hostile;
    finding.waived = hostile;
    finding.metric = hostile;
    finding.device = hostile;
    nights[0].values.push_back({hostile, "FLOP/s", hostile, 2.0});
    nights[0].findings = {finding};
    const std::string text = node_history(hostile, nights, {});
    EXPECT_EQ(clean_lines(text), text);
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        EXPECT_LE(display_width(text.substr(begin, end - begin)), 80U);
        begin = end + 1;
    }
}

TEST(NodeHistory, ShowsTheDevicesThatFindingsName) {
    std::vector<NodeNight> nights{night("2026-01-01T04:00:00Z", 7e14)};
    EXPECT_THAT(node_history("n3", nights, {}), Not(HasSubstr("device 1")));
    Finding finding;
    finding.metric = "gemm.bf16";
    finding.device = "1";
    nights[0].findings.push_back(finding);
    const std::string text = node_history("n3", nights, {});
    EXPECT_THAT(text, HasSubstr("  device 1"));
    EXPECT_THAT(text, Not(HasSubstr("device 0")));
}

TEST(NodeHistory, SaysWhenTheNodeWasNotThere) {
    std::vector<NodeNight> nights{night("2026-01-01T04:00:00Z", 7e14), {}};
    nights[1].started = "2026-01-02T04:00:00Z";
    const std::string text = node_history("n3", nights, {});
    EXPECT_THAT(text, HasSubstr("  absent   2026-01-02 04:00"));
    EXPECT_THAT(text, HasSubstr("▅·"));
}

TEST(NodeHistory, IsNoWiderThanTheTerminalAndShowsTheNewest) {
    std::vector<NodeNight> nights(100, night("2026-01-01T04:00:00Z", 7e14));
    nights.back().values[0].value = nights.back().values[1].value = 1e14;
    const std::string text = node_history("n3", nights, {.columns = 40});
    EXPECT_THAT(text, HasSubstr("▁  100 TFLOP/s"));
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        EXPECT_LE(display_width(text.substr(begin, end - begin)), 40U);
        begin = end + 1;
    }
}

}  // namespace
}  // namespace rackproof
