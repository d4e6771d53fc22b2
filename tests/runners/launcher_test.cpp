#include "runners/launcher.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "core/error.hpp"
#include "runners/first_message.hpp"

namespace rackproof {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

JobRequest request(RanksTalk talk) {
    JobRequest request;
    request.job = 2;
    request.hosts = {{"n001", 2}, {"n002", 2}};
    request.talk = talk;
    request.executable = "/opt/rack proof/bin/rackproof";
    request.scratch = "/dev/shm/rackproof-abc";
    request.environment["RACKPROOF_SECRET"] = "0123456789abcdef";
    return request;
}

template <class Use>
std::string refusal(Use use) {
    try {
        use();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(LocalLauncherTest, StartsOneWorkerARank) {
    LocalLauncher launcher;
    const Command command = launcher.command(request(RanksTalk::No));
    EXPECT_EQ(command.arguments.at(0), "mpirun");
    EXPECT_EQ(command.arguments.at(1), "-np");
    EXPECT_EQ(command.arguments.at(2), "4");
    EXPECT_THAT(command.arguments, Not(Contains("--host")));
    // A path with a space stays one argument.
    EXPECT_EQ(command.arguments.at(command.arguments.size() - 2), "/opt/rack proof/bin/rackproof");
    EXPECT_EQ(command.arguments.back(), "worker");
}

TEST(LocalLauncherTest, TheSecretIsInTheEnvironmentAlone) {
    LocalLauncher launcher;
    const Command command = launcher.command(request(RanksTalk::No));
    EXPECT_EQ(command.environment.at("RACKPROOF_SECRET"), "0123456789abcdef");
    EXPECT_THAT(command.arguments, Contains("RACKPROOF_SECRET"));
    for (const std::string& argument : command.arguments) {
        EXPECT_THAT(argument, Not(HasSubstr("0123456789abcdef")));
    }
}

TEST(LocalLauncherTest, OnlyQuietRanksOutliveEachOther) {
    LocalLauncher launcher;
    EXPECT_THAT(launcher.command(request(RanksTalk::No)).arguments, Contains("--enable-recovery"));
    const Command talking = launcher.command(request(RanksTalk::Yes));
    EXPECT_THAT(talking.arguments, Not(Contains("--enable-recovery")));
    EXPECT_THAT(talking.arguments, Contains("self,vader"));
}

TEST(LocalLauncherTest, WithoutMpirunItSaysWhatToInstall) {
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", "/nowhere::/also/nowhere", 1);
    LocalLauncher launcher;
    EXPECT_THAT(refusal([&] { launcher.check(); }),
                HasSubstr("mpirun not found: install openmpi-bin"));
    ::setenv("PATH", path.c_str(), 1);
    launcher.check();
}

TEST(LocalLauncherTest, ListensOnThisMachineAlone) {
    EXPECT_EQ(LocalLauncher{}.listen_address(), "127.0.0.1");
    EXPECT_EQ(LocalLauncher{}.name(), "local");
}

MpirunLauncher::Options over_ssh() { return {"10.1.0.9", {}, "10.1.0.0/16"}; }

TEST(MpirunLauncherTest, NamesEveryHostWithItsRanksAndTheWrapBeforeTheWorker) {
    ::unsetenv("OMPI_MCA_plm_rsh_agent");
    MpirunLauncher launcher{over_ssh()};
    JobRequest job = request(RanksTalk::Yes);
    job.wrap = {"apptainer", "exec", "my image.sif"};
    const std::vector<std::string> arguments = launcher.command(job).arguments;
    EXPECT_THAT(arguments, testing::IsSupersetOf({"-np", "4", "--host", "n001:2,n002:2"}));
    EXPECT_THAT(arguments, testing::IsSupersetOf({"btl_tcp_if_include", "10.1.0.0/16"}));
    EXPECT_THAT(arguments, Contains("self,vader,tcp"));
    EXPECT_THAT(arguments, Contains(HasSubstr("ssh -x -oBatchMode=yes")));
    const std::vector<std::string> end{arguments.end() - 5, arguments.end()};
    EXPECT_THAT(end, testing::ElementsAre("apptainer", "exec", "my image.sif",
                                          "/opt/rack proof/bin/rackproof", "worker"));
    EXPECT_EQ(launcher.listen_address(), "10.1.0.9");
    EXPECT_EQ(launcher.name(), "mpirun");
}

TEST(MpirunLauncherTest, AWrapOfOptionsIsForSrunAlone) {
    JobRequest job = request(RanksTalk::No);
    job.wrap = {"--container-image=rackproof.sqsh"};
    MpirunLauncher launcher{over_ssh()};
    EXPECT_THAT(refusal([&] { (void)launcher.command(job); }), HasSubstr("--launcher slurm"));
    EXPECT_THAT(refusal([&] { (void)LocalLauncher{}.command(job); }),
                HasSubstr("--launcher slurm"));
    job.hosts.resize(1);
    const std::vector<std::string> srun = SlurmLauncher{"10.1.0.9"}.command(job).arguments;
    const std::vector<std::string> end{srun.end() - 3, srun.end()};
    EXPECT_THAT(end, testing::ElementsAre("--container-image=rackproof.sqsh",
                                          "/opt/rack proof/bin/rackproof", "worker"));
}

TEST(MpirunLauncherTest, TheSecretIsInTheEnvironmentAlone) {
    MpirunLauncher launcher{over_ssh()};
    for (const std::string& argument : launcher.command(request(RanksTalk::No)).arguments) {
        EXPECT_THAT(argument, Not(HasSubstr("0123456789abcdef")));
    }
}

TEST(MpirunLauncherTest, TheAgentOfTheEnvironmentStandsUnlessOneIsGiven) {
    ::setenv("OMPI_MCA_plm_rsh_agent", "their-agent", 1);
    MpirunLauncher theirs{over_ssh()};
    EXPECT_THAT(theirs.command(request(RanksTalk::No)).arguments, Not(Contains("plm_rsh_agent")));
    MpirunLauncher::Options options = over_ssh();
    options.rsh_agent = {"/opt/our-agent", "-v"};
    MpirunLauncher ours{options};
    EXPECT_THAT(ours.command(request(RanksTalk::No)).arguments, Contains("/opt/our-agent -v"));
    ::unsetenv("OMPI_MCA_plm_rsh_agent");
}

TEST(MpirunLauncherTest, WhatAShellMightTakeForItsOwnIsRefused) {
    for (const char* word : {"ssh;reboot", "$(x)", "a b", "`x`", "ssh:rsh", "", "'", "a\nb"}) {
        MpirunLauncher::Options options = over_ssh();
        options.rsh_agent = {word};
        EXPECT_THROW(MpirunLauncher{options}, InputError) << word;
    }
    MpirunLauncher::Options options = over_ssh();
    options.network = "10.1.0.0/16 ; x";
    EXPECT_THROW(MpirunLauncher{options}, InputError);
}

TEST(EnvironmentOf, RanksThatShareCoresLetGoOfThemWhileTheyWait) {
    JobRequest wanted = request(RanksTalk::Yes);
    EXPECT_THAT(environment_of(wanted),
                Not(Contains(testing::Key("OMPI_MCA_mpi_yield_when_idle"))));
    wanted.share_cores = true;
    EXPECT_THAT(environment_of(wanted),
                Contains(testing::Pair("OMPI_MCA_mpi_yield_when_idle", "1")));
}

TEST(SlurmLauncherTest, OneHostIsAStepOfItsOwn) {
    SlurmLauncher launcher{"10.1.0.9"};
    JobRequest job = request(RanksTalk::No);
    job.hosts = {{"n007", 8}};
    const Command command = launcher.command(job);
    EXPECT_EQ(command.arguments.at(0), "srun");
    EXPECT_THAT(command.arguments,
                testing::IsSupersetOf({"--nodes=1", "--ntasks=8", "--nodelist=n007", "--no-kill",
                                       "--overlap", "--mpi=none", "--cpu-bind=none"}));
    EXPECT_THAT(command.environment, Not(Contains(testing::Key("SLURM_HOSTFILE"))));
    EXPECT_EQ(command.environment.at("RACKPROOF_SECRET"), "0123456789abcdef");
    for (const std::string& argument : command.arguments) {
        EXPECT_THAT(argument, Not(HasSubstr("0123456789abcdef")));
    }
}

TEST(SlurmLauncherTest, RanksThatTalkNeedPmix) {
    SlurmLauncher launcher{"10.1.0.9"};
    JobRequest job = request(RanksTalk::Yes);
    job.hosts = {{"n007", 8}};
    EXPECT_THAT(refusal([&] { (void)launcher.command(job); }), HasSubstr("no PMIx"));
    EXPECT_THAT(launcher.why_no_talk(), HasSubstr("no PMIx"));
    EXPECT_EQ(pmix_type("MPI plugin types are...\n\tnone\n\tpmi2\n\tpmix_v3\n\tpmix_v4\n"),
              "pmix_v4");
    EXPECT_EQ(pmix_type("\tpmix_v4\n\tpmix\n"), "pmix");
    EXPECT_EQ(pmix_type("none\npmi2\ncray_shasta\n"), std::nullopt);
}

TEST(SlurmLauncherTest, OfTwoNodesTheSecondStartsMpiLater) {
    EXPECT_THAT(pmix_environment(2), Contains(testing::Key(kSecondNodeLaterVariable)));
    for (const std::size_t hosts : {1U, 3U, 64U}) {
        EXPECT_THAT(pmix_environment(hosts),
                    testing::ElementsAre(testing::Pair("SLURM_PMIX_FENCE", "ring")));
    }
}

TEST(SlurmLauncherTest, OutsideAnAllocationItSaysSo) {
    ::unsetenv("SLURM_JOB_NODELIST");
    ::unsetenv("SLURM_NODELIST");
    SlurmLauncher launcher{"10.1.0.9"};
    EXPECT_THAT(refusal([&] { launcher.check(); }), HasSubstr("no Slurm allocation"));
    EXPECT_THAT(refusal([] { (void)slurm_hosts(); }), HasSubstr("no Slurm allocation"));
}

TEST(LeafSwitches, AreThoseOfLevelNought) {
    const auto switches = leaf_switches(
        "SwitchName=s0 Level=0 LinkSpeed=1 Nodes=n[1-2]\n"
        "SwitchName=s1 Level=0 LinkSpeed=1 Nodes=n3\n"
        "SwitchName=top Level=1 LinkSpeed=1 Nodes=n[1-3] Switches=s[0-1]\n"
        "SwitchName=odd Level=0 Nodes=n[1-\n"
        "nonsense\n");
    EXPECT_THAT(switches, testing::ElementsAre(testing::Pair("n1", "s0"), testing::Pair("n2", "s0"),
                                               testing::Pair("n3", "s1")));
}

TEST(MakeLauncherTest, ListensOnTheWayToTheHosts) {
    LaunchOptions options;
    EXPECT_EQ(make_launcher(options, {})->name(), "local");
    options.kind = LauncherKind::Mpirun;
    EXPECT_EQ(make_launcher(options, {"localhost"})->listen_address(), "127.0.0.1");
    options.listen = "127.0.0.7";
    EXPECT_EQ(make_launcher(options, {"no-such-host"})->listen_address(), "127.0.0.7");
    options.listen = "n001";
    EXPECT_THROW((void)make_launcher(options, {"localhost"}), InputError);
    options.listen = "127.0.0.1";
    options.kind = LauncherKind::Slurm;
    EXPECT_EQ(make_launcher(options, {"localhost"})->name(), "slurm");
}

TEST(ShownTest, OddArgumentsAreInQuotes) {
    EXPECT_EQ(shown({"mpirun", "-np", "2", "a b", "$(x)", ""}), "mpirun -np 2 'a b' '$(x)' ''");
}

}  // namespace
}  // namespace rackproof
