#include "results/nccl_tests_text.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <map>

#include "results/csv_source.hpp"
#include "results/log_formats.hpp"
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

auto reader(const std::optional<std::string>& collective = {}) {
    return [collective](LogText& log) { return read_nccl_tests(log, collective); };
}

/// Two ranks on one node; 2 x 1 / 2 = 1 is the factor of an all-reduce of two ranks.
constexpr const char* kNcclNew =
    R"(# nccl-tests version 2.17.8 nccl-headers=22902 nccl-library=22902
# Collective test starting: all_reduce_perf
# nThread 1 nGpus 1 minBytes 4 maxBytes 2147483648 step: 2(factor) warmup iters: 5 iters: 20 agg iters: 1 validation: 1 graph: 0
#
# Using devices
#  Rank  0 Group  0 Pid 2358989 on n1 device  0 [0000:1b:00] NVIDIA H100 80GB HBM3
#  Rank  1 Group  0 Pid 2358990 on n1 device  1 [0000:43:00] NVIDIA H100 80GB HBM3
NCCL version 2.29.2+cuda13
#
#                                                              out-of-place                       in-place
#       size         count      type   redop    root     time   algbw   busbw  #wrong     time   algbw   busbw  #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)             (us)  (GB/s)  (GB/s)
n1:77:77 [0] NCCL INFO Launch mode Parallel
        1024           128    double     sum      -1    10.00    0.10    0.10       0    20.00    0.05    0.05       0
  2147483648     268435456    double     sum      -1  8589.93  250.00  250.00       0  8947.85  240.00  240.00       0
# Out of bounds values : 0 OK
# Avg bus bandwidth    : 122.537
#
# Collective test concluded: all_reduce_perf
#
)";

TEST(NcclTestsText, EachSizeIsAMetricInBaseUnits) {
    const LogFacts facts = facts_of(reader(), kNcclNew);
    EXPECT_EQ(value(facts, "nccl.all_reduce.1n2r.2GiB"), 250e9);
    EXPECT_EQ(value(facts, "nccl.all_reduce.1n2r.2GiB.in_place"), 240e9);
    EXPECT_EQ(value(facts, "nccl.all_reduce.1n2r.out_of_bounds"), 0);
    const LogReading reading = readings(facts, "nccl.all_reduce.1n2r.2GiB")[0];
    EXPECT_EQ(reading.metric.unit, "B/s");
    EXPECT_EQ(reading.metric.better, Direction::HigherIsBetter);
    EXPECT_EQ(reading.place.scope, Scope::Node);
    EXPECT_THAT(reading.place.nodes, ElementsAre("n1"));
    EXPECT_EQ(reading.outcome, Outcome::Completed);
    EXPECT_EQ(reading.variant.parameters, R"({"redop":"sum","root":"-1","type":"double"})");
    ASSERT_EQ(facts.devices.size(), 2U);
    EXPECT_EQ(facts.devices[1].pci, "0000:43:00");
    EXPECT_EQ(facts.devices[1].model, "NVIDIA H100 80GB HBM3");
}

// 1024 B in 10.00 us is 0.1024 GB/s, of which the table has two digits.
TEST(NcclTestsText, ABandwidthOfFewDigitsComesFromTheTime) {
    const LogFacts facts = facts_of(reader(), kNcclNew);
    EXPECT_DOUBLE_EQ(value(facts, "nccl.all_reduce.1n2r.1KiB"), 0.1024e9);
    EXPECT_EQ(readings(facts, "nccl.all_reduce.1n2r.1KiB")[0].metric.better, Direction::None);
}

TEST(NcclTestsText, AnotherNumberInTheLogIsAnotherResult) {
    std::string text = replaced(kNcclNew, "8589.93  250.00  250.00", "9128.01  235.26  235.26");
    text = replaced(text, "122.537", "118.852");
    EXPECT_EQ(value(facts_of(reader(), text), "nccl.all_reduce.1n2r.2GiB"), 235.26e9);
}

