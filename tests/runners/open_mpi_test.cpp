#include "runners/open_mpi.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "core/error.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;

TEST(OpenMpi, IsFoundInWhatMpirunSays) {
    EXPECT_EQ(open_mpi_from("mpirun (Open MPI) 4.1.4\n\nReport bugs to ...\n").major(), 4);
    EXPECT_EQ(open_mpi_from("mpirun (Open MPI) 5.0.8\n").major(), 5);
    for (const char* text :
         {"HYDRA build details:\n", "mpirun (Open MPI) 3.1.6\n", "prterun (PRRTE) 4.0.0\n", ""}) {
        EXPECT_THROW((void)open_mpi_from(text), Error) << text;
    }
}

TEST(OpenMpi, FourAndFiveSpellTheSameDifferently) {
    const OpenMpi four{4};
    const OpenMpi five{5};
    EXPECT_THAT(four.begin(3), IsSupersetOf({"-np", "3", "--bind-to", "none", "--oversubscribe"}));
    EXPECT_THAT(five.begin(3), IsSupersetOf({"-np", "3", "--map-by", "slot:oversubscribe"}));
    EXPECT_THAT(four.quiet(), ElementsAre("--enable-recovery", "--continuous", "--mca",
                                          "orte_abort_on_non_zero_status", "0"));
    EXPECT_THAT(five.quiet(), ElementsAre("--runtime-options", "recoverable,continuous"));
    EXPECT_THAT(four.files_in("/x"), ElementsAre("--mca", "orte_tmpdir_base", "/x"));
    EXPECT_THAT(five.files_in("/x"), ElementsAre("--prtemca", "prte_tmpdir_base", "/x"));
    EXPECT_THAT(four.talk_on_one_host("/x"),
                IsSupersetOf({"self,vader", "btl_vader_backing_directory", "/x"}));
    EXPECT_THAT(five.talk_on_one_host("/x"),
                IsSupersetOf({"self,sm", "btl_sm_backing_directory", "/x"}));
}

TEST(OpenMpi, HostsAndTheirRanksAreOneArgument) {
    const std::vector<HostShare> hosts{{"n002", 8}, {"n001", 4}};
    EXPECT_THAT(OpenMpi{4}.on_hosts(hosts), ElementsAre("--host", "n002:8,n001:4"));
}

TEST(OpenMpi, TheRemoteShellIsOneArgument) {
    EXPECT_THAT(OpenMpi{4}.remote_shell({"ssh", "-p", "22"}),
                ElementsAre("--mca", "plm", "rsh", "--mca", "plm_rsh_agent", "ssh -p 22", "--mca",
                            "plm_rsh_no_tree_spawn", "1"));
    EXPECT_THAT(OpenMpi{5}.remote_shell({"ssh"}),
                ElementsAre("--prtemca", "plm", "ssh", "--prtemca", "plm_ssh_agent", "ssh",
                            "--prtemca", "plm_ssh_no_tree_spawn", "1"));
}

TEST(OpenMpi, AnAgentOfTheEnvironmentIsKnownByTheNameThatItsVersionHas) {
    ::unsetenv("OMPI_MCA_plm_rsh_agent");
    ::unsetenv("PRTE_MCA_plm_ssh_agent");
    EXPECT_FALSE(OpenMpi{4}.agent_is_chosen());
    EXPECT_FALSE(OpenMpi{5}.agent_is_chosen());
    ::setenv("PRTE_MCA_plm_ssh_agent", "theirs", 1);
    EXPECT_FALSE(OpenMpi{4}.agent_is_chosen());
    EXPECT_TRUE(OpenMpi{5}.agent_is_chosen());
    ::unsetenv("PRTE_MCA_plm_ssh_agent");
    ::setenv("OMPI_MCA_plm_rsh_agent", "theirs", 1);
    EXPECT_TRUE(OpenMpi{4}.agent_is_chosen());
    EXPECT_TRUE(OpenMpi{5}.agent_is_chosen());
    ::unsetenv("OMPI_MCA_plm_rsh_agent");
}

TEST(OpenMpi, ATransportIsKnownWhereItWasDemanded) {
    const auto with = [](const char* pml, const char* btl) {
        ::setenv("OMPI_MCA_pml", pml, 1);
        ::setenv("OMPI_MCA_btl", btl, 1);
        const std::string told = demanded_transport();
        ::unsetenv("OMPI_MCA_pml");
        ::unsetenv("OMPI_MCA_btl");
        return told;
    };
    for (const OpenMpi mpi : {OpenMpi{4}, OpenMpi{5}}) {
        const Arguments asked = mpi.talk_on_one_host("/x");
        const auto btl = std::ranges::find(asked, "btl") + 1;
        EXPECT_THAT(with("ob1", btl->c_str()), testing::StartsWith("shared memory")) << *btl;
    }
    EXPECT_EQ(with("ob1", "self,vader,tcp"), "not known");
    EXPECT_EQ(with("ucx", "self,vader"), "not known");
    EXPECT_EQ(demanded_transport(), "not known");
}

TEST(OpenMpi, WhatTheEnvironmentChoosesStands) {
    ::unsetenv("OMPI_MCA_pml");
    ::unsetenv("OMPI_MCA_btl");
    EXPECT_THAT(OpenMpi{4}.talk_between_hosts(), IsSupersetOf({"ob1", "self,vader,tcp"}));
    EXPECT_THAT(OpenMpi{5}.talk_between_hosts(), IsSupersetOf({"ob1", "self,sm,tcp"}));
    ::setenv("OMPI_MCA_pml", "ucx", 1);
    EXPECT_THAT(OpenMpi{4}.talk_between_hosts(), IsEmpty());
    ::unsetenv("OMPI_MCA_pml");
}

TEST(OpenMpi, LostDaemonsAreNoticed) {
    EXPECT_THAT(OpenMpi{4}.keep_alive(),
                IsSupersetOf({"--mca", "oob_tcp_keepalive_time", "oob_tcp_keepalive_probes"}));
    EXPECT_THAT(OpenMpi{5}.keep_alive(), IsSupersetOf({"--prtemca", "oob_tcp_keepalive_time"}));
}

TEST(OpenMpi, TheNetworkIsForMpiAndForMpirun) {
    EXPECT_THAT(OpenMpi{4}.through("10.1.0.0/16"),
                ElementsAre("--mca", "btl_tcp_if_include", "10.1.0.0/16", "--mca",
                            "oob_tcp_if_include", "10.1.0.0/16"));
    EXPECT_THAT(OpenMpi{5}.through("eth0"), IsSupersetOf({"--prtemca", "prte_if_include"}));
}

}  // namespace
}  // namespace rackproof
