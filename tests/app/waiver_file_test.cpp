#include "app/waiver_file.hpp"

#include <gmock/gmock.h>

#include "tests/support/refusal.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;

const std::string kWaiver = R"([[waiver]]
node = "n1"
metric = "gemm.*"
kind = "slow"
device = 3
reason = "known slow since delivery"
until = "2026-12-31"
by = "ann"
)";

std::string waiver_refusal(const std::string& text) {
    return test::refusal([&] { (void)parse_waivers(text, "w.toml"); });
}

std::string waiver_with(const std::string& from, const std::string& to) {
    std::string text = kWaiver;
    return text.replace(text.find(from), from.size(), to);
}

TEST(WaiverFile, HoldsAllThatAWaiverIs) {
    const std::vector<Waiver> waivers = parse_waivers(kWaiver + kWaiver, "w.toml");
    ASSERT_EQ(waivers.size(), 2U);
    EXPECT_EQ(waivers[0].node, "n1");
    EXPECT_EQ(waivers[0].metric, "gemm.*");
    EXPECT_EQ(waivers[0].kind, FindingKind::Slow);
    EXPECT_EQ(waivers[0].device, "3");
    EXPECT_EQ(waivers[0].reason, "known slow since delivery");
    EXPECT_EQ(waivers[0].until, "2026-12-31");
    EXPECT_EQ(waivers[0].by, "ann");
    EXPECT_TRUE(parse_waivers("", "w.toml").empty());
}

TEST(WaiverFile, WhatIsMissingOrNoDayIsRefusedWithItsPlace) {
    for (const char* key : {"node = \"n1\"\n", "reason = \"known slow since delivery\"\n",
                            "until = \"2026-12-31\"\n", "by = \"ann\"\n"}) {
        EXPECT_THAT(waiver_refusal(waiver_with(key, "")), HasSubstr("w.toml:1:")) << key;
    }
    EXPECT_THAT(waiver_refusal(waiver_with("2026-12-31", "2026-02-30")), HasSubstr("w.toml:7:"));
    EXPECT_THAT(waiver_refusal(waiver_with("2026-12-31", "soon")), HasSubstr("is no day"));
    EXPECT_THAT(waiver_refusal(waiver_with("\"ann\"", "\"\"")), HasSubstr("is empty"));
    EXPECT_THAT(waiver_refusal(waiver_with("\"slow\"", "\"lame\"")),
                HasSubstr("is no kind of finding"));
    EXPECT_THAT(waiver_refusal(waiver_with("by =", "buy =")), HasSubstr("w.toml"));
    EXPECT_THAT(waiver_refusal(waiver_with("[[waiver]]", "[[waver]]")), HasSubstr("waver"));
}

TEST(WaiverFile, NobodyWaivesANodeAsAWhole) {
    std::string text = waiver_with("kind = \"slow\"\n", "");
    const std::string metric = "metric = \"gemm.*\"\n";
    text.erase(text.find(metric), metric.size());
    EXPECT_THAT(waiver_refusal(text), HasSubstr("says neither kind nor metric"));
}

}  // namespace
}  // namespace rackproof
