#include "analysis/inventory_columns.hpp"

#include <gmock/gmock.h>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using test::add_steady_metric;
using test::by_rule;
using test::make_fleet;
using test::verdict_of;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Nodes that are alike in `columns`, with a number of their own each.
Run alike(int nodes, const std::map<std::string, std::string>& columns) {
    rackproof::Run run = make_fleet(nodes, 1);
    add_steady_metric(run, {}, 1e12);
    for (const auto& [key, value] : columns) {
        run.inventory.push_back({key, Scope::Node, "/sys",
                                 std::vector<std::string>(static_cast<std::size_t>(nodes), value)});
    }
    if (!columns.empty()) {
        run.inventory.push_back({"hwcheck.not_known", Scope::Node, "rackproof hwcheck",
                                 std::vector<std::string>(static_cast<std::size_t>(nodes))});
    }
    return run;
}

std::string& at(Run& run, const std::string& key, std::size_t node) {
    return std::ranges::find(run.inventory, key, &InventoryColumn::key)->values[node];
}

void give_reason(Run& run, std::size_t node, const std::string& text) {
    at(run, "hwcheck.not_known", node) = text;
}

const std::map<std::string, std::string> kSome = {{"gpu.vbios@0", "96.00"},
                                                  {"gpu.vbios@1", "96.00"},
                                                  {"cpu.model", "EPYC"},
                                                  {"memory.total_bytes", "1000000"},
                                                  {"gpu.serial@0", "1650"}};

TEST(Majority, FindsNothingWhereAllAreAlike) {
    EXPECT_THAT(judge(alike(640, kSome), {}).findings, IsEmpty());
}

TEST(Majority, NamesThreeOf640WithAnotherVbios) {
    rackproof::Run run = alike(640, kSome);
    for (const std::size_t node : {7U, 300U, 639U}) at(run, "gpu.vbios@1", node) = "95.00";
    const Judgement judgement = judge(run, {});
    const std::vector<Finding> found = by_rule(judgement, "majority");
    ASSERT_THAT(found, SizeIs(3));
    EXPECT_THAT(judgement.findings, SizeIs(3)) << "and nothing else";
    EXPECT_EQ(found[0].node, "n7");
    EXPECT_EQ(found[0].verdict, Verdict::Watch);
    EXPECT_EQ(found[0].kind, FindingKind::Drift);
    EXPECT_THAT(found[0].sentence, AllOf(HasSubstr("gpu.vbios of 1 is '95.00' instead of '96.00'"),
                                         HasSubstr("637 of 640 nodes of its sku have it")));
    EXPECT_NE(found[0].action, "");
    EXPECT_EQ(verdict_of(judgement, "n300"), Verdict::Watch);
    EXPECT_EQ(exit_status(judgement), 0);
}

TEST(Majority, PutsAGpusFindingOnTheGpu) {
    std::map<std::string, std::string> columns = kSome;
    columns["gpu.uuid@1"] = "";
    rackproof::Run run = alike(8, columns);
    for (std::size_t i = 0; i < 8; ++i) {
        run.devices[i].uuid = "GPU-" + std::to_string(i);
        at(run, "gpu.uuid@1", i) = run.devices[i].uuid;
    }
    at(run, "gpu.vbios@1", 3) = "95.00";
    const std::vector<Finding> found = by_rule(judge(run, {}), "majority");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].level, Level::Device);
    EXPECT_EQ(found[0].device, "0");
}

TEST(Majority, JoinsThePartsOfOneKey) {
    rackproof::Run run = alike(8, kSome);
    at(run, "gpu.vbios@0", 2) = "95.00";
    at(run, "gpu.vbios@1", 2) = "95.00";
    const std::vector<Finding> found = by_rule(judge(run, {}), "majority");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_THAT(found[0].sentence, HasSubstr("gpu.vbios of 0, 1 is '95.00'"));
}

TEST(Majority, WhatIsNotKnownWhereMostKnowItHasNoData) {
    rackproof::Run run = alike(8, kSome);
    at(run, "gpu.vbios@0", 2) = "";
    give_reason(run, 2, "gpu.vbios@0: no answer in 3 s; x: y");
    const Judgement judgement = judge(run, {});
    const std::vector<Finding> found = by_rule(judgement, "majority");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].verdict, Verdict::NoData);
    EXPECT_THAT(found[0].sentence, HasSubstr("gpu.vbios of 0 is not known (no answer in 3 s)"));
    EXPECT_EQ(exit_status(judgement), 3);
}

TEST(Majority, DoesNotCompareWhatIsBoundToDiffer) {
    rackproof::Run run =
        alike(8, {{"gpu.serial@0", "1"}, {"aer.fatal@x", "0"}, {"kernel.boot_id", "a"}});
    at(run, "gpu.serial@0", 2) = "2";
    at(run, "aer.fatal@x", 2) = "2";
    at(run, "kernel.boot_id", 2) = "b";
    EXPECT_THAT(judge(run, {}).findings, IsEmpty());
}

