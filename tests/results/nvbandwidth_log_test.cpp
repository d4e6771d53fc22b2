#include <gmock/gmock.h>

#include "results/log_formats.hpp"
#include "tests/results/log_fixture.hpp"

namespace rackproof::logs {
namespace {

using test::facts_of;
using test::readings;
using test::real_data;
using test::refusal_of;
using test::replaced;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kNvbandwidthText = R"json(nvbandwidth Version: v0.6
Built from Git version: v0.6

CUDA Runtime Version: 12040
CUDA Driver Version: 12040
Driver Version: 550.54.15

Device 0: NVIDIA H100 (00000000:1b:00)
Device 1: NVIDIA H100 (00000000:43:00)

Running host_to_device_memcpy_ce.
memcpy CE CPU(row) -> GPU(column) bandwidth (GB/s)
           0         1
 0     55.10     54.90

SUM host_to_device_memcpy_ce 110.00

Waived:
Running device_to_device_memcpy_read_ce.
memcpy CE GPU(row) -> GPU(column) bandwidth (GB/s)
           0         1
 0       N/A    395.50
 1    396.25       N/A

SUM device_to_device_memcpy_read_ce 791.75

Running host_device_latency_sm.
memory latency SM CPU(row) <-> GPU(column) (ns)
           0         1
 0    772.58    801.00

SUM host_device_latency_sm 1573.58

NOTE: The reported results may not reflect the full capabilities of the platform.
)json";

/// The value for a device, and for pairs from it to its peer.
double value_of(const LogFacts& facts, const std::string& metric, std::int32_t device,
                std::int32_t peer = -1) {
    for (const LogReading& reading : readings(facts, metric)) {
        if (reading.place.device == device && reading.place.peer_device == peer) {
            return reading.values.at(0);
        }
    }
    ADD_FAILURE() << metric << " has nothing for device " << device;
    return -1;
}

TEST(Nvbandwidth, EachNumberOfAMatrixIsACell) {
    const LogFacts facts = facts_of(read_nvbandwidth, kNvbandwidthText);
    EXPECT_EQ(value_of(facts, "nvbandwidth.host_to_device_memcpy_ce", 1), 54.90e9);
    EXPECT_EQ(value_of(facts, "nvbandwidth.device_to_device_memcpy_read_ce", 1, 0), 396.25e9);
    EXPECT_EQ(value_of(facts, "nvbandwidth.device_to_device_memcpy_read_ce", 0, 1), 395.50e9);
    EXPECT_EQ(readings(facts, "nvbandwidth.device_to_device_memcpy_read_ce").size(), 2U);
    EXPECT_EQ(value_of(facts, "nvbandwidth.host_device_latency_sm", 0), 772.58e-9);
    const LogReading latency = readings(facts, "nvbandwidth.host_device_latency_sm")[0];
    EXPECT_EQ(latency.metric.unit, "s");
    EXPECT_EQ(latency.metric.better, Direction::LowerIsBetter);
    EXPECT_THAT(readings(facts, "nvbandwidth.waived").at(0).values, ElementsAre(1));
    EXPECT_EQ(facts.devices.at(1).pci, "00000000:43:00");
    EXPECT_EQ(facts.devices.at(1).driver, "550.54.15");
}

TEST(Nvbandwidth, AnotherNumberInTheLogIsAnotherResult) {
    std::string text = replaced(kNvbandwidthText, "54.90", "27.45");
    text = replaced(text, "110.00", "82.55");
    EXPECT_EQ(value_of(facts_of(read_nvbandwidth, text), "nvbandwidth.host_to_device_memcpy_ce", 1),
              27.45e9);
}

TEST(Nvbandwidth, WhatDoesNotAddUpIsRefused) {
    EXPECT_THAT(refusal_of(read_nvbandwidth, replaced(kNvbandwidthText, "54.90", "27.45")),
                HasSubstr("a.log:11: the sum of 'host_to_device_memcpy_ce'"));
    EXPECT_THAT(
        refusal_of(read_nvbandwidth, replaced(kNvbandwidthText, " 1    396.25       N/A\n", "")),
        HasSubstr("expected the whole matrix"));
}

TEST(Nvbandwidth, WhatIsNotUnderstoodIsRefusedWithItsLine) {
    EXPECT_THAT(refusal_of(read_nvbandwidth, replaced(kNvbandwidthText, "(ns)", "(min)")),
                HasSubstr("a.log:27:"));
    EXPECT_THAT(refusal_of(read_nvbandwidth,
                           replaced(kNvbandwidthText, " 0     55.10     54.90", " 0 55.1")),
                HasSubstr("a.log:14: expected row 0 with 2 numbers"));
    EXPECT_THAT(refusal_of(read_nvbandwidth, replaced(kNvbandwidthText, "55.10", "5,10")),
                HasSubstr("a.log:14: '5,10' is no number"));
    EXPECT_THAT(refusal_of(read_nvbandwidth, "hello\n"), HasSubstr("a.log:1:"));
    EXPECT_THAT(refusal_of(read_nvbandwidth, ""), HasSubstr("holds no test case"));
}

TEST(Nvbandwidth, ATestWithoutItsNumbersFailed) {
    std::string text = kNvbandwidthText;
    text.resize(text.find("SUM device_to_device"));
    const LogFacts facts = facts_of(read_nvbandwidth, text);
    const LogReading failed = readings(facts, "nvbandwidth.device_to_device_memcpy_read_ce.run")[0];
    EXPECT_EQ(failed.outcome, Outcome::Failed);
    EXPECT_THAT(failed.reason, HasSubstr("the log ends"));
    EXPECT_EQ(readings(facts, "nvbandwidth.device_to_device_memcpy_read_ce").size(), 0U);
}

TEST(Nvbandwidth, ErrorsAndWaivedOnesSayWhy) {
    const LogFacts facts = facts_of(read_nvbandwidth,
                                    "Running a_ce.\nError: out of memory\n"
                                    "Running b_ce.\nWaived: needs two GPUs\n"
                                    "ERROR: Testcase c_ce not found!\n");
    EXPECT_EQ(readings(facts, "nvbandwidth.a_ce.run").at(0).outcome, Outcome::Failed);
    EXPECT_THAT(readings(facts, "nvbandwidth.a_ce.run").at(0).reason, HasSubstr("out of memory"));
    EXPECT_EQ(readings(facts, "nvbandwidth.b_ce.run").at(0).outcome, Outcome::Skipped);
    EXPECT_EQ(readings(facts, "nvbandwidth.c_ce.run").at(0).outcome, Outcome::Skipped);
}

TEST(Nvbandwidth, AnErrorBeforeAnyTestIsAFailure) {
    const LogFacts facts = facts_of(read_nvbandwidth, "ERROR: no CUDA device\n");
    EXPECT_EQ(readings(facts, "nvbandwidth.any.run").at(0).outcome, Outcome::Failed);
}

TEST(Nvbandwidth, ProcessesOfSeveralNodesAreItsGpus) {
    const LogFacts facts = facts_of(read_nvbandwidth,
                                    "Process  0 (n1): device 0: NVIDIA GB200 (00000008:01:00)\n"
                                    "Process  1 (n2): device 3: NVIDIA GB200 (00000009:01:00)\n"
                                    "\nRunning multinode_d2d_read_ce.\n"
                                    "memcpy CE GPU(row) -> GPU(column) bandwidth (GB/s)\n"
                                    "           0         1\n"
                                    " 0       N/A    397.00\n"
                                    " 1    398.00       N/A\n"
                                    "\nSUM multinode_d2d_read_ce 795.00\n");
    const std::vector<LogReading> found = readings(facts, "nvbandwidth.multinode_d2d_read_ce");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_THAT(found[0].place.nodes, ElementsAre("n1", "n2"));
    EXPECT_EQ(found[0].place.peer_device, 3);
    EXPECT_EQ(found[0].values.at(0), 397e9);
}

/// As nvbandwidth 0.8 writes it with --json (json_output.cpp: the matrix in texts).
constexpr const char* kNvbandwidthJson = R"json({
  "nvbandwidth" : {
    "CUDA Runtime Version" : 12080,
    "Driver Version" : "570.86.10",
    "git_version" : "v0.8",
    "testcases" : [
      {
        "bandwidth_description" : "memcpy CE CPU(row) -> GPU(column) bandwidth (GB/s)",
                     "bandwidth_matrix" : [[ "55.1034", "54.9012" ]],
                     "name" : "host_to_device_memcpy_ce",
                     "status" : "Passed",
                     "sum" : 110.0046
},
      { "name" : "device_to_device_memcpy_read_ce", "status" : "Waived" },
      { "name" : "device_local_copy", "status" : "Error", "error" : "[CU_RESULT] failed" }
    ],
    "version" : "v0.8"
}
}
)json";