TEST(NcclTestsText, AWrongUnitDoesNotPass) {
    const std::string text =
        replaced(kNcclNew, "8589.93  250.00  250.00", "8.58993  250.00  250.00");
    EXPECT_THAT(refusal_of(reader(), text),
                testing::AllOf(HasSubstr("a.log:15:"), HasSubstr("does not fit 2147483648 bytes")));
}

TEST(NcclTestsText, ALostRowDoesNotPass) {
    std::string text = kNcclNew;
    const std::size_t row = text.find("        1024  ");
    text.erase(row, text.find('\n', row) + 1 - row);
    EXPECT_THAT(refusal_of(reader(), text),
                testing::AllOf(HasSubstr("a.log:16:"), HasSubstr("expected all rows")));
}

TEST(NcclTestsText, WhatIsNotUnderstoodIsRefusedWithItsLine) {
    EXPECT_THAT(refusal_of(reader(), replaced(kNcclNew, "n1:77:77 [0] NCCL INFO Launch", "Hello")),
                HasSubstr("a.log:13: 'Hello mode Parallel' is nothing that nccl-tests print"));
    EXPECT_THAT(refusal_of(reader(), replaced(kNcclNew, "250.00       0", "250.00       ?")),
                HasSubstr("a.log:15: '?' is no count of wrong values"));
    EXPECT_THAT(refusal_of(reader(), replaced(kNcclNew, "  #wrong     time", "  #rwong     time")),
                HasSubstr("a.log:11: the column '#rwong' is not known"));
    EXPECT_THAT(refusal_of(reader(), replaced(kNcclNew, "8947.85  240.00", "8947.85")),
                HasSubstr("a.log:15: the row has 12 fields; expected 13"));
    EXPECT_THAT(refusal_of(reader(), "hello\n"), HasSubstr("a.log:1:"));
    EXPECT_THAT(refusal_of(reader(), ""), HasSubstr("holds no test"));
}

TEST(NcclTestsText, WrongValuesAreAWrongAnswer) {
    std::string text = replaced(kNcclNew, "250.00       0", "250.00      12");
    text = replaced(text, "values : 0 OK", "values : 12 FAILED");
    const LogFacts facts = facts_of(reader(), text);
    EXPECT_EQ(readings(facts, "nccl.all_reduce.1n2r.2GiB")[0].outcome, Outcome::WrongAnswer);
    EXPECT_EQ(readings(facts, "nccl.all_reduce.1n2r.2GiB.in_place")[0].outcome, Outcome::Completed);
    const LogReading whole = readings(facts, "nccl.all_reduce.1n2r.out_of_bounds")[0];
    EXPECT_EQ(whole.outcome, Outcome::WrongAnswer);
    EXPECT_THAT(whole.values, ElementsAre(12));
}

TEST(NcclTestsText, ATestThatWasCutOffFailed) {
    std::string text = kNcclNew;
    text.resize(text.find("# Out of bounds"));
    const LogReading whole =
        readings(facts_of(reader(), text), "nccl.all_reduce.1n2r.out_of_bounds")[0];
    EXPECT_EQ(whole.outcome, Outcome::Failed);
    EXPECT_THAT(whole.reason, HasSubstr("the log ends at line 15"));
}

TEST(NcclTestsText, ATestThatDiedSaysItsLastWords) {
    std::string text = kNcclNew;
    text.resize(text.find("  2147483648 "));
    text +=
        "n1: Test NCCL failure common.cu:1005 'unhandled system error'\n"
        " .. n1 pid 77: Test failure all_reduce.cu:90\n"
        "Primary job  terminated normally, but 1 process returned a non-zero exit code\n";
    const LogFacts facts = facts_of(reader(), text);
    const LogReading whole = readings(facts, "nccl.all_reduce.1n2r.out_of_bounds")[0];
    EXPECT_EQ(whole.outcome, Outcome::Failed);
    EXPECT_THAT(whole.reason, HasSubstr("unhandled system error"));
    EXPECT_THAT(whole.reason, HasSubstr("non-zero exit code"));
    EXPECT_EQ(readings(facts, "nccl.all_reduce.1n2r.1KiB").size(), 1U);
}

