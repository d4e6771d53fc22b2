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
using testing::IsEmpty;

constexpr const char* kBurnText =
    "GPU 0: Tesla V100-SXM2-16GB (UUID: GPU-d7e4)\n"
    "GPU 1: Tesla V100-SXM2-16GB (UUID: GPU-29c4)\n"
    "\r20.0%  proc'd: 858 (3403 Gflop/s) - 0 (0 Gflop/s)   errors: 0 - 0   temps: 40 C - -- "
    "\r40.0%  proc'd: 1716 (13563 Gflop/s) - 858 (5000 Gflop/s)   errors: 0 - 0   temps: 40 C - 41 "
    "C \n"
    "\tSummary at:   Tue Aug 25 21:58:15 PDT 2020\n"
    "\n"
    "\r90.0%  proc'd: 1716 (13563 Gflop/s) - 1716 (13500 Gflop/s)   errors: 0 - 0   temps: 48 C - "
    "49 C "
    "99.0%  proc'd: 2574 (13550 Gflop/s) - 2574 (13510 Gflop/s)   errors: 0 - 0   temps: 50 C - 51 "
    "C \n"
    "Killing processes.. Initialized device 1 with 16160 MB of memory (15298 MB available, using "
    "13768 MB of it), using FLOATS\n"
    "Freed memory for dev 1\n"
    "Uninitted cublas\n"
    "done\n"
    "\n"
    "Tested 2 GPUs:\n"
    "\tGPU 0: OK\n"
    "\tGPU 1: OK\n";

LogReading of_device(const LogFacts& facts, const std::string& metric, std::int32_t device) {
    for (const LogReading& reading : readings(facts, metric)) {
        if (reading.place.device == device) return reading;
    }
    ADD_FAILURE() << metric << " has nothing for device " << device;
    return {};
}

TEST(GpuBurn, EachTimeTheCountGoesOnIsASampleButTheFirst) {
    const LogFacts facts = facts_of(read_gpu_burn, kBurnText);
    EXPECT_THAT(of_device(facts, "gpu-burn.rate", 0).values, ElementsAre(13563e9, 13550e9));
    EXPECT_THAT(of_device(facts, "gpu-burn.rate", 1).values, ElementsAre(13500e9, 13510e9));
    EXPECT_EQ(of_device(facts, "gpu-burn.rate", 0).outcome, Outcome::Completed);
    EXPECT_THAT(of_device(facts, "gpu-burn.temperature", 1).values, ElementsAre(51));
    EXPECT_THAT(of_device(facts, "gpu-burn.errors", 0).values, ElementsAre(0));
    EXPECT_EQ(facts.devices.at(1).uuid, "GPU-29c4");
    EXPECT_EQ(facts.devices.at(1).model, "Tesla V100-SXM2-16GB");
}

TEST(GpuBurn, AnotherNumberInTheLogIsAnotherResult) {
    const LogFacts facts = facts_of(read_gpu_burn, replaced(kBurnText, "(13510", "(8700"));
    EXPECT_THAT(of_device(facts, "gpu-burn.rate", 1).values, ElementsAre(13500e9, 8700e9));
}

TEST(GpuBurn, WrongProductsAreAWrongAnswer) {
    std::string text =
        replaced(kBurnText, "errors: 0 - 0   temps: 48", "errors: 0 - 7 (WARNING!)  temps: 48");
    text = replaced(text, "GPU 1: OK", "GPU 1: FAULTY");
    const LogFacts facts = facts_of(read_gpu_burn, text);
    EXPECT_EQ(of_device(facts, "gpu-burn.errors", 1).outcome, Outcome::WrongAnswer);
    EXPECT_THAT(of_device(facts, "gpu-burn.errors", 1).values, ElementsAre(7));
    EXPECT_EQ(of_device(facts, "gpu-burn.rate", 1).outcome, Outcome::WrongAnswer);
    EXPECT_EQ(of_device(facts, "gpu-burn.rate", 0).outcome, Outcome::Completed);
}

// gpu-burn#12: its exit status says nothing, and "OK" is printed of a GPU whose process died.
TEST(GpuBurn, ADeadProcessIsLostWhateverItsVerdict) {
    const std::string text = replaced(kBurnText, "- 2574 (13510 Gflop/s)   errors: 0 - 0",
                                      "- -1 (13510 Gflop/s)   errors: 0 - 0 (DIED!)");
    EXPECT_EQ(of_device(facts_of(read_gpu_burn, text), "gpu-burn.rate", 1).outcome, Outcome::Lost);
}