TEST(Majority, LetsMemoryVaryALittle) {
    rackproof::Run run = alike(8, kSome);
    at(run, "memory.total_bytes", 2) = "1004000";
    EXPECT_THAT(judge(run, {}).findings, IsEmpty());
    at(run, "memory.total_bytes", 2) = "936000";
    EXPECT_THAT(by_rule(judge(run, {}), "majority"), SizeIs(1));
    at(run, "memory.total_bytes", 2) = "";
    const std::vector<Finding> found = by_rule(judge(run, {}), "majority");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].verdict, Verdict::NoData);
}

TEST(Majority, IsNotAskedOfFactsThatAreNoInventory) {
    rackproof::Run run = alike(8, kSome);
    run.inventory.pop_back();
    at(run, "cpu.model", 2) = "Xeon";
    EXPECT_THAT(by_rule(judge(run, {}), "majority"), IsEmpty()) << "imported, or simulated";
}

TEST(Majority, ComparesWithinASku) {
    rackproof::Run run = alike(10, kSome);
    for (std::size_t i = 5; i < 10; ++i) {
        run.nodes[i].sku = "h100";
        at(run, "gpu.vbios@0", i) = "70.00";
    }
    EXPECT_THAT(by_rule(judge(run, {}), "majority"), IsEmpty());
}

TEST(Majority, OfThreeNodesIsNone) {
    rackproof::Run run = alike(3, kSome);
    at(run, "cpu.model", 0) = "Xeon";
    EXPECT_THAT(by_rule(judge(run, {}), "majority"), IsEmpty());
}

TEST(Majority, AFleetInTwoHalvesIsToldOnce) {
    rackproof::Run run = alike(8, kSome);
    for (std::size_t i = 0; i < 4; ++i) at(run, "cpu.model", i) = "Xeon";
    const std::vector<Finding> found = by_rule(judge(run, {}), "majority");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].level, Level::Fleet);
    EXPECT_THAT(found[0].sentence, HasSubstr("cpu.model has 2 values"));
}

TEST(Majority, OfANodeThatIsAltogetherAnotherTellsOnce) {
    std::map<std::string, std::string> columns;
    for (int i = 0; i < 40; ++i) columns["key" + std::to_string(i)] = "a";
    rackproof::Run run = alike(8, columns);
    for (InventoryColumn& column : run.inventory) column.values[5] = "b";
    const std::vector<Finding> found = by_rule(judge(run, {}), "majority");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_THAT(found[0].sentence, HasSubstr("40 items of its inventory are not as expected"));
}

TEST(Majority, DoesNotMissANodeThatHasNotSpoken) {
    rackproof::Run run = alike(8, kSome);
    for (InventoryColumn& column : run.inventory) column.values[5] = "";
    EXPECT_THAT(by_rule(judge(run, {}), "majority"), IsEmpty()) << "its cell says that it is lost";
}

Policy with_profile(Profile::Values must, Profile::Values should = {}) {
    Policy policy;
    policy.profiles.push_back({"h200-8", "h200", "n1, golden", std::move(must), std::move(should)});
    return policy;
}

TEST(ProfileRule, FailsWhatMustBeAndWatchesWhatShould) {
    const rackproof::Run run = alike(1, kSome);
    EXPECT_THAT(judge(run, with_profile({{"cpu.model", {"EPYC"}}})).findings, IsEmpty());
    EXPECT_THAT(judge(run, with_profile({{"cpu.model", {"Xeon", "EPYC"}}})).findings, IsEmpty());
    const Judgement failed = judge(run, with_profile({{"cpu.model", {"Xeon"}}}));
    ASSERT_THAT(failed.findings, SizeIs(1));
    EXPECT_EQ(failed.findings[0].verdict, Verdict::Fail);
    EXPECT_EQ(failed.findings[0].rule, "profile");
    EXPECT_THAT(failed.findings[0].sentence,
                HasSubstr("cpu.model is 'EPYC' instead of 'Xeon', as the profile h200-8 (n1, "
                          "golden) has it"));
    EXPECT_EQ(exit_status(failed), 1);
    const Judgement watched = judge(run, with_profile({}, {{"cpu.model", {"Xeon"}}}));
    ASSERT_THAT(watched.findings, SizeIs(1));
    EXPECT_EQ(watched.findings[0].verdict, Verdict::Watch);
}

TEST(ProfileRule, OfAProvisionalProfileSaysSo) {
    Policy policy = with_profile({{"cpu.model", {"Xeon"}}, {"cpu.sockets", {"2"}}});
    policy.profiles[0].provisional = true;
    const Judgement judgement = judge(alike(2, {{"cpu.model", "EPYC"}}), policy);
    ASSERT_FALSE(judgement.findings.empty());
    for (const Finding& finding : judgement.findings) {
        EXPECT_EQ(finding.provisional, "n1, golden");
        EXPECT_THAT(finding.sentence, HasSubstr("as the provisional profile h200-8 (n1, golden)"));
    }
    EXPECT_THAT(judgement.provisional, ElementsAre("profile h200-8, from n1, golden"));
}

