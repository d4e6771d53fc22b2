#include "runners/launcher.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "core/error.hpp"

namespace rackproof {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

JobRequest request(RanksTalk talk) {
    JobRequest request;
    request.job = 2;
    request.ranks = 4;
    request.talk = talk;
    request.executable = "/opt/rack proof/bin/rackproof";
    request.scratch = "/dev/shm/rackproof-abc";
    request.environment["RACKPROOF_SECRET"] = "0123456789abcdef";
    return request;
}

TEST(LocalLauncherTest, StartsOneWorkerARank) {
    LocalLauncher launcher;
    const Command command = launcher.command(request(RanksTalk::No));
    EXPECT_EQ(command.arguments.at(0), "mpirun");
    EXPECT_EQ(command.arguments.at(1), "-np");
    EXPECT_EQ(command.arguments.at(2), "4");
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
    try {
        LocalLauncher{}.check();
        ADD_FAILURE() << "no error";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("mpirun not found: install openmpi-bin"));
    }
    ::setenv("PATH", path.c_str(), 1);
    LocalLauncher{}.check();
}

TEST(LocalLauncherTest, ListensOnThisMachineAlone) {
    EXPECT_EQ(LocalLauncher{}.listen_address(), "127.0.0.1");
    EXPECT_EQ(LocalLauncher{}.name(), "local");
}

TEST(ShownTest, OddArgumentsAreInQuotes) {
    EXPECT_EQ(shown({"mpirun", "-np", "2", "a b", "$(x)", ""}), "mpirun -np 2 'a b' '$(x)' ''");
}

}  // namespace
}  // namespace rackproof
