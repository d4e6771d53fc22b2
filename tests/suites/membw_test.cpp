#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/support/suite_runner.hpp"

namespace rackproof {
namespace {

using test::cases_for;
using test::SuiteRun;
using testing::DoubleEq;
using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

constexpr std::int64_t kMiB = 1 << 20;

Parameters with_bytes(std::int64_t array_bytes) {
    Parameters parameters;
    parameters.set("array_bytes", array_bytes);
    return parameters;
}

struct Kernel {
    const char* name;
    int bytes_an_element;
};

class StreamCase : public testing::TestWithParam<Kernel> {};

TEST_P(StreamCase, CountsBytesAsStreamDoes) {
    const std::string name = std::string{"membw."} + GetParam().name;
    SuiteRun membw{"membw", name, with_bytes(8 * kMiB)};
    membw.device.script.run_s = {0.25};
    membw.run();
    const double elements = static_cast<double>(kMiB);
    const auto& recorded = membw.context.recorded.at(name);
    EXPECT_THAT(recorded.samples, SizeIs(10));
    EXPECT_THAT(recorded.samples, Each(DoubleEq(GetParam().bytes_an_element * elements / 0.25)));
    EXPECT_EQ(membw.cases[0].unit, "B/s");
    EXPECT_EQ(membw.cases[0].parameters.text("kernel"), GetParam().name);
    EXPECT_EQ(to_string(membw.device.kernels.at(0)), GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(Kernels, StreamCase,
                         testing::Values(Kernel{"copy", 16}, Kernel{"scale", 16}, Kernel{"add", 24},
                                         Kernel{"triad", 24}, Kernel{"read", 8}),
                         [](const auto& one) { return std::string{one.param.name}; });

TEST(Membw, LatencyIsTimeOfOneAccessAndLowerIsBetter) {
    SuiteRun membw{"membw", "membw.latency", with_bytes(8 * kMiB)};
    membw.device.script.run_s = {0.2};
    membw.run();
    EXPECT_THAT(membw.context.recorded.at("membw.latency").samples,
                Each(testing::DoubleNear(0.0002, 1e-12)));
    EXPECT_EQ(membw.cases[0].unit, "s");
    EXPECT_EQ(membw.cases[0].better, Direction::LowerIsBetter);
}

struct Choice {
    std::int64_t cache_bytes;
    std::int64_t array_bytes;
};

class ChosenArray : public testing::TestWithParam<Choice> {};

TEST_P(ChosenArray, IsFourTimesTheCacheAndNotSmall) {
    for (const char* name : {"membw.triad", "membw.latency"}) {
        SuiteRun membw{"membw", name};
        membw.device.facts.last_level_cache_bytes = GetParam().cache_bytes;
        membw.run();
        EXPECT_THAT(membw.device.bytes, ElementsAre(GetParam().array_bytes)) << name;
    }
}

INSTANTIATE_TEST_SUITE_P(Caches, ChosenArray,
                         testing::Values(Choice{kMiB, 64 * kMiB}, Choice{16 * kMiB, 64 * kMiB},
                                         Choice{32 * kMiB, 128 * kMiB},
                                         Choice{384 * kMiB, 1536 * kMiB}, Choice{0, 512 * kMiB}));

TEST(Membw, IsSkippedOnADeviceThatCannotHoldTheArrays) {
    SuiteRun membw{"membw", "membw.triad", with_bytes(10 * kMiB)};
    membw.device.facts.memory_bytes = 29 * kMiB;
    try {
        membw.run();
        FAIL() << "it ran";
    } catch (const Unsupported& error) {  // no number, so no pass; but nothing is broken either
        EXPECT_THAT(error.what(), testing::HasSubstr("3 arrays of 10485760 bytes"));
    }
    membw.device.facts.memory_bytes = 30 * kMiB;
    EXPECT_NO_THROW(membw.run());
}

TEST(Membw, IsSkippedWhereTheCacheWouldBeMeasured) {
    SuiteRun membw{"membw", "membw.triad", with_bytes(32 * kMiB)};
    membw.device.facts.last_level_cache_bytes = 8 * kMiB + 1;
    EXPECT_THROW(membw.run(), Unsupported);
    membw.device.facts.last_level_cache_bytes = 8 * kMiB;
    EXPECT_NO_THROW(membw.run());
}

TEST(Membw, RefusesArraysThatAreNone) {
    EXPECT_THROW((void)cases_for("membw", with_bytes(100)), InputError);
}

TEST(Membw, ChecksTheAnswerOnceAndKeepsTheSamplesOfAWrongOne) {
    SuiteRun membw{"membw", "membw.add", with_bytes(kMiB)};
    membw.device.script.wrong_checks = {0};
    EXPECT_THROW(membw.run(), WrongAnswer);
    EXPECT_EQ(membw.device.script.checks, 1);
    EXPECT_THAT(membw.context.recorded.at("membw.add").samples, SizeIs(10));
}

TEST(Membw, HasACaseForEachKernelAskedFor) {
    Parameters parameters;
    parameters.set("kernels", std::vector<std::string>{"triad", "latency"});
    const std::vector<CaseSpec> cases = cases_for("membw", parameters);
    ASSERT_THAT(cases, SizeIs(2));
    EXPECT_EQ(cases[0].name, "membw.triad");
    EXPECT_EQ(cases[1].name, "membw.latency");
}

TEST(Membw, CopiesBetweenHostAndGpuCountTheirBytes) {
    Parameters asked;
    asked.set("device", std::string{"gpu"});
    asked.set("copy_bytes", std::int64_t{1} << 20);
    for (const auto& [name, ways] : {std::pair{"h2d", 1.0}, {"d2h", 1.0}, {"h2d_d2h", 2.0}}) {
        asked.set("kernels", std::vector<std::string>{name});
        const std::string full = std::string{"membw."} + name;
        SuiteRun membw{"membw", full, asked};
        membw.device.script.run_s = {0.5};
        membw.run();
        EXPECT_THAT(membw.context.recorded.at(full).samples,
                    Each(DoubleEq(ways * static_cast<double>(kMiB) / 0.5)));
    }
}

TEST(Membw, CopiesNeedAGpu) {
    Parameters asked;
    asked.set("kernels", std::vector<std::string>{"h2d"});
    EXPECT_THROW((void)cases_for("membw", asked), InputError);
    asked.set("device", std::string{"gpu"});
    asked.set("kernels", std::vector<std::string>{"triad", "h2d"});
    const std::vector<CaseSpec> cases = cases_for("membw", asked);
    EXPECT_EQ(cases[0].name, "membw.triad.gpu") << "CPUs have one as well";
    EXPECT_EQ(cases[1].name, "membw.h2d");
}

}  // namespace
}  // namespace rackproof