TEST(ProfileRule, WhatIsNotKnownHasNoData) {
    rackproof::Run run = alike(1, kSome);
    at(run, "cpu.model", 0) = "";
    for (const char* key : {"cpu.model", "cpu.nobody_has_said"}) {
        const Judgement judgement = judge(run, with_profile({}, {{key, {"EPYC"}}}));
        ASSERT_THAT(judgement.findings, SizeIs(1)) << key;
        EXPECT_EQ(judgement.findings[0].verdict, Verdict::NoData);
        EXPECT_EQ(exit_status(judgement), 3);
    }
}

TEST(ProfileRule, IsForItsSkuAndSaysIfThatIsNobody) {
    rackproof::Run run = alike(1, kSome);
    run.nodes[0].sku = "h100";
    const Judgement judgement = judge(run, with_profile({{"cpu.model", {"EPYC"}}}));
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].verdict, Verdict::NoData);
    EXPECT_EQ(judgement.findings[0].level, Level::Fleet);
}

TEST(ProfileRule, OfARunWithoutInventoryIsNoPass) {
    const Judgement judgement = judge(alike(2, {}), with_profile({{"cpu.model", {"EPYC"}}}));
    EXPECT_THAT(by_rule(judgement, "profile"), SizeIs(2));
    EXPECT_EQ(exit_status(judgement), 3);
}

TEST(ProfileRule, GovernsWhereTheMajorityIsNotAsked) {
    rackproof::Run run = alike(8, kSome);
    at(run, "cpu.model", 2) = "Xeon";
    const Judgement judgement = judge(run, with_profile({{"cpu.model", {"Xeon", "EPYC"}}}));
    EXPECT_THAT(judgement.findings, IsEmpty());
}

Run delivered() {
    rackproof::Run run =
        alike(4, {{"gpu.serial@0", ""}, {"gpu.serial@1", ""}, {"system.serial", ""}});
    for (std::size_t i = 0; i < 4; ++i) {
        const std::string node = std::to_string(i);
        at(run, "gpu.serial@0", i) = "G" + node + "0";
        at(run, "gpu.serial@1", i) = "G" + node + "1";
        at(run, "system.serial", i) = "S" + node;
        run.nodes[i].labels = {{"gpu.serial@0", "G" + node + "0"},
                               {"gpu.serial@1", "G" + node + "1"},
                               {"system.serial", "S" + node},
                               {"leaf", "s4"}};
    }
    return run;
}

TEST(OrderRule, IsContentWithWhatWasOrdered) {
    EXPECT_THAT(judge(delivered(), {}).findings, IsEmpty());
}

TEST(OrderRule, FindsPartsThatAreSwapped) {
    rackproof::Run run = delivered();
    std::swap(at(run, "gpu.serial@0", 1), at(run, "gpu.serial@1", 2));
    std::swap(at(run, "gpu.serial@0", 3), at(run, "gpu.serial@1", 3));
    const std::vector<Finding> found = by_rule(judge(run, {}), "order");
    ASSERT_THAT(found, SizeIs(4));
    EXPECT_EQ(found[0].verdict, Verdict::Watch);
    EXPECT_THAT(found[0].sentence,
                HasSubstr("n1: gpu.serial of 0 is ordered as 'G10', which is in n2 as gpu.serial "
                          "of 1"));
    EXPECT_THAT(found[2].sentence, HasSubstr("which is in this node as gpu.serial of 1"));
}

TEST(OrderRule, FailsWhatIsNowhere) {
    rackproof::Run run = delivered();
    at(run, "system.serial", 1) = "OTHER";
    const std::vector<Finding> found = by_rule(judge(run, {}), "order");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].verdict, Verdict::Fail);
    EXPECT_THAT(found[0].sentence, HasSubstr("'S1', which is nowhere; 'OTHER' is there"));
}

TEST(OrderRule, ASerialThatCannotBeReadHasNoData) {
    rackproof::Run run = delivered();
    at(run, "system.serial", 1) = "";
    give_reason(run, 1, "system.serial: needs root");
    const Judgement judgement = judge(run, {});
    const std::vector<Finding> found = by_rule(judgement, "order");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].verdict, Verdict::NoData);
    EXPECT_THAT(found[0].sentence, HasSubstr("needs root"));
}

/// The judgement does not depend on how many threads made it.
TEST(Inventory, IsJudgedTheSameByManyThreads) {
    rackproof::Run run = alike(64, kSome);
    at(run, "gpu.vbios@0", 5) = "1";
    at(run, "cpu.model", 9) = "";
    Policy policy;
    const Judgement one = judge(run, policy);
    HeldMetrics metrics{run};
    const Judgement many = judge(run, metrics, policy, 4);
    ASSERT_EQ(one.findings.size(), many.findings.size());
    for (std::size_t i = 0; i < one.findings.size(); ++i) {
        EXPECT_EQ(one.findings[i].sentence, many.findings[i].sentence);
    }
}

}  // namespace
}  // namespace rackproof
