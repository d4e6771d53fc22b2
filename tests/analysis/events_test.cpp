#include <gmock/gmock.h>

#include "core/amendment.hpp"
#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_steady_metric;
using rackproof::test::end_row;
using rackproof::test::make_fleet;
using rackproof::test::verdict_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

rackproof::Run healthy_fleet() {
    rackproof::Run run = make_fleet(2, 2);
    add_steady_metric(run, {}, 1e12);
    return run;
}

Event died(std::int32_t node, std::int32_t device) {
    return {3.5, node, device, "error", "rank_died", "its process died of signal 11"};
}

TEST(Events, ADeathThatCostNoCellIsWatched) {
    rackproof::Run run = healthy_fleet();
    run.events.push_back(died(1, 3));
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].verdict, Verdict::Watch);
    EXPECT_EQ(judgement.findings[0].level, Level::Device);
    EXPECT_EQ(judgement.findings[0].node, "n1");
    EXPECT_EQ(judgement.findings[0].device, "1");
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("signal 11"));
    EXPECT_EQ(verdict_of(judgement, "n1"), Verdict::Watch);
    EXPECT_EQ(verdict_of(judgement, "n0"), Verdict::Pass);
    EXPECT_EQ(exit_status(judgement), 0);
}

TEST(Events, WhatAFindingNamesAlreadyIsNotSaidTwice) {
    rackproof::Run run = healthy_fleet();
    end_row(run, run.metrics[0], 3, Outcome::Lost, "its process died of signal 11");
    run.events.push_back(died(1, 3));
    run.events.push_back(died(1, 3));
    EXPECT_THAT(judge(run, {}).findings, SizeIs(1));
}

TEST(Events, OfAGpuAreToldOnceThoughItsNodeTellsThemToo) {
    rackproof::Run run = healthy_fleet();
    run.devices[3].uuid = "GPU-3";
    run.inventory.push_back({"gpu.uuid@1", Scope::Node, "NVML", {"", "GPU-3"}});
    run.events.push_back({1, 1, 3, "error", "gpu_row_remap_pending", "rows wait"});
    run.events.push_back({2, 1, -1, "error", "gpu_row_remap_pending", "1: rows wait"});
    const Judgement once = judge(run, {});
    ASSERT_THAT(once.findings, SizeIs(1)) << once.findings.back().sentence;
    EXPECT_EQ(once.findings[0].level, Level::Device);
    run.events.push_back({2, 1, -1, "error", "gpu_row_remap_pending", "0: rows wait"});
    EXPECT_THAT(judge(run, {}).findings, SizeIs(2)) << "of a GPU that the run does not list";
}

TEST(Events, AnXidOfTheKernelsLogIsItsGpus) {
    rackproof::Run run = healthy_fleet();
    run.devices[3].pci = "00000000:3B:00.0";
    run.events.push_back({1, 1, -1, "error", "xid.79", "0000:3b:00: XID 79, Fallen off the bus"});
    const Judgement own = judge(run, {});
    ASSERT_THAT(own.findings, SizeIs(1));
    EXPECT_EQ(own.findings[0].level, Level::Device);
    EXPECT_EQ(own.findings[0].device, "1");
    EXPECT_EQ(own.findings[0].verdict, Verdict::Fail);
    run.events.back().text = "0001:3b:00: XID 79, Fallen off the bus";
    const Judgement other = judge(run, {});
    ASSERT_THAT(other.findings, SizeIs(1));
    EXPECT_EQ(other.findings[0].level, Level::Node) << "of a GPU that the run does not list";
    EXPECT_EQ(other.findings[0].verdict, Verdict::Fail);
}

