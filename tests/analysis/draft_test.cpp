#include "analysis/draft.hpp"

#include <gmock/gmock.h>

#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_steady_metric;
using rackproof::test::make_fleet;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::vector<MetricIdentity> kMetrics{{"gemm.fp64", "gemm", "FLOP/s"}};

rackproof::Run fleet() {
    rackproof::Run run = make_fleet(2, 2);
    add_steady_metric(run, {}, 1.0);
    return run;
}

Draft slow_device(std::int32_t device, double deviation) {
    Draft draft;
    draft.finding.verdict = Verdict::Fail;
    draft.finding.rule = "cohort";
    draft.finding.deviation = deviation;
    draft.place = {.node = device / 2, .device = device};
    draft.metric = 0;
    draft.what = "is slow by " + std::to_string(deviation);
    return draft;
}

TEST(Collapsed, AllDevicesOfANodeBecomeTheNodeWithTheWorstOnesNumbers) {
    const auto drafts =
        collapsed(fleet(), {slow_device(2, -0.1), slow_device(3, -0.2), slow_device(0, -0.3)});
    ASSERT_THAT(drafts, SizeIs(2));
    const Draft& node = drafts[0].place.device < 0 ? drafts[0] : drafts[1];
    EXPECT_EQ(node.place, (Place{.node = 1}));
    EXPECT_EQ(node.finding.deviation, -0.2);
    EXPECT_EQ(node.of, "all 2 devices of n1 (worst: device 1)");
}

TEST(Collapsed, WhereManyDevicesAreBadANodeMayBeFullOfThemByChance) {
    rackproof::Run run = make_fleet(60, 2);
    add_steady_metric(run, {}, 1.0);
    std::vector<Draft> drafts{slow_device(0, -0.1), slow_device(1, -0.2)};
    EXPECT_THAT(collapsed(run, drafts), SizeIs(1));
    for (std::int32_t node = 2; node < 22; ++node) drafts.push_back(slow_device(2 * node, -0.1));
    EXPECT_THAT(collapsed(run, drafts), SizeIs(22));
}

TEST(Collapsed, TwoFindingsOnOneDeviceAreNotAllDevices) {
    Draft second = slow_device(2, -0.2);
    EXPECT_THAT(collapsed(fleet(), {slow_device(2, -0.1), second}), SizeIs(2));
}

TEST(Collapsed, DifferentKindsStayApart) {
    Draft limit = slow_device(3, -0.2);
    limit.finding.kind = FindingKind::Limit;
    limit.finding.rule = "limit";
    EXPECT_THAT(collapsed(fleet(), {slow_device(2, -0.1), limit}), SizeIs(2));
}

TEST(Collapsed, TheOnlyDeviceOfANodeStaysADevice) {
    rackproof::Run run = make_fleet(1, 1);
    add_steady_metric(run, {}, 1.0);
    const auto drafts = collapsed(run, {slow_device(0, -0.1)});
    ASSERT_THAT(drafts, SizeIs(1));
    EXPECT_EQ(drafts[0].place.device, 0);
}

TEST(Finish, PutsTheWorstFirstWhateverTheOrderOfTheDrafts) {
    Draft watch = slow_device(0, -0.1);
    watch.finding.verdict = Verdict::Watch;
    std::vector<Draft> drafts{watch, slow_device(3, -0.1), slow_device(1, -0.1)};
    const rackproof::Run run = fleet();
    std::vector<Draft> reversed{drafts.rbegin(), drafts.rend()};
    finish(Survey{run}, kMetrics, drafts);
    finish(Survey{run}, kMetrics, reversed);
    ASSERT_THAT(drafts, SizeIs(3));
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        EXPECT_EQ(drafts[i].finding.id, static_cast<std::int32_t>(i));
        EXPECT_EQ(drafts[i].finding.sentence, reversed[i].finding.sentence);
    }
    EXPECT_EQ(drafts[0].finding.node, "n0");
    EXPECT_EQ(drafts[1].finding.node, "n1");
    EXPECT_EQ(drafts[2].finding.verdict, Verdict::Watch);
}

TEST(Finish, NamesPlaceRackMetricAndUnit) {
    std::vector<Draft> drafts{slow_device(3, -0.1)};
    const rackproof::Run run = fleet();
    finish(Survey{run}, kMetrics, drafts);
    const Finding& finding = drafts[0].finding;
    EXPECT_EQ(finding.level, Level::Device);
    EXPECT_EQ(finding.rack, "r0");
    EXPECT_EQ(finding.device, "1");
    EXPECT_EQ(finding.metric, "gemm.fp64");
    EXPECT_EQ(finding.unit, "FLOP/s");
    EXPECT_THAT(finding.sentence, HasSubstr("n1 device 1: is slow"));
}

TEST(Finish, NamesARackAndBlamesNoneOfItsNodes) {
    Draft draft;
    draft.place.rack = 0;
    draft.watched = {0, 1};
    draft.what = "is slow";
    std::vector<Draft> drafts{draft};
    const rackproof::Run run = fleet();
    finish(Survey{run}, kMetrics, drafts);
    EXPECT_EQ(drafts[0].finding.level, Level::Rack);
    EXPECT_EQ(drafts[0].finding.rack, "r0");
    EXPECT_EQ(drafts[0].finding.node, "");
    EXPECT_EQ(drafts[0].finding.sentence, "rack r0: is slow");
}

TEST(Subject, OfALinkAGroupAndTheFleet) {
    rackproof::Run run = make_fleet(6, 2);
    run.groups = {{0, 1, 2, 3, 4, 5}};
    EXPECT_EQ(subject(run, {.node = 0, .peer_node = 1}), "the link n0 - n1");
    EXPECT_EQ(subject(run, {.node = 0, .device = 1, .peer_node = 0, .peer_device = 0}),
              "the link n0/1 - n0/0");
    EXPECT_EQ(subject(run, {.group = 0}), "the group of n0, n1, n2, n3 and 2 more");
    EXPECT_EQ(subject(run, {}), "the fleet");
    EXPECT_EQ(level_of({.group = 0}), Level::Fleet);
}

TEST(Subject, OfAPairWithItselfIsTheOneThatItHas) {
    const rackproof::Run run = make_fleet(2, 2);
    const Place alone{.node = 1, .device = 2, .peer_node = 1, .peer_device = 2};
    EXPECT_EQ(subject(run, alone), "n1 device 0");
    EXPECT_EQ(level_of(alone), Level::Device);
    EXPECT_EQ(subject(run, {.node = 1, .peer_node = 1}), "n1");
    std::vector<Draft> drafts{no_data("outcome", alone, 0, "is skipped", "")};
    finish(Survey{run}, kMetrics, drafts);
    EXPECT_FALSE(drafts[0].finding.peer);
}

}  // namespace
}  // namespace rackproof
