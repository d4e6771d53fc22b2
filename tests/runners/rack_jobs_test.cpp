#include "runners/rack_jobs.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::vector<SlurmNode> kKnown{
    {"n1", "idle", ""}, {"n2", "drained", "bad DIMM"}, {"n3", "mixed", ""}, {"n4", "down*", ""}};
constexpr const char* kTopology =
    "SwitchName=leaf1 Level=0 LinkSpeed=1 Nodes=n[1-2]\n"
    "SwitchName=leaf2 Level=0 LinkSpeed=1 Nodes=n3\n"
    "SwitchName=spine Level=1 LinkSpeed=1 Nodes=n[1-3] Switches=leaf[1-2]\n";

Fleet fleet_with(const std::vector<std::pair<std::string, std::string>>& nodes_and_racks) {
    Fleet fleet;
    for (const auto& [name, rack] : nodes_and_racks) {
        fleet.nodes.emplace_back();
        fleet.nodes.back().node.name = name;
        fleet.nodes.back().node.rack = rack;
    }
    return fleet;
}

std::vector<std::string> names_of(const std::vector<RackJob>& jobs) {
    std::vector<std::string> names;
    for (const RackJob& job : jobs) {
        std::string text = job.folder + ":";
        for (const FleetNode& entry : job.nodes) text += " " + entry.node.name;
        names.push_back(text);
    }
    return names;
}

TEST(RackJobs, LeafSwitchesAreRacks) {
    const Fleet fleet = fleet_of_partition(kKnown, kTopology, "gpu");
    EXPECT_THAT(names_of(plan_rack_jobs(fleet, kKnown, "gpu")),
                ElementsAre("leaf1: n1 n2", "leaf2: n3", "unracked: n4"));
}

TEST(RackJobs, WithoutATopologyThePartitionIsOneRack) {
    const Fleet fleet = fleet_of_partition(kKnown, "", "gpu");
    EXPECT_THAT(names_of(plan_rack_jobs(fleet, kKnown, "gpu")), ElementsAre("gpu: n1 n2 n3 n4"));
}

TEST(RackJobs, WhatIsLeftOutKeepsItsPlaceAndItsReason) {
    const auto jobs = plan_rack_jobs(
        fleet_with({{"n1", "a"}, {"n2", "a"}, {"n4", "a"}, {"n9", "a"}}), kKnown, "gpu");
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_THAT(usable_nodes(jobs[0]), ElementsAre("n1"));
    const auto& nodes = jobs[0].nodes;
    ASSERT_EQ(nodes.size(), 4U);
    EXPECT_THAT(nodes[0].node.labels, IsEmpty());
    EXPECT_EQ(nodes[1].node.state, "drained");
    EXPECT_EQ(nodes[1].node.labels.at("reason"), "bad DIMM");
    EXPECT_EQ(nodes[2].node.state, "down*");
    EXPECT_EQ(nodes[2].node.labels.at("reason"), "Slurm gives no reason");
    EXPECT_EQ(nodes[3].node.state, "unknown");
    EXPECT_EQ(nodes[3].node.labels.at("reason"), "Slurm has no such node in partition gpu");
}

TEST(RackJobs, AStateThatTheFleetFileSaysStands) {
    Fleet fleet = fleet_with({{"n1", "a"}});
    fleet.nodes[0].node.state = "parked";
    fleet.nodes[0].node.labels["reason"] = "no coolant";
    const auto jobs = plan_rack_jobs(fleet, kKnown, "gpu");
    EXPECT_EQ(jobs[0].nodes[0].node.state, "parked");
    EXPECT_THAT(usable_nodes(jobs[0]), IsEmpty());
}

TEST(RackJobs, ARackThatCanBeNoFolderIsRefused) {
    for (const char* rack : {"../x", "a/b", "", ".", "-r", "a b", "r;1", "r\n"}) {
        EXPECT_THROW((void)plan_rack_jobs(fleet_with({{"n1", rack}}), kKnown, "gpu"), InputError)
            << rack;
    }
    EXPECT_THROW((void)plan_rack_jobs(fleet_with({{"n1", "-"}, {"n2", "unracked"}}), kKnown, "gpu"),
                 InputError);
}

RackScript parts() {
    return {.partition = "gpu",
            .most_s = 3601,
            .executable = "/opt/bin/rackproof",
            .plan = "/runs/x/plan.toml",
            .fleet = "/runs/x/a/fleet.toml",
            .out = "/runs/x/a"};
}

TEST(RackJobs, TheScriptNamesUsableNodesAlone) {
    const auto jobs =
        plan_rack_jobs(fleet_with({{"n1", "a"}, {"n2", "a"}, {"n3", "a"}}), kKnown, "gpu");
    const std::string script = rack_script(jobs[0], parts());
    for (const char* line :
         {"#!/bin/sh\n", "#SBATCH --nodelist=n1,n3\n", "#SBATCH --nodes=2\n",
          "#SBATCH --exclusive\n", "#SBATCH --no-kill\n", "#SBATCH --requeue\n",
          "#SBATCH --partition=gpu\n", "#SBATCH --time=71\n", "if [ -f /runs/x/a/journal ]; then\n",
          "    exec /opt/bin/rackproof run /runs/x/plan.toml --launcher slurm --fleet "
          "/runs/x/a/fleet.toml --resume /runs/x/a\n",
          "\nexec /opt/bin/rackproof run /runs/x/plan.toml --launcher slurm --fleet "
          "/runs/x/a/fleet.toml --out /runs/x/a\n"}) {
        EXPECT_THAT(script, HasSubstr(line));
    }
    EXPECT_THAT(script, Not(HasSubstr("n2")));
}

TEST(RackJobs, APathThatAShellWouldReadIsRefused) {
    const auto jobs = plan_rack_jobs(fleet_with({{"n1", "a"}}), kKnown, "gpu");
    for (const char* path : {"/runs/$(x)", "/runs/a b", "/runs/a;b", "/runs/a\nb", "relative",
                             "/runs/%j", "/runs/'a'", "/runs/*"}) {
        RackScript bad = parts();
        bad.out = path;
        EXPECT_THROW((void)rack_script(jobs[0], bad), InputError) << path;
        bad = parts();
        bad.executable = path;
        EXPECT_THROW((void)rack_script(jobs[0], bad), InputError) << path;
    }
}

TEST(RackJobs, ARackWithoutNodesHasNoScript) {
    const auto jobs = plan_rack_jobs(fleet_with({{"n2", "a"}}), kKnown, "gpu");
    EXPECT_THROW((void)rack_script(jobs[0], parts()), Error);
}

}  // namespace
}  // namespace rackproof