TEST(NcclTestsText, ATestThatNeverBeganFailed) {
    const LogFacts facts = facts_of(
        reader(), "n1: Test CUDA failure common.cu:1160 'no CUDA-capable device is detected'\n");
    ASSERT_EQ(facts.readings.size(), 1U);
    EXPECT_EQ(facts.readings[0].metric.name, "nccl.run");
    EXPECT_EQ(facts.readings[0].outcome, Outcome::Failed);
    EXPECT_THAT(facts.readings[0].reason, HasSubstr("no CUDA-capable device"));
}

TEST(NcclTestsText, UncheckedAnswersAreSkippedNotRight) {
    const LogReading whole =
        readings(facts_of(reader(), replaced(kNcclNew, "validation: 1", "validation: 0")),
                 "nccl.all_reduce.1n2r.out_of_bounds")[0];
    EXPECT_EQ(whole.outcome, Outcome::Skipped);
    EXPECT_THAT(whole.reason, HasSubstr("not checked"));
}

/// The older columns: a difference under "error", ranks without a group, redop empty.
constexpr const char* kNcclOld =
    R"(# nThread 1 nGpus 2 minBytes 1 maxBytes 1073741824 step: 2(factor) warmup iters: 5 iters: 20 validation: 1
#
# Using devices
#   Rank  0 Pid 112424 on localhost device  0 [0x00] A100-SXM4-40GB
#   Rank  1 Pid 112424 on localhost device  1 [0x00] A100-SXM4-40GB
#
#                                                     out-of-place                       in-place
#       size         count    type   redop     time   algbw   busbw  error     time   algbw   busbw  error
#        (B)    (elements)                     (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)
           0             0   float             1.63    0.00    0.00  0e+00     1.38    0.00    0.00    N/A
  1073741824     268435456   float           8159.5  131.59   65.80  5e-07   8176.5  131.32   65.66    N/A
# Out of bounds values : 0 OK
# Avg bus bandwidth    : 32.865
#
)";

TEST(NcclTestsText, TheOlderColumnsAreUnderstood) {
    const LogFacts facts = facts_of(reader(), kNcclOld, "/logs/nccl_alltoall.log");
    EXPECT_EQ(value(facts, "nccl.alltoall.1n2r.1GiB"), 65.80e9);
    EXPECT_EQ(value(facts, "nccl.alltoall.1n2r.1GiB.in_place"), 65.66e9);
    EXPECT_EQ(readings(facts, "nccl.alltoall.1n2r.1GiB")[0].outcome, Outcome::Completed);
    EXPECT_EQ(value(facts, "nccl.alltoall.1n2r.0B.time"), 1.63e-6);
    EXPECT_EQ(readings(facts, "nccl.alltoall.1n2r.0B.time")[0].metric.unit, "s");
}

TEST(NcclTestsText, WhichCollectiveMustBeSaidByAnybody) {
    EXPECT_THAT(refusal_of(reader(), kNcclOld), HasSubstr("does not say which collective"));
    EXPECT_EQ(value(facts_of(reader("alltoall"), kNcclOld), "nccl.alltoall.1n2r.1GiB"), 65.80e9);
    EXPECT_THAT(refusal_of(reader("broadcast"), kNcclOld), HasSubstr("is it another collective?"));
}

TEST(NcclTestsText, TwoHostsAreAPair) {
    const std::string text = replaced(kNcclNew, "on n1 device  1", "on n2 device  0");
    const LogReading reading = readings(facts_of(reader(), text), "nccl.all_reduce.2n2r.2GiB")[0];
    EXPECT_EQ(reading.place.scope, Scope::NodePair);
    EXPECT_THAT(reading.place.nodes, ElementsAre("n1", "n2"));
}