TEST(GpuBurn, ALogWithoutVerdictsFailed) {
    std::string text = kBurnText;
    text.resize(text.find("Tested"));
    const LogReading rate = of_device(facts_of(read_gpu_burn, text), "gpu-burn.rate", 0);
    EXPECT_EQ(rate.outcome, Outcome::Failed);
    EXPECT_THAT(rate.reason, HasSubstr("before gpu-burn's own verdict"));
}

TEST(GpuBurn, OnlyAStartIsNoRate) {
    const LogFacts facts = facts_of(read_gpu_burn,
                                    "50.0%  proc'd: 858 (3403 Gflop/s)   errors: 0   temps: 40 C "
                                    "\nTested 1 GPUs:\n\tGPU 0: OK\n");
    EXPECT_EQ(of_device(facts, "gpu-burn.rate", 0).outcome, Outcome::Skipped);
    EXPECT_THAT(of_device(facts, "gpu-burn.rate", 0).values, IsEmpty());
}

TEST(GpuBurn, TodaysFormWithPower) {
    const LogFacts facts =
        facts_of(read_gpu_burn,
                 "\r50.0%  proc'd: 858 (3403 Gflop/s)   errors: 0   temps: 40 C   power: 301 W "
                 "\r90.0%  proc'd: 1716 (13563 Gflop/s)   errors: 0   temps: 44 C   power: 305 W \n"
                 "Killing processes with SIGTERM (soft kill)\n"
                 "Tested 1 GPUs:\n\tGPU 0: OK\n");
    EXPECT_THAT(of_device(facts, "gpu-burn.power", 0).values, ElementsAre(305));
}

TEST(GpuBurn, OneOfSeveralGpusIsTheOneThatWasInitialized) {
    std::string text =
        "GPU 0: A (UUID: GPU-0)\nGPU 1: A (UUID: GPU-1)\n"
        "50.0%  proc'd: 858 (3403 Gflop/s)   errors: 0   temps: 40 C \n"
        "Tested 1 GPUs:\n\tGPU 0: OK\n";
    EXPECT_THAT(refusal_of(read_gpu_burn, text), HasSubstr("does not say on which"));
    text += "Initialized device 1 with 24219 MB of memory\n";
    EXPECT_EQ(readings(facts_of(read_gpu_burn, text), "gpu-burn.rate").at(0).place.device, 1);
}

TEST(GpuBurn, WhatIsNotUnderstoodIsRefusedWithItsLine) {
    EXPECT_THAT(
        refusal_of(read_gpu_burn, replaced(kBurnText, "(13510 Gflop/s)", "(13510 Tflop/s)")),
        HasSubstr("a.log:6:"));
    EXPECT_THAT(refusal_of(read_gpu_burn, replaced(kBurnText, "temps: 50 C - 51 C", "temps: 50 C")),
                HasSubstr("is no progress of gpu-burn"));
    EXPECT_THAT(refusal_of(read_gpu_burn, replaced(kBurnText, "Uninitted cublas", "hello")),
                HasSubstr("a.log:9: 'hello'"));
    EXPECT_THAT(refusal_of(read_gpu_burn, ""), HasSubstr("holds no progress"));
}

// 8xV100; RTX 8000 + TITAN RTX (shared/data/gpu-burn/SOURCES.md); 8xA100, which SuperBench asserts
// to pass (tests/benchmarks/micro_benchmarks/test_gpu_burn_test.py). Numbers: the logs' last ones.
TEST(GpuBurn, RealLogs) {
    const std::filesystem::path folder = real_data("gpu-burn");
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no real logs at " << folder;
    const auto facts_in = [](const std::filesystem::path& path) {
        LogText log = LogText::read(path, BadRows::Refuse);
        return read_gpu_burn(log);
    };
    const LogFacts v100 = facts_in(folder / "104-171-200-16.txt");
    EXPECT_EQ(readings(v100, "gpu-burn.rate").size(), 8U);
    EXPECT_EQ(of_device(v100, "gpu-burn.rate", 7).outcome, Outcome::Completed);
    const LogFacts two = facts_in(folder / "lambda.txt");
    EXPECT_EQ(of_device(two, "gpu-burn.rate", 0).values.front(), 11625e9);
    EXPECT_EQ(of_device(two, "gpu-burn.rate", 0).values.back(), 11396e9);
    const LogFacts a100 = facts_in(real_data("superbench-fixtures/tests/data/gpu_burn.log"));
    EXPECT_EQ(readings(a100, "gpu-burn.errors").size(), 8U);
    EXPECT_EQ(of_device(a100, "gpu-burn.rate", 0).values.back(), 16942e9);
    for (const LogReading& reading : readings(a100, "gpu-burn.errors")) {
        EXPECT_EQ(reading.outcome, Outcome::Completed);
    }
}

}  // namespace
}  // namespace rackproof::logs
