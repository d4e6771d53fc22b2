#include "reports/slurm_drain.hpp"

#include <gmock/gmock.h>

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A judgement of nodes with these names, each failing with this sentence.
Judgement failing(const std::vector<std::string>& names, const std::string& sentence) {
    Judgement judgement;
    for (const std::string& name : names) {
        const auto number = static_cast<std::int32_t>(judgement.findings.size());
        Finding watch;
        watch.sentence = "only to watch";
        Finding fail;
        fail.verdict = Verdict::Fail;
        fail.sentence = sentence;
        judgement.findings.push_back(watch);
        judgement.findings.push_back(fail);
        NodeVerdict node;
        node.node = name;
        node.verdict = Verdict::Fail;
        node.findings = {number, number + 1};
        judgement.nodes.push_back(node);
    }
    return judgement;
}

TEST(SlurmDrain, FailedNodesAloneAreDrained) {
    Judgement judgement = failing({"n1", "n2"}, "gemm.fp64 is 12 % slow");
    judgement.nodes[0].verdict = Verdict::NoData;
    EXPECT_THAT(drain_commands(judgement).commands,
                ElementsAre(ElementsAre("scontrol", "update", "NodeName=n2", "State=DRAIN",
                                        "Reason=rackproof: gemm.fp64 is 12 % slow")));
    EXPECT_EQ(drain_script(judgement),
              "scontrol update NodeName=n2 State=DRAIN "
              "'Reason=rackproof: gemm.fp64 is 12 % slow'\n");
    judgement.nodes[1].verdict = Verdict::Watch;
    EXPECT_EQ(drain_script(judgement), "");
}

TEST(SlurmDrain, WhatSomebodyBearsIsNotDrainedAndSaidToBe) {
    Judgement judgement = failing({"n1", "n2"}, "gemm.fp64 is\n12 % slow");
    judgement.findings[1].waived = "until 2026-12-31 by ann:\nknown";
    judgement.nodes[0].verdict = Verdict::Watch;
    EXPECT_THAT(drain_commands(judgement).commands, SizeIs(1));
    EXPECT_THAT(drain_script(judgement),
                EndsWith("\n# not drained: n1: waived until 2026-12-31 by ann:\xEF\xBF\xBDknown: "
                         "gemm.fp64 is\xEF\xBF\xBD"
                         "12 % slow\n"));
    judgement.nodes[0].verdict = Verdict::Fail;  // for something else
    EXPECT_THAT(drain_commands(judgement).borne, IsEmpty());
    EXPECT_EQ(drain_commands(judgement).commands.at(0).back(), "Reason=rackproof: verdict fail");
}

TEST(SlurmDrain, AShellReadsTheLinesAsTheyWereMeant) {
    const std::string script = drain_script(failing({"n1"}, "it's $(reboot) `x`\n\x1b[2J"));
    EXPECT_EQ(script,
              "scontrol update NodeName=n1 State=DRAIN "
              "'Reason=rackproof: it'\\''s $(reboot) `x`\xEF\xBF\xBD\xEF\xBF\xBD[2J'\n");
}

TEST(SlurmDrain, AReasonIsOneShortLine) {
    const auto drain = drain_commands(failing({"n1"}, std::string(5000, 'x')));
    EXPECT_LE(drain.commands.at(0).back().size(), 210U);
    EXPECT_THAT(drain.commands.at(0).back(), HasSubstr("..."));
}

TEST(SlurmDrain, AFailedNodeWithoutAFindingStillSaysWhy) {
    Judgement judgement = failing({"n1"}, "x");
    judgement.nodes[0].findings.clear();
    EXPECT_EQ(drain_commands(judgement).commands.at(0).back(), "Reason=rackproof: verdict fail");
}

TEST(SlurmDrain, WhatIsNoHostNameIsToldAndNotDrained) {
    const Judgement judgement = failing({"n1,n2", "ALL;x", "-f", "n[1-3]", "n\n3"}, "x");
    const auto drain = drain_commands(judgement);
    EXPECT_THAT(drain.commands, IsEmpty());
    EXPECT_EQ(drain.refused.size(), 5U);
    const std::string script = drain_script(judgement);
    EXPECT_EQ(std::count(script.begin(), script.end(), '\n'), 5);
    EXPECT_THAT(script, HasSubstr("# failed, but no host name that Slurm could know: ALL;x\n"));
}

TEST(SlurmDrain, WordsAreQuotedWhereTheyMustBe) {
    EXPECT_EQ(shell_word("NodeName=n1"), "NodeName=n1");
    EXPECT_EQ(shell_word(""), "''");
    EXPECT_EQ(shell_word("a b"), "'a b'");
    EXPECT_EQ(shell_word("'"), "''\\'''");
    EXPECT_EQ(shell_word("~root"), "'~root'");
}

}  // namespace
}  // namespace rackproof
