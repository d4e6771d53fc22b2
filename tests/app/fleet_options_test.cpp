#include "app/fleet_options.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "app/fleet_file.hpp"
#include "runners/worker.hpp"
#include "tests/support/refusal.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <class Use>
std::string options_refusal(Use use) {
    return test::refusal(use);
}

class FleetOptions : public testing::Test {
  protected:
    FleetOptions() { ::unsetenv("SLURM_JOB_NODELIST"); }
    ~FleetOptions() override { std::filesystem::remove(file_); }

    void write(const std::string& host) {
        std::ofstream{file_} << "[[node]]\nname = '" << host << "'\n";
        arguments_.fleet = file_;
    }

    std::filesystem::path file_ = std::filesystem::temp_directory_path() /
                                  ("rackproof-options-" + std::to_string(::getpid()) + ".toml");
    FleetArguments arguments_;
};

TEST_F(FleetOptions, LocalUnlessThereIsAFleet) {
    EXPECT_EQ(launch_options(arguments_).kind, LauncherKind::Local);
    EXPECT_EQ(fleet_of(arguments_, LauncherKind::Local), std::nullopt);
    write("n001");
    EXPECT_EQ(launch_options(arguments_).kind, LauncherKind::Mpirun);
    EXPECT_EQ(fleet_of(arguments_, LauncherKind::Mpirun)->nodes.at(0).node.name, "n001");
}

TEST_F(FleetOptions, TheAgentIsWordsApartBySpaces) {
    write("n001");
    arguments_.rsh_agent = " ssh  -p 2222";
    EXPECT_THAT(launch_options(arguments_).rsh_agent, ElementsAre("ssh", "-p", "2222"));
    arguments_.rsh_agent = " ";
    EXPECT_THAT(options_refusal([&] { (void)launch_options(arguments_); }), HasSubstr("is empty"));
}

TEST_F(FleetOptions, AListOfHostsIsAFleetOfNamesAlone) {
    arguments_.hosts = "n[09-10],gpu1";
    EXPECT_EQ(launch_options(arguments_).kind, LauncherKind::Mpirun);
    const Fleet fleet = fleet_of(arguments_, LauncherKind::Mpirun).value();
    ASSERT_EQ(fleet.nodes.size(), 3U);
    EXPECT_EQ(fleet.nodes[1].node.name, "n10");
    EXPECT_EQ(fleet.nodes[2].devices, std::nullopt);
    EXPECT_EQ(parse_fleet_toml(fleet.text, "its text").nodes.size(), 3U);
    for (const char* list :
         {"", "a;reboot", "n[1-", "a,a", "$(x)", "-oProxyCommand=x", "n[1-9999999]"}) {
        arguments_.hosts = list;
        EXPECT_THAT(options_refusal([&] { (void)fleet_of(arguments_, LauncherKind::Mpirun); }),
                    HasSubstr("--hosts"))
            << list;
    }
}

TEST_F(FleetOptions, OptionsOfAnotherLauncherAreRefused) {
    arguments_.launcher = "ssh";
    EXPECT_THAT(options_refusal([&] { (void)launch_options(arguments_); }),
                HasSubstr("expected local, mpirun or slurm"));
    arguments_.launcher = "mpirun";
    EXPECT_THAT(options_refusal([&] { (void)fleet_of(arguments_, LauncherKind::Mpirun); }),
                HasSubstr("expected --fleet FILE"));
    arguments_.launcher = "local";
    arguments_.listen = "10.0.0.1";
    EXPECT_THAT(options_refusal([&] { (void)launch_options(arguments_); }), HasSubstr("--listen"));
    arguments_.network = "eth0";
    EXPECT_THAT(options_refusal([&] { (void)launch_options(arguments_); }), HasSubstr("--network"));
}

TEST_F(FleetOptions, TheLocalLauncherTakesThisMachineAlone) {
    write("certainly-another-host");
    EXPECT_THAT(options_refusal([&] { (void)fleet_of(arguments_, LauncherKind::Local); }),
                HasSubstr("runs on this machine alone"));
    write(own_host_name());
    EXPECT_EQ(fleet_of(arguments_, LauncherKind::Local)->nodes.size(), 1U);
}

TEST_F(FleetOptions, SlurmNeedsAnAllocation) {
    EXPECT_THAT(options_refusal([&] { (void)fleet_of(arguments_, LauncherKind::Slurm); }),
                HasSubstr("no Slurm allocation"));
}

}  // namespace
}  // namespace rackproof
