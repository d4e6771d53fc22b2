#include "results/check_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "core/error.hpp"
#include "tests/results/sample_run.hpp"

namespace rackproof {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

struct Fault {
    std::string_view place;
    std::function<void(Run&)> plant;
};

/// Each on the sample run: where the complaint must point, and what is broken.
const std::vector<Fault>& faults() {
    static const std::vector<Fault> all{
        {"/devices/node", [](Run& run) { run.devices[1].node = 3; }},
        {"/devices/node", [](Run& run) { run.devices[1].node = -1; }},
        {"/groups/members", [](Run& run) { run.groups[0][1] = 3; }},
        {"/metrics", [](Run& run) { run.metrics[1].name = run.metrics[0].name; }},
        {"/metrics", [](Run& run) { run.metrics[0].name = ""; }},
        {"/metrics", [](Run& run) { run.metrics[0].name = "."; }},
        {"/metrics", [](Run& run) { run.metrics[0].name = "a/b"; }},
        {"/metrics",
         [](Run& run) {
             run.metrics[0].name = std::string{"a\0b", 3};
         }},
        {"/metrics", [](Run& run) { run.metrics[0].name = "\xC3"; }},
        {"gemm.fp64/values", [](Run& run) { run.metrics[0].values.pop_back(); }},
        {"gemm.fp64/values", [](Run& run) { run.metrics[0].repetitions = 4; }},
        {"gemm.fp64/time", [](Run& run) { run.metrics[0].time.pop_back(); }},
        {"gemm.fp64/outcome", [](Run& run) { run.metrics[0].outcome.pop_back(); }},
        {"gemm.fp64/outcome", [](Run& run) { run.metrics[0].outcome[2] = Outcome{7}; }},
        {"gemm.fp64/variant", [](Run& run) { run.metrics[0].variant.push_back(0); }},
        {"gemm.fp64/variant", [](Run& run) { run.metrics[0].variant[0] = 3; }},
        {"gemm.fp64/variant", [](Run& run) { run.metrics[0].variant[0] = -2; }},
        {"gemm.fp64/attempt", [](Run& run) { run.metrics[0].attempt.clear(); }},
        {"gemm.fp64/attempt", [](Run& run) { run.metrics[0].attempt[1] = -1; }},
        {"gemm.fp64/target", [](Run& run) { run.metrics[0].target[6].first = 4; }},
        {"gemm.fp64/target", [](Run& run) { run.metrics[0].target[6].second = 0; }},
        {"all_reduce.1MiB/target", [](Run& run) { run.metrics[1].target[0].first = 3; }},
        {"device_pair/target", [](Run& run) { run.metrics[2].target[0].second = -1; }},
        {"device_pair/target", [](Run& run) { run.metrics[2].target[0].second = 4; }},
        {"a group's/target", [](Run& run) { run.metrics[4].target[0].first = 3; }},
        {"/reasons/metric", [](Run& run) { run.reasons[0].metric = "gemm"; }},
        {"/reasons/target", [](Run& run) { run.reasons[0].row = 7; }},
        {"/reasons/target", [](Run& run) { run.reasons[0].row = -1; }},
        {"/ranks/other", [](Run& run) { run.ranks["other"] = {}; }},
        {"1MiB/entry", [](Run& run) { run.ranks.begin()->second.entry.pop_back(); }},
        {"1MiB/cell", [](Run& run) { run.ranks.begin()->second.cell[0] = 1; }},
        {"1MiB/rank", [](Run& run) { run.ranks.begin()->second.rank[0] = -1; }},
        {"1MiB/repetition", [](Run& run) { run.ranks.begin()->second.repetition[0] = 2; }},
        {"/inventory/bios", [](Run& run) { run.inventory[1].values.pop_back(); }},
        {"/inventory/bios", [](Run& run) { run.inventory[1].scope = Scope::Group; }},
        {"\"cpu.model\" in /inventory", [](Run& run) { run.inventory[1].key = "cpu.model"; }},
        {"/telemetry/time", [](Run& run) { run.telemetry.time[1] = 3; }},
        {"/telemetry/time", [](Run& run) { run.telemetry.time[1] = kNoValue; }},
        {"/telemetry/power", [](Run& run) { run.telemetry.sensors[1].values.pop_back(); }},
        {"\"time\" in /telemetry", [](Run& run) { run.telemetry.sensors[1].name = "time"; }},
        {"/events/node", [](Run& run) { run.events[0].node = 3; }},
        {"/events/device", [](Run& run) { run.events[0].device = -2; }},
        {"/environment", [](Run& run) { run.environment[""] = "x"; }},
    };
    return all;
}

TEST(CheckRun, WholeRunsPass) {
    EXPECT_NO_THROW(run_file::check_run(test::sample_run()));
    EXPECT_NO_THROW(run_file::check_run(test::empty_run()));
}

TEST(CheckRun, EveryContradictionIsNamed) {
    for (std::size_t i = 0; i < faults().size(); ++i) {
        auto run = test::sample_run();
        faults()[i].plant(run);
        EXPECT_THAT([&] { run_file::check_run(run); },
                    ThrowsMessage<Error>(HasSubstr(std::string{faults()[i].place})))
            << "fault " << i;
    }
}

TEST(CheckRun, SaysTheRowAndWhatWasExpected) {
    auto run = test::sample_run();
    run.metrics[0].target[6].first = 4;
    EXPECT_THAT([&] { run_file::check_run(run); },
                ThrowsMessage<Error>(
                    HasSubstr("row 6 is 4; expected 0 or more, and less than the 4 devices")));
}

TEST(CheckRun, AShapeThatOverflowsIsNotTakenForASmallOne) {
    auto run = test::empty_run();
    Metric& metric = run.metrics.emplace_back();
    metric.name = "m";
    metric.repetitions = std::size_t{1} << 63;
    EXPECT_THROW(run_file::check_run(run), Error);
}

}  // namespace
}  // namespace rackproof
