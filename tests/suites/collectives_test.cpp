#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/support/suite_runner.hpp"

namespace rackproof {
namespace {

using test::cases_for;
using test::ScriptedCommunicator;
using test::SuiteRun;
using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

Parameters sizes(std::int64_t least, std::int64_t most, std::int64_t factor) {
    Parameters parameters;
    parameters.set("operations", std::vector<std::string>{"all_reduce"});
    parameters.set("min_bytes", least);
    parameters.set("max_bytes", most);
    parameters.set("factor", factor);
    return parameters;
}

std::vector<std::string> names(const Parameters& parameters) {
    std::vector<std::string> all;
    for (const CaseSpec& spec : cases_for("collectives", parameters)) all.push_back(spec.name);
    return all;
}

TEST(Collectives, GoesFromEightBytesTo256MiBByDefault) {
    const std::vector<CaseSpec> cases = cases_for("collectives");
    EXPECT_THAT(cases, SizeIs(6 * 14));
    EXPECT_EQ(cases.front().name, "collectives.all_reduce.8B");
    EXPECT_EQ(cases[12].name, "collectives.all_reduce.128MiB");
    EXPECT_EQ(cases[13].name, "collectives.all_reduce.256MiB");
    EXPECT_EQ(cases.back().name, "collectives.send_receive.256MiB");
}

TEST(Collectives, NamesSizesByTheLargestWholeUnit) {
    EXPECT_THAT(names(sizes(512, 8192, 4)),
                ElementsAre("collectives.all_reduce.512B", "collectives.all_reduce.2KiB",
                            "collectives.all_reduce.8KiB"));
    EXPECT_THAT(names(sizes(1536, 3 << 20, 2048)),
                ElementsAre("collectives.all_reduce.1536B", "collectives.all_reduce.3MiB"));
    EXPECT_THAT(names(sizes(1LL << 30, 512LL << 30, 1 << 20)),
                ElementsAre("collectives.all_reduce.1GiB", "collectives.all_reduce.512GiB"));
}

TEST(Collectives, AlwaysEndsWithTheLargest) {
    EXPECT_THAT(names(sizes(8, 100, 4)),
                ElementsAre("collectives.all_reduce.8B", "collectives.all_reduce.32B",
                            "collectives.all_reduce.100B"));
    EXPECT_THAT(names(sizes(64, 64, 4)), ElementsAre("collectives.all_reduce.64B"));
}

TEST(Collectives, RefusesSizesInTheWrongOrder) {
    EXPECT_THROW((void)cases_for("collectives", sizes(65, 64, 4)), InputError);
}

TEST(Collectives, TakesFewerSamplesOfLargeMessages) {
    const std::vector<CaseSpec> cases = cases_for("collectives");
    EXPECT_EQ(cases.front().repetitions, 20);
    EXPECT_EQ(cases[13].repetitions, 5);
    Parameters three = sizes(8, 256 << 20, 1 << 20);
    three.set("repetitions", std::int64_t{3});
    EXPECT_EQ(cases_for("collectives", three).back().repetitions, 3);
}

TEST(Collectives, NeedsTwoRanks) {
    SuiteRun one{"collectives", "collectives.all_reduce.8B"};
    ScriptedCommunicator alone{one.device, 1};
    one.context.ranks = &alone;
    try {
        one.run();
        FAIL() << "it ran";
    } catch (const Unsupported& reason) {
        EXPECT_STREQ(reason.what(), "needs at least 2 ranks");
    }
}

struct Bus {
    const char* operation;
    int ranks;
    double factor;
};

class BusBandwidth : public testing::TestWithParam<Bus> {};

/// nccl-tests, doc/PERFORMANCE.md.
TEST_P(BusBandwidth, IsTheFactorTimesBytesOverTheMeanTime) {
    Parameters parameters = sizes(4096, 4096, 2);
    parameters.set("operations", std::vector<std::string>{GetParam().operation});
    const std::string name = std::string{"collectives."} + GetParam().operation + ".4KiB";
    SuiteRun run{"collectives", name, parameters};
    ScriptedCommunicator ranks{run.device, GetParam().ranks};
    ranks.mean_of = [](double seconds) { return 2 * seconds; };
    run.context.ranks = &ranks;
    run.device.script.run_s = {0.001};
    run.run();
    EXPECT_THAT(run.context.recorded.at(name).samples,
                Each(DoubleNear(GetParam().factor * 4096 / 0.002, 1)));
}

INSTANTIATE_TEST_SUITE_P(Operations, BusBandwidth,
                         testing::Values(Bus{"all_reduce", 4, 1.5}, Bus{"all_gather", 4, 0.75},
                                         Bus{"reduce_scatter", 4, 0.75}, Bus{"all_to_all", 2, 0.5},
                                         Bus{"broadcast", 4, 1}, Bus{"send_receive", 2, 1}),
                         [](const auto& one) { return std::string{one.param.operation}; });

class TwoRanks : public testing::Test {
  protected:
    TwoRanks() { run_.context.ranks = &ranks_; }
    static constexpr const char* kName = "collectives.all_gather.100B";
    static Parameters parameters() {
        Parameters own = sizes(100, 100, 2);
        own.set("operations", std::vector<std::string>{"all_gather"});
        own.set("repetitions", std::int64_t{3});
        return own;
    }
    SuiteRun run_{"collectives", kName, parameters()};
    ScriptedCommunicator ranks_{run_.device, 2};
};

TEST_F(TwoRanks, RecordWhatWasReallyMovedAndHowOften) {
    run_.device.script.run_s = {0.001};
    run_.run();
    const auto& recorded = run_.context.recorded.at(kName);
    EXPECT_EQ(recorded.variant.parameters,
              R"({"threads":1,"operations":10,"effective_bytes":112,"ranks":2})");
    EXPECT_THAT(recorded.samples, Each(DoubleNear(0.5 * 112 / 0.001, 1e-6)));
}

TEST_F(TwoRanks, PutTheirTimesOnTheFirstRanksClock) {
    ranks_.offset = {.offset_s = 5, .error_s = 2e-6};
    run_.run();
    const auto& times = run_.context.rank_times.at(kName);
    EXPECT_THAT(times.entry_s, SizeIs(3));
    EXPECT_THAT(times.exit_s, SizeIs(3));
    EXPECT_NEAR(times.entry_s[0], 105.03, 0.005);  // the clock began at 100, warm-ups took 0.03
    EXPECT_GT(times.exit_s[0], times.entry_s[0]);
    EXPECT_DOUBLE_EQ(times.clock_error_s, 2e-6);
}

TEST_F(TwoRanks, RecordEverythingBeforeAWrongAnswerLeaves) {
    run_.device.script.wrong_checks = {3};
    EXPECT_THROW(run_.run(), WrongAnswer);
    EXPECT_THAT(run_.context.recorded.at(kName).samples, SizeIs(3));
    EXPECT_THAT(run_.context.rank_times.at(kName).entry_s, SizeIs(3));
}

Parameters of_gpus() {
    Parameters parameters;
    parameters.set("device", std::string{"gpu"});
    parameters.set("operations", std::vector<std::string>{"all_reduce", "all_to_all"});
    parameters.set("buffers", std::vector<std::string>{"out_of_place", "in_place"});
    parameters.set("type", std::string{"bf16"});
    parameters.set("min_bytes", std::int64_t{1024});
    parameters.set("max_bytes", std::int64_t{2048});
    parameters.set("factor", std::int64_t{2});
    return parameters;
}

TEST(CollectivesOfGpus, HaveNamesOfTheirOwnAndGoInPlaceWhereNcclDoes) {
    std::vector<std::string> names;
    for (const CaseSpec& spec : test::cases_for("collectives", of_gpus())) {
        names.push_back(spec.name);
        EXPECT_EQ(spec.parameters.text("type"), "bf16");
    }
    EXPECT_THAT(names, testing::ElementsAre(
                           "collectives.all_reduce.1KiB.gpu", "collectives.all_reduce.2KiB.gpu",
                           "collectives.all_reduce.1KiB.in_place.gpu",
                           "collectives.all_reduce.2KiB.in_place.gpu",
                           "collectives.all_to_all.1KiB.gpu", "collectives.all_to_all.2KiB.gpu"));
}

TEST(CollectivesOfGpus, AreAskedForAsThePlanSays) {
    test::SuiteRun run{"collectives", "collectives.all_reduce.2KiB.in_place.gpu", of_gpus()};
    test::ScriptedCommunicator ranks{run.device, 4};
    ranks.slower = "NCCL goes over TCP";
    run.context.ranks = &ranks;
    run.run();
    ASSERT_EQ(ranks.collectives.size(), 1U);
    EXPECT_EQ(ranks.collectives[0].collective, Collective::AllReduce);
    EXPECT_EQ(ranks.collectives[0].bytes, 2048);
    EXPECT_EQ(ranks.collectives[0].type, ElementType::Bf16);
    EXPECT_EQ(ranks.collectives[0].buffers, Buffers::InPlace);
    ASSERT_EQ(run.context.events.size(), 1U);
    EXPECT_EQ(run.context.events[0].code, "nccl_fallback");
    EXPECT_EQ(run.context.events[0].text, "NCCL goes over TCP");
}

TEST(CollectivesOfCpus, HaveNeitherOtherTypesNorInPlace) {
    Parameters parameters;
    parameters.set("type", std::string{"fp32"});
    EXPECT_THROW((void)test::cases_for("collectives", parameters), InputError);
    Parameters in_place;
    in_place.set("buffers", std::vector<std::string>{"in_place"});
    EXPECT_THROW((void)test::cases_for("collectives", in_place), InputError);
}

}  // namespace
}  // namespace rackproof
