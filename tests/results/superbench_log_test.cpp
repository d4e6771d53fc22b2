#include <gmock/gmock.h>

#include "results/log_formats.hpp"
#include "results/superbench_metrics.hpp"
#include "tests/results/log_fixture.hpp"

namespace rackproof::logs {
namespace {

using test::facts_of;
using test::readings;
using test::real_data;
using test::refusal_of;
using test::replaced;
using test::value;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kSuperbenchText =
    R"({"node": "n1", "gemm-flops/FP64:0": 9031.23, "gemm-flops/FP64:1": 9040.85, "mem-bw/return_code": 0, "nccl-bw/allreduce_8_time:0": 37.84, "gpu-sm-copy-bw/dtoh:17": 4.45627, "vgg_models/pytorch-vgg11/steptime_train_float32": 40.35, "odd/thing": 7})"
    "\n"
    R"({"node": "n2", "mem-bw/return_code": 1})"
    "\n";

TEST(Superbench, UnitsComeFromItsDocumentation) {
    const LogFacts facts = facts_of(read_superbench, kSuperbenchText);
    const std::vector<LogReading> gemm = readings(facts, "superbench.gemm-flops.FP64");
    ASSERT_EQ(gemm.size(), 2U);
    EXPECT_EQ(gemm[1].place.scope, Scope::Device);
    EXPECT_EQ(gemm[1].place.device, 1);
    EXPECT_THAT(gemm[1].values, ElementsAre(9040.85e9));
    EXPECT_EQ(gemm[1].metric.unit, "FLOP/s");
    EXPECT_EQ(value(facts, "superbench.nccl-bw.allreduce_8_time.0"), 37.84e-6);
    EXPECT_EQ(value(facts, "superbench.gpu-sm-copy-bw.dtoh.17"), 4.45627e9);
    EXPECT_EQ(value(facts, "superbench.vgg_models.pytorch-vgg11.steptime_train_float32"), 40.35e-3);
}

TEST(Superbench, AnUnknownNumberIsKeptNotComparedAndTold) {
    const LogFacts facts = facts_of(read_superbench, kSuperbenchText);
    EXPECT_EQ(value(facts, "superbench.odd.thing"), 7);
    EXPECT_EQ(readings(facts, "superbench.odd.thing")[0].metric.better, Direction::None);
    ASSERT_EQ(facts.events.size(), 1U);
    EXPECT_THAT(facts.events[0].text, HasSubstr("1 numbers of 'odd'"));
}

TEST(Superbench, AReturnCodeIsAFailureNotANumber) {
    const std::vector<LogReading> codes =
        readings(facts_of(read_superbench, kSuperbenchText), "superbench.mem-bw.return_code");
    ASSERT_EQ(codes.size(), 2U);
    EXPECT_EQ(codes[0].outcome, Outcome::Completed);
    EXPECT_EQ(codes[1].outcome, Outcome::Failed);
    EXPECT_EQ(codes[1].place.nodes.at(0), "n2");
    EXPECT_THAT(codes[1].reason, HasSubstr("return code 1"));
}

TEST(Superbench, WhatIsNotUnderstoodIsRefusedWithItsLine) {
    EXPECT_THAT(refusal_of(read_superbench, replaced(kSuperbenchText, "\"n2\"", "\"n1\"")),
                HasSubstr("a.log:2: the node 'n1' stands in an earlier line"));
    EXPECT_THAT(refusal_of(read_superbench,
                           replaced(kSuperbenchText, "return_code\": 1", "return_code\": \"\"")),
                HasSubstr("a.log:2:1: '/mem-bw~1return_code' is no number"));
    EXPECT_THAT(refusal_of(read_superbench, replaced(kSuperbenchText, "9031.23", "NaN")),
                HasSubstr("a.log:1:1: is no JSON document"));
    EXPECT_THAT(refusal_of(read_superbench, "{\"time\": 1}\n"), HasSubstr("no member 'node'"));
    EXPECT_THAT(refusal_of(read_superbench, ""), HasSubstr("is empty"));
}

TEST(SuperbenchMetrics, EveryPatternHasABaseUnit) {
    EXPECT_EQ(superbench_metric("kernel-launch/event_overhead").shift, -3);
    EXPECT_EQ(superbench_metric("kernel-launch/e2e_latency_us").shift, -6);
    EXPECT_EQ(superbench_metric("cpu-stream/copy_throughput").shift, 6);
    EXPECT_EQ(superbench_metric("nccl-bw:default/allreduce_8_busbw").unit, "B/s");
    EXPECT_EQ(superbench_metric("ib-loopback/IB_write_8388608_Avg_0").unit, "");
    EXPECT_EQ(superbench_metric("ib-loopback/ib_write_bw_8388608").shift, 9);
}

// 3 nodes x 463 metrics; on the third the test mem-bw failed, and its 24 numbers are not there
// (shared/data/superbench-fixtures/SOURCES.md).
TEST(Superbench, ItsOwnExample) {
    const std::filesystem::path path = real_data("superbench-fixtures/analyzer/test_results.jsonl");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "no real results at " << path;
    LogText log = LogText::read(path, BadRows::Refuse);
    const LogFacts facts = read_superbench(log);
    EXPECT_EQ(facts.readings.size(), 462U + 462U + 438U);
    const std::vector<LogReading> overhead =
        readings(facts, "superbench.kernel-launch.event_overhead");
    ASSERT_EQ(overhead.size(), 24U);
    EXPECT_THAT(overhead[0].values, ElementsAre(0.1e-3));
    const std::vector<LogReading> codes = readings(facts, "superbench.mem-bw.return_code");
    ASSERT_EQ(codes.size(), 3U);
    EXPECT_EQ(codes[2].outcome, Outcome::Failed);
    EXPECT_EQ(readings(facts, "superbench.mem-bw.H2D_Mem_BW").size(), 16U);
}

}  // namespace
}  // namespace rackproof::logs
