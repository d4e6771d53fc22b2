#include "app/inventory_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/judgement.hpp"
#include "app/plan_file.hpp"
#include "results/check_run.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Node named(const std::string& name) {
    Node node;
    node.name = name;
    node.sku = "h200-8";
    return node;
}

Inventory inventory(const std::string& vbios) {
    Inventory one;
    one.items = {{"cpu.model", "", "EPYC", "/proc/cpuinfo", ""},
                 {"gpu.uuid", "0", "GPU-" + vbios, "NVML", ""},
                 {"gpu.vbios", "0", vbios, "NVML", ""},
                 {"port.state", "mlx5_0/1", "active", "/sys", ""},
                 {"bios.version", "", "", "/sys", "needs root"}};
    return one;
}

const InventoryColumn& column(const Run& run, const std::string& key) {
    return *std::ranges::find(run.inventory, key, &InventoryColumn::key);
}

TEST(InventoryRun, IsARunOfColumnsAndGpus) {
    InventoryRun all{{}};
    all.add(named("n0"), inventory("96"));
    Inventory lacking = inventory("95");
    lacking.items.erase(lacking.items.begin());
    all.add(named("n1"), lacking);
    const rackproof::Run run = all.finish();
    EXPECT_NO_THROW(run_file::check_run(run));
    EXPECT_THAT(column(run, "cpu.model").values, ElementsAre("EPYC", ""));
    EXPECT_THAT(column(run, "gpu.vbios@0").values, ElementsAre("96", "95"));
    EXPECT_THAT(column(run, "port.state@mlx5_0:1").values, ElementsAre("active", "active"));
    EXPECT_EQ(column(run, "hwcheck.not_known").values[0], "bios.version: needs root");
    EXPECT_EQ(column(run, "cpu.model").source, "/proc/cpuinfo");
    ASSERT_THAT(run.devices, SizeIs(2));
    EXPECT_EQ(run.devices[1].node, 1);
    EXPECT_EQ(run.devices[1].vbios, "95");
    EXPECT_EQ(run.devices[1].kind, "gpu");
}

TEST(InventoryRun, OfAHealthyNodePasses) {
    InventoryRun all{{}};
    all.add(named("n0"), inventory("96"));
    const rackproof::Run run = all.finish();
    const Judgement judgement = judge(run, parse_plan_policy(run.plan_toml, "plan"));
    EXPECT_THAT(judgement.findings, IsEmpty());
    EXPECT_EQ(exit_status(judgement), 0);
}

TEST(InventoryRun, PutsEventsOnTheirGpuOrNode) {
    InventoryRun all{{}};
    Inventory bad = inventory("96");
    bad.events = {{"0", "error", "gpu_lost", "GPU is lost"},
                  {"nvme0", "error", "drive_not_live", "dead"}};
    all.add(named("n0"), bad);
    const rackproof::Run run = all.finish();
    EXPECT_EQ(run.events[0].device, 0);
    EXPECT_EQ(run.events[1].device, -1);
    EXPECT_EQ(run.events[1].text, "nvme0: dead");
    const Judgement judgement = judge(run, {});
    EXPECT_THAT(judgement.findings, SizeIs(2));
    EXPECT_EQ(exit_status(judgement), 1);
}

TEST(InventoryRun, OfAnAbsentNodeIsNoPass) {
    InventoryRun all{{}};
    all.add(named("n0"), inventory("96"));
    all.add_absent(named("n1"), "it did not answer");
    const rackproof::Run run = all.finish();
    EXPECT_NO_THROW(run_file::check_run(run));
    const Judgement judgement = judge(run, {});
    EXPECT_EQ(judgement.nodes[0].verdict, Verdict::Pass);
    EXPECT_EQ(judgement.nodes[1].verdict, Verdict::NoData);
    EXPECT_EQ(exit_status(judgement), 3);
}

TEST(InventoryRun, OfANodeThatSaysNothingIsNoPass) {
    InventoryRun all{{}};
    Inventory nothing;
    nothing.items = {{"cpu.model", "", "", "/proc/cpuinfo", "no such file"}};
    all.add(named("n0"), nothing);
    EXPECT_EQ(exit_status(judge(all.finish(), {})), 3);
}

}  // namespace
}  // namespace rackproof