TEST(CollectiveIn, TheLongestNameCounts) {
    EXPECT_EQ(collective_in("/opt/reduce_scatter_perf"), "reduce_scatter");
    EXPECT_EQ(collective_in("nccl-allreduce-8.log"), "all_reduce");
    EXPECT_EQ(collective_in("scatter_perf_mpi"), "scatter");
    EXPECT_EQ(collective_in("/all_reduce/n1.log"), "");
}

// What the cluster's own summary.csv says of each log (shared/data/nccl-tests-logs/SOURCES.md):
// the average that the log states, and the largest bus bandwidth.
class NcclCluster : public testing::TestWithParam<std::string> {};

TEST_P(NcclCluster, ParsedNumbersEqualItsOwnSummary) {
    const std::filesystem::path folder = real_data("nccl-tests-logs") / GetParam();
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no real logs at " << folder;
    csv::Source source{folder / "summary.csv"};
    csv::Row row;
    csv::BadRow bad;
    std::size_t rows = 0;
    ASSERT_EQ(source.next(row, bad), csv::Source::Read::Row);  // file,test,N,G,nodes,...,avg,peak
    while (source.next(row, bad) == csv::Source::Read::Row) {
        ++rows;
        const std::string file{row.fields[0]};
        LogText log = LogText::read(folder / "logs" / file, BadRows::Refuse);
        const LogFacts facts = read_nccl_tests(log, {});
        double sum = 0;
        double peak = 0;
        std::size_t count = 0;
        const std::string collective = collective_in(row.fields[1]);
        for (const LogReading& reading : facts.readings) {
            if (!reading.metric.name.starts_with("nccl." + collective + ".")) continue;
            if (reading.metric.unit != "B/s") continue;
            sum += reading.values.at(0);
            peak = std::max(peak, reading.values.at(0));
            ++count;
        }
        ASSERT_GT(count, 0U) << file << " " << collective;
        EXPECT_NEAR(sum / static_cast<double>(count) / 1e9, *decimal(row.fields[7]), 0.006) << file;
        EXPECT_EQ(peak, *decimal(row.fields[8], 9)) << file << " " << collective;
    }
    EXPECT_GT(rows, 3U);
}

INSTANTIATE_TEST_SUITE_P(
    Logs, NcclCluster,
    testing::Values("example-cluster01/nccl-benchmark-results/single-node/runs/20260128-145017/"
                    "without-debug",
                    "example-cluster01/nccl-benchmark-results/pairwise/runs/20260128-010702/"
                    "without-debug",
                    "example-cluster01/nccl-benchmark-results/multi-node/runs/20260129-180219/"
                    "without-debug"),
    [](const auto& given) { return "number" + std::to_string(given.index); });

// SuperBench asserts these (tests/benchmarks/micro_benchmarks/test_cuda_nccl_bw_performance.py).
TEST(NcclTestsText, SuperbenchsLogsHoldWhatSuperbenchAsserts) {
    const std::filesystem::path folder = real_data("superbench-fixtures") / "tests/data";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no real logs at " << folder;
    const auto facts_in = [&](const char* name) {
        LogText log = LogText::read(folder / name, BadRows::Refuse);
        return read_nccl_tests(log, {});
    };
    const LogFacts all_reduce = facts_in("nccl_allreduce.log");
    EXPECT_EQ(value(all_reduce, "nccl.all_reduce.1n8r.8GiB"), 235.26e9);
    EXPECT_EQ(value(all_reduce, "nccl.all_reduce.1n8r.8GiB.in_place"), 235.03e9);
    const LogFacts alltoall = facts_in("nccl_alltoall.log");
    EXPECT_EQ(value(alltoall, "nccl.alltoall.1n8r.8GiB"), 224.31e9);
    EXPECT_EQ(value(alltoall, "nccl.alltoall.1n8r.8GiB.in_place"), 226.16e9);
    for (const char* name : {"nccl_allgather.log", "nccl_broadcast.log", "nccl_reduce.log",
                             "nccl_reducescatter.log"}) {
        EXPECT_GT(facts_in(name).readings.size(), 50U) << name;
    }
}

}  // namespace
}  // namespace rackproof::logs
