#include "results/nccl_tests_json.hpp"

#include <gmock/gmock.h>

#include "results/log_formats.hpp"
#include "tests/results/log_fixture.hpp"

namespace rackproof::logs {
namespace {

using test::facts_of;
using test::readings;
using test::refusal_of;
using test::replaced;
using test::value;
using testing::HasSubstr;

LogFacts read_json(LogText& log) { return read_nccl_tests(log, {}); }

/// As nccl-tests 2.18 write it with -J (src/util.cu: every text is a string, %lf numbers).
constexpr const char* kNcclJson = R"({"version":2,"start_time":"2026-11-20 10:00:00",
"args":["./build/all_gather_perf","-g","4"],"env":["PATH=/bin"],"nccl_version":22902,
"config":{"nthreads":1,"ngpus":4,"minimum_bytes":8,"maximum_bytes":1073741824,"step_factor":2,
"warmup_iters":5,"iterations":20,"aggregated_iterations":1,"validation":1,"graph":0,
"blocking_collectives":"false","parallel_init":"false","devices":[
{"rank":0,"group":0,"pid":7,"hostname":"n1","device":0,"device_hex":"0000:1b:00","device_info":"NVIDIA H100"}]},
"results":[
{"size":1073741824,"count":33554432,"type":"double","redop":"none","root":"    -1",
"out_of_place":{"time":2470.550000,"alg_bw":434.616511,"bus_bw":325.962383,"nwrong":0.000000},
"in_place":{"time":2424.760000,"alg_bw":442.823960,"bus_bw":332.117970,"nwrong":null},
"actual_iterations":20,"experiment_name":"AllGather"}],
"out_of_bounds":{"count":0,"okay":"true"},
"average_bus_bandwidth":{"bandwidth":329.040177,"okay":"unchecked"},
"errors":[],"end_time":"2026-11-20 10:01:00"}
)";

TEST(NcclJson, HoldsWhatTheTableHolds) {
    const LogFacts facts = facts_of(read_json, kNcclJson, "a.json");
    EXPECT_EQ(value(facts, "nccl.all_gather.1n4r.1GiB"), 325.962383e9);
    EXPECT_EQ(value(facts, "nccl.all_gather.1n4r.1GiB.in_place"), 332.117970e9);
    EXPECT_EQ(value(facts, "nccl.all_gather.1n4r.out_of_bounds"), 0);
    EXPECT_EQ(readings(facts, "nccl.all_gather.1n4r.1GiB")[0].place.nodes.at(0), "n1");
    EXPECT_EQ(facts.devices.at(0).pci, "0000:1b:00");
}

TEST(NcclJson, WrongValuesAndErrorsShow) {
    const std::string wrong = replaced(kNcclJson, R"("nwrong":0.000000)", R"("nwrong":3.000000)");
    EXPECT_EQ(readings(facts_of(read_json, wrong), "nccl.all_gather.1n4r.1GiB")[0].outcome,
              Outcome::WrongAnswer);
    const std::string error = replaced(kNcclJson, R"("errors":[])", R"("errors":["remote error"])");
    const LogReading whole =
        readings(facts_of(read_json, error), "nccl.all_gather.1n4r.out_of_bounds")[0];
    EXPECT_EQ(whole.outcome, Outcome::Failed);
    EXPECT_EQ(whole.reason, "remote error");
}

TEST(NcclJson, AFileWithoutItsSummaryFailed) {
    std::string text = kNcclJson;
    text.resize(text.find(",\n\"out_of_bounds\""));
    text += "}";
    EXPECT_EQ(readings(facts_of(read_json, text), "nccl.all_gather.1n4r.out_of_bounds")[0].outcome,
              Outcome::Failed);
}

TEST(NcclJson, WhatIsNotUnderstoodIsRefusedWithItsLine) {
    EXPECT_THAT(refusal_of(read_json, replaced(kNcclJson, R"("version":2)", R"("version":9)")),
                HasSubstr("a.log:1: '/version' is no version that is known"));
    EXPECT_THAT(
        refusal_of(read_json, replaced(kNcclJson, R"("bus_bw":325.962383)", R"("bus_bw":"nan")")),
        HasSubstr("a.log:9: '/results/0/out_of_place' has no time or no bus bandwidth"));
    EXPECT_THAT(
        refusal_of(read_json, replaced(kNcclJson, R"("time":2470.55)", R"("time":2.47055)")),
        HasSubstr("does not fit"));
    EXPECT_THAT(refusal_of(read_json, replaced(kNcclJson, R"("out_of_bounds":{"count":0)",
                                               R"("out_of_bounds":{"count":4)")),
                HasSubstr("against its own count"));
    EXPECT_THAT(refusal_of(read_json, replaced(kNcclJson, R"("group":0)", R"("group":1)")),
                HasSubstr("another group"));
    EXPECT_THAT(
        refusal_of(read_json, replaced(kNcclJson, R"("average_bus_bandwidth":{"bandwidth":329)",
                                       R"("average_bus_bandwidth":{"bandwidth":200)")),
        HasSubstr("expected all rows"));
}

}  // namespace
}  // namespace rackproof::logs