TEST(Events, FromBeforeARepairAreThoseOfWhatWasRepaired) {
    rackproof::Run run = healthy_fleet();
    run.events.push_back(died(1, 3));
    run.events.push_back({9.0, 1, -1, "info", std::string{kAmendedCode}, "n1: measured again"});
    const Judgement judgement = judge(run, {});
    EXPECT_THAT(judgement.findings, IsEmpty());
    EXPECT_THAT(judgement.amendments, ::testing::ElementsAre("n1: measured again"));
    run.events.push_back(died(0, 0));
    run.events.push_back({10.0, 1, 3, "error", "rank_died", "and again"});
    EXPECT_THAT(judge(run, {}).findings, SizeIs(2));
}

TEST(Events, OfAStageThatWasLeftOutAreToldOnceAndAreNoFinding) {
    rackproof::Run run = healthy_fleet();
    for (const double time_s : {0.1, 7.0}) {
        run.events.push_back({time_s, -1, -1, "info", "stage_left_out", "stage pairs was not run"});
    }
    const Judgement judgement = judge(run, {});
    EXPECT_THAT(judgement.left_out, ::testing::ElementsAre("stage pairs was not run"));
    EXPECT_THAT(judgement.findings, IsEmpty());
}

TEST(Events, NewsAndWarningsAreNoFindings) {
    rackproof::Run run = healthy_fleet();
    run.events.push_back({1, 0, 0, "info", "retest", "again"});
    run.events.push_back({1, 0, -1, "warning", "stranger", "a connection was refused"});
    run.events.push_back({1, -1, -1, "error", "somewhere", "no node"});
    EXPECT_THAT(judge(run, {}).findings, IsEmpty());
}

TEST(Events, PlacesThatTheRunDoesNotListAreNoFindings) {
    rackproof::Run run = healthy_fleet();
    run.events.push_back(died(7, -1));
    run.events.push_back(died(0, 99));
    EXPECT_THAT(judge(run, {}).findings, IsEmpty());
}

TEST(Events, WhatTheHardwareTellsCountsWhateverElseIsFound) {
    rackproof::Run run = healthy_fleet();
    end_row(run, run.metrics[0], 3, Outcome::Lost, "its process died of signal 11");
    run.events.push_back({2, 1, 3, "error", "gpu_ecc_uncorrected", "2 new errors"});
    run.events.push_back({3, 1, 3, "error", "gpu_ecc_uncorrected", "1 new error"});
    const Judgement judgement = judge(run, {});
    ASSERT_THAT(judgement.findings, SizeIs(2));
    EXPECT_EQ(judgement.findings[0].verdict, Verdict::Fail);
    EXPECT_EQ(judgement.findings[0].rule, "hardware_event");
    EXPECT_EQ(judgement.findings[0].device, "1");
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("2 new errors"));
    EXPECT_THAT(judgement.findings[0].action, HasSubstr("reset the GPU"));
    EXPECT_EQ(verdict_of(judgement, "n1"), Verdict::Fail);
    EXPECT_EQ(exit_status(judgement), 1);
}

TEST(Events, EachCodeAndEachDeviceHasItsOwnFinding) {
    rackproof::Run run = healthy_fleet();
    run.events.push_back({2, 0, 0, "error", "gpu_throttled", "slowed down"});
    run.events.push_back({2, 0, 0, "error", "gpu_row_remap_pending", "rows wait"});
    run.events.push_back({2, 0, 1, "error", "gpu_throttled", "slowed down"});
    const Judgement judgement = judge(run, {});
    EXPECT_THAT(judgement.findings, SizeIs(3));
    EXPECT_EQ(verdict_of(judgement, "n0"), Verdict::Watch);
    EXPECT_EQ(verdict_of(judgement, "n1"), Verdict::Pass);
}

TEST(Events, CorrectedErrorsAreNoFinding) {
    rackproof::Run run = healthy_fleet();
    run.events.push_back({2, 0, 0, "warning", "gpu_ecc_corrected", "9 new"});
    run.events.push_back({2, 0, 0, "warning", "gpu_throttled", "0.01 s of 10 s"});
    EXPECT_THAT(judge(run, {}).findings, IsEmpty());
}

}  // namespace
}  // namespace rackproof
