#include "runners/blame.hpp"

#include <gmock/gmock.h>

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Blame, NobodyWithoutAClue) {
    const Blame blame = blame_of({});
    EXPECT_THAT(blame.guilty, IsEmpty());
    EXPECT_EQ(blame.evidence, "");
    EXPECT_FALSE(blame.is_proved);
}

TEST(Blame, TheStrongestClueDecides) {
    const std::vector<Clue> clues{{1, ClueKind::ClosedFirst, "n1 closed first"},
                                  {2, ClueKind::WentSilent, "n2 was silent"},
                                  {2, ClueKind::NeverDone, "n2 never done"}};
    const Blame blame = blame_of(clues);
    EXPECT_THAT(blame.guilty, ElementsAre(2));
    EXPECT_EQ(blame.evidence, "n2 was silent; n2 never done");
    EXPECT_FALSE(blame.is_proved);
    EXPECT_THAT(suspects_of(clues), ElementsAre(1, 2));
}

TEST(Blame, AFailedProbeIsProof) {
    const Blame blame = blame_of(std::vector<Clue>{{1, ClueKind::DiedOfSignal, "signal 11"},
                                                   {3, ClueKind::NotStarted, "did not start"},
                                                   {3, ClueKind::ProbeFailed, "no route"}});
    EXPECT_THAT(blame.guilty, ElementsAre(3));
    EXPECT_TRUE(blame.is_proved);
}

TEST(Blame, TrialsAreProof) {
    const Blame blame = blame_of(std::vector<Clue>{{1, ClueKind::NeverEntered, "late"},
                                                   {3, ClueKind::SlowOnlyWithIt, "slow"}});
    EXPECT_THAT(blame.guilty, ElementsAre(3));
    EXPECT_TRUE(blame.is_proved);
}

TEST(Blame, SeveralMayBeSilentButOnlyOneCanBeFirst) {
    EXPECT_THAT(
        blame_of(std::vector<Clue>{{1, ClueKind::WentSilent, "a"}, {4, ClueKind::WentSilent, "b"}})
            .guilty,
        ElementsAre(1, 4));
    const Blame unclear = blame_of(std::vector<Clue>{{1, ClueKind::ClosedFirst, "a closed"},
                                                     {4, ClueKind::ClosedFirst, "b closed"}});
    EXPECT_THAT(unclear.guilty, IsEmpty());
    EXPECT_THAT(unclear.evidence, HasSubstr("a closed; b closed"));
}

TEST(Blame, NotHavingStartedIsNoProof) {
    // One unreachable host keeps all ranks of a job from coming up.
    EXPECT_THAT(blame_of(std::vector<Clue>{{1, ClueKind::NotStarted, "a"}}).guilty, IsEmpty());
}

TEST(HostsNamedLost, AreThoseThatTheLauncherSaysItLost) {
    const std::vector<std::string> hosts{"h001", "h002", "h0021", "h003"};
    EXPECT_THAT(hosts_named_lost("ORTE has lost communication with a remote daemon.\n\n"
                                 "  HNP daemon   : [[1,0],0] on node head\n"
                                 "  Remote daemon: [[1,0],2] on node h002\n",
                                 hosts),
                ElementsAre("h002"));
    EXPECT_THAT(hosts_named_lost("mpirun noticed that process rank 2 with PID 0 on node h003 "
                                 "exited on signal 9 (Killed).",
                                 hosts),
                ElementsAre("h003"));
    EXPECT_THAT(hosts_named_lost("srun: error: Node failure on h003.", hosts), ElementsAre("h003"));
    EXPECT_THAT(hosts_named_lost("srun: error: h0021: task 3: Killed", hosts),
                ElementsAre("h0021"));
    EXPECT_THAT(hosts_named_lost("rank on host h001 prints on node\nh002", hosts),
                Not(testing::Contains("h001")));
    EXPECT_THAT(hosts_named_lost("", hosts), IsEmpty());
}

}  // namespace
}  // namespace rackproof