TEST(NvbandwidthJson, HoldsWhatTheTextHolds) {
    const LogFacts facts = facts_of(read_nvbandwidth, kNvbandwidthJson);
    EXPECT_EQ(value_of(facts, "nvbandwidth.host_to_device_memcpy_ce", 0), 55.1034e9);
    EXPECT_EQ(readings(facts, "nvbandwidth.device_to_device_memcpy_read_ce.run").at(0).outcome,
              Outcome::Skipped);
    const LogReading failed = readings(facts, "nvbandwidth.device_local_copy.run").at(0);
    EXPECT_EQ(failed.outcome, Outcome::Failed);
    EXPECT_EQ(failed.reason, "[CU_RESULT] failed");
}

TEST(NvbandwidthJson, WhatIsNotUnderstoodIsRefusedWithItsLine) {
    EXPECT_THAT(refusal_of(read_nvbandwidth, replaced(kNvbandwidthJson, "\"54.9012\"", "\"fast\"")),
                HasSubstr("a.log:9: '/nvbandwidth/testcases/0/bandwidth_matrix/0/1' is no number"));
    EXPECT_THAT(refusal_of(read_nvbandwidth, replaced(kNvbandwidthJson, "\"Waived\"", "\"Fine\"")),
                HasSubstr("a.log:14:"));
    EXPECT_THAT(refusal_of(read_nvbandwidth, replaced(kNvbandwidthJson, "110.0046", "165.1")),
                HasSubstr("expected the whole matrix"));
    EXPECT_THAT(refusal_of(read_nvbandwidth, replaced(kNvbandwidthJson, "(GB/s)", "(furlongs)")),
                HasSubstr("does not end in a unit"));
}

// SuperBench asserts these (tests/benchmarks/micro_benchmarks/test_nvbandwidth.py).
TEST(Nvbandwidth, SuperbenchsLogHoldsWhatSuperbenchAsserts) {
    const std::filesystem::path path =
        real_data("superbench-fixtures/tests/data/nvbandwidth_results.log");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "no real log at " << path;
    LogText log = LogText::read(path, BadRows::Refuse);
    const LogFacts facts = read_nvbandwidth(log);
    EXPECT_EQ(value_of(facts, "nvbandwidth.host_to_device_memcpy_ce", 0), 369.36e9);
    EXPECT_EQ(value_of(facts, "nvbandwidth.host_to_device_memcpy_ce", 1), 269.33e9);
    EXPECT_EQ(value_of(facts, "nvbandwidth.device_to_host_memcpy_ce", 1), 312.11e9);
    EXPECT_EQ(value_of(facts, "nvbandwidth.host_device_latency_sm", 0), 772.58e-9);
}

}  // namespace
}  // namespace rackproof::logs
