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
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::int64_t kPairBytes = 1 << 20;

/// As the controller hands it over: with the address of the second GPU.
SuiteRun pair_run(const std::string& name) {
    Parameters asked;
    asked.set("bytes", kPairBytes);
    return {"p2p", name, asked};
}

TEST(P2p, CopiesCountTheBytesOfEachWay) {
    for (const PeerCopy copy : kPeerCopies) {
        const std::string name = "p2p." + std::string{to_string(copy)};
        SuiteRun p2p = pair_run(name);
        p2p.cases[0].parameters.set(std::string{kPeerParameter}, std::string{"0000:5d:00.0"});
        p2p.device.script.run_s = {0.5};
        p2p.run();
        const double ways = name.ends_with("both_ways") ? 2 : 1;
        const auto& recorded = p2p.context.recorded.at(name);
        EXPECT_THAT(recorded.samples, SizeIs(5));
        EXPECT_THAT(recorded.samples, Each(DoubleEq(ways * static_cast<double>(kPairBytes) / 0.5)));
        EXPECT_THAT(p2p.device.peer_copies, ElementsAre(copy));
        EXPECT_THAT(p2p.device.peers, ElementsAre("0000:5d:00.0"));
        EXPECT_EQ(p2p.cases[0].scope, Scope::DevicePair);
    }
}

TEST(P2p, LatencyIsTimeOfOneLoadAndLowerIsBetter) {
    SuiteRun p2p = pair_run("p2p.latency");
    p2p.cases[0].parameters.set(std::string{kPeerParameter}, std::string{"0000:5d:00.0"});
    p2p.device.script.run_s = {0.2};
    p2p.run();
    EXPECT_THAT(p2p.context.recorded.at("p2p.latency").samples,
                Each(testing::DoubleNear(0.0002, 1e-12)));
    EXPECT_THAT(p2p.device.bytes, ElementsAre(kPairBytes));
    EXPECT_EQ(p2p.cases[0].unit, "s");
    EXPECT_EQ(p2p.cases[0].better, Direction::LowerIsBetter);
}

TEST(P2p, AGpuThatIsAloneOnItsNodeSaysSo) {
    SuiteRun p2p = pair_run("p2p.copy");
    try {
        p2p.run();
        FAIL() << "it ran";
    } catch (const Unsupported& error) {
        EXPECT_THAT(error.what(), HasSubstr("this node has one GPU"));
    }
}

TEST(P2p, AGpuWhoseNeighboursAreKeptFromItsRankIsNotTakenForAlone) {
    SuiteRun p2p = pair_run("p2p.copy");
    p2p.device.facts.details[kHiddenGpus] = "7 of the node's 8 GPUs are kept from a rank";
    try {
        p2p.run();
        FAIL() << "it ran";
    } catch (const Unsupported& error) {
        EXPECT_THAT(error.what(), HasSubstr("7 of the node's 8 GPUs are kept from a rank"));
        EXPECT_THAT(error.what(), testing::Not(HasSubstr("has one GPU")));
    }
}

TEST(P2p, WhatArrivedWrongIsAWrongAnswerWithItsSamples) {
    SuiteRun p2p = pair_run("p2p.kernel");
    p2p.cases[0].parameters.set(std::string{kPeerParameter}, std::string{"0000:5d:00.0"});
    p2p.device.script.wrong_checks = {4};
    EXPECT_THROW(p2p.run(), WrongAnswer);
    EXPECT_FALSE(p2p.context.recorded.at("p2p.kernel").samples.empty());
}

TEST(P2p, IsForGpusAlone) {
    Parameters asked;
    asked.set("device", std::string{"cpu"});
    EXPECT_THROW((void)cases_for("p2p", asked), InputError);
}

TEST(P2p, PairsOfASeventyTwoGpuNodeTakeMinutes) {
    double seconds = 0;
    for (const CaseSpec& spec : cases_for("p2p")) seconds += 2 * 71 * spec.expected_s;
    EXPECT_LT(seconds, 15 * 60) << "by what the suite itself expects, over PCIe 4.0";
}

}  // namespace
}  // namespace rackproof
