#include "runners/slurm_gpus.hpp"

#include <gmock/gmock.h>

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(AllocatedGpus, AreThoseOfEachHostWhateverTheirTypeAndWhatElseItHas) {
    EXPECT_THAT(allocated_gpus("JobId=9 JobName=interactive\n"
                               "   NumNodes=4 NumCPUs=16 NumTasks=2\n"
                               "   JOB_GRES=gpu:18\n"
                               "     Nodes=n[001-002] CPU_IDs=0-7 Mem=0 GRES=gpu:4(IDX:0-3)\n"
                               "     Nodes=n003 CPU_IDs=0-7 Mem=0 "
                               "GRES=nic:2(IDX:0,1),gpu:h100:6(IDX:0-2,5-7),gpu:a100:2(CNT:2)\n"
                               "     Nodes=n004 CPU_IDs=0 Mem=0 GRES=\n"
                               "   TresPerNode=gres:gpu:4\n"),
                ElementsAre(Pair("n001", 4), Pair("n002", 4), Pair("n003", 8)));
}

TEST(AllocatedGpus, AreNoneWhereSlurmSpeaksOfNone) {
    EXPECT_THAT(allocated_gpus(""), IsEmpty());
    EXPECT_THAT(allocated_gpus("  Nodes=n1 CPU_IDs=0 Mem=0 GRES=(null)\n"), IsEmpty());
    EXPECT_THAT(allocated_gpus("  Nodes=n1 GRES=gpu:(IDX:0)\n Nodes=n2 GRES=gpu\n"), IsEmpty());
    EXPECT_THAT(allocated_gpus("  Nodes=n1 GRES=nogpu:3(IDX:0)\n"), IsEmpty());
    EXPECT_THAT(allocated_gpus("  Nodes=n[1- GRES=gpu:3(IDX:0)\n"), IsEmpty());
}

}  // namespace
}  // namespace rackproof
