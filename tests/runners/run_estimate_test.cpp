#include "runners/run_estimate.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "runners/device_pairs.hpp"
#include "runners/plan_cases.hpp"

namespace rackproof {
namespace {

using testing::DoubleNear;
using testing::Optional;

constexpr double kJobStart_s = 1;

/// A fleet of `racks` with one case of the given scope, each run of which takes 10 s.
struct Sample {
    Sample(int nodes, int devices_per_node, Scope scope) {
        for (int node = 0; node < nodes; ++node) {
            Node one;
            one.name = "n" + std::to_string(node);
            manifest.nodes.push_back(one);
            for (int i = 0; i < devices_per_node; ++i) {
                Device device;
                device.node = node;
                device.index = i;
                manifest.devices.push_back(device);
            }
        }
        CaseSpec lead;
        lead.scope = scope;
        lead.expected_s = 10;
        manifest.cases = {lead};
        manifest.stages = {"only"};
        plan.stages.resize(1);
        plan.stages[0].name = "only";
        plan.max_nodes_starting_per_s = 1e9;
        const std::size_t targets =
            scope == Scope::Device ? manifest.devices.size() : manifest.nodes.size();
        if (is_pair(scope) || scope == Scope::Group) return;
        for (std::size_t i = 0; i < targets; ++i) add_cell(static_cast<std::int32_t>(i));
    }
    void add_cell(std::int32_t first, std::int32_t second = -1) {
        manifest.cells.push_back({0, {first, second}});
    }
    [[nodiscard]] StageEstimate estimate() const { return estimate_run(plan, manifest).at(0); }

    Plan plan;
    Manifest manifest;
};

TEST(RunEstimateTest, DevicesOfANodeAndNodesWorkAtOnce) {
    for (const auto& [nodes, devices] : {std::pair{8, 8}, std::pair{18, 4}}) {
        const StageEstimate rack = Sample{nodes, devices, Scope::Device}.estimate();
        EXPECT_EQ(rack.cells, nodes * devices);
        EXPECT_EQ(rack.jobs, nodes);
        EXPECT_EQ(rack.peak_nodes, nodes);
        EXPECT_EQ(rack.peak_devices, nodes * devices);
        EXPECT_THAT(rack.seconds, DoubleNear(10 + kJobStart_s, 1e-3));
    }
}

TEST(RunEstimateTest, PairsOfANodesDevicesTakeTheirRounds) {
    Sample node{1, 72, Scope::DevicePair};
    std::vector<std::int32_t> devices(72);
    std::iota(devices.begin(), devices.end(), 0);
    for (const Target& pair : device_pairs(devices)) node.add_cell(pair.first, pair.second);
    const StageEstimate stage = node.estimate();
    EXPECT_EQ(stage.cells, 72 * 71);
    EXPECT_EQ(stage.peak_devices, 72);
    EXPECT_THAT(stage.seconds, DoubleNear(2 * 71 * 10 + kJobStart_s, 1e-3));
}

TEST(RunEstimateTest, ALimitOnNodesMakesWaves) {
    Sample rack{18, 4, Scope::Device};
    rack.plan.max_concurrent_nodes = 4;  // 18 nodes: five waves
    const StageEstimate stage = rack.estimate();
    EXPECT_EQ(stage.peak_nodes, 4);
    EXPECT_EQ(stage.peak_devices, 16);
    EXPECT_THAT(stage.seconds, DoubleNear(5 * (10 + kJobStart_s), 1e-3));
}

TEST(RunEstimateTest, StartsAreStaggered) {
    Sample rack{9, 1, Scope::Node};
    rack.plan.max_nodes_starting_per_s = 2;
    EXPECT_THAT(rack.estimate().seconds, DoubleNear(8 * 0.5 + 10 + kJobStart_s, 1e-3));
    EXPECT_EQ(rack.estimate().peak_nodes, 9);
}

TEST(RunEstimateTest, SlowStartsKeepTheLoadDown) {
    Sample rack{40, 1, Scope::Node};
    rack.plan.max_nodes_starting_per_s = 1;  // a job takes 11 s, so that 11 are at work at once
    EXPECT_EQ(rack.estimate().peak_nodes, 11);
}

TEST(RunEstimateTest, PairsOfOneNodeTakeTurns) {
    Sample rack{4, 8, Scope::NodePair};
    rack.add_cell(0, 1);
    rack.add_cell(2, 3);
    rack.add_cell(0, 2);  // waits for both
    const StageEstimate stage = rack.estimate();
    EXPECT_EQ(stage.jobs, 3);
    EXPECT_EQ(stage.peak_nodes, 4);
    EXPECT_THAT(stage.seconds, DoubleNear(2 * (10 + kJobStart_s), 1e-3));
}

TEST(RunEstimateTest, AGroupIsOneJobOnAllItsNodes) {
    Sample rack{8, 8, Scope::Group};
    rack.manifest.groups = {{0, 1, 2, 3, 4, 5, 6, 7}};
    rack.plan.max_concurrent_nodes = 4;  // what needs more runs alone
    rack.add_cell(0);
    const StageEstimate stage = rack.estimate();
    EXPECT_EQ(stage.jobs, 1);
    EXPECT_EQ(stage.peak_devices, 64);
    EXPECT_THAT(stage.seconds, DoubleNear(10 + kJobStart_s, 1e-3));
}

TEST(RunEstimateTest, PowerIsThatOfTheDevicesAtWork) {
    Sample rack{18, 4, Scope::Device};
    EXPECT_EQ(rack.estimate().peak_w, std::nullopt);
    rack.plan.max_concurrent_nodes = 9;
    rack.plan.stages[0].device_power_w = 1000;
    EXPECT_THAT(rack.estimate().peak_w, Optional(36e3));
}

TEST(RunEstimateTest, OnlyDevicesOfTheStagesKindDraw) {
    for (const Scope scope : {Scope::Device, Scope::Node}) {
        Sample rack{8, 10, Scope::Group};  // no cells yet
        for (Device& device : rack.manifest.devices) {
            if (device.index >= 2) device.kind = "gpu";
        }
        rack.plan.stages[0].device_power_w = 700;
        rack.manifest.cases[0].scope = scope;
        rack.manifest.cases[0].parameters.set("device", std::string{"gpu"});
        for (std::int32_t node = 0; node < 8; ++node) {
            if (scope == Scope::Node) rack.add_cell(node);
            for (int i = 2; i < 10 && scope == Scope::Device; ++i) rack.add_cell(10 * node + i);
        }
        EXPECT_EQ(rack.estimate().peak_devices, 64);
        EXPECT_THAT(rack.estimate().peak_w, Optional(44.8e3));
    }
}

TEST(RunEstimateTest, ADeviceThatTakesNoPartDrawsNothing) {
    Sample rack{2, 8, Scope::Group};
    rack.plan.stages[0].device_power_w = 700;
    rack.manifest.cases[0].scope = Scope::Device;
    rack.add_cell(3);   // one of the first node,
    rack.add_cell(12);  // two of the second
    rack.add_cell(13);
    EXPECT_THAT(rack.estimate().peak_w, Optional(2100.0));
}

TEST(RunEstimateTest, CompanionsCostNoTime) {
    Sample rack{1, 1, Scope::Device};
    CaseSpec companion = rack.manifest.cases[0];
    companion.lead = 0;
    rack.manifest.cases.push_back(companion);
    rack.manifest.cells.push_back({1, {0, -1}});
    const StageEstimate stage = rack.estimate();
    EXPECT_EQ(stage.cells, 2);
    EXPECT_THAT(stage.seconds, DoubleNear(10 + kJobStart_s, 1e-3));
}

TEST(RunEstimateTest, SuspectsAreMeasuredAgainOneAfterTheOtherAndNoMoreThanThePlanSays) {
    Sample again{64, 1, Scope::NodePair};
    for (std::int32_t node = 0; node < 64; node += 2) again.add_cell(node, node + 1);
    again.plan.stages[0].confirms = "pairs";
    again.plan.stages[0].most_suspects = 2;
    const StageEstimate alone = again.estimate();
    EXPECT_EQ(alone.cells, 32);
    EXPECT_EQ(alone.jobs, 2 * 3 + 3);
    EXPECT_EQ(alone.peak_nodes, 2);
    EXPECT_THAT(alone.seconds, DoubleNear(9 * (10 + kJobStart_s), 1e-3));
    again.plan.stages[0].load = PairLoad::Others;
    const StageEstimate loaded = again.estimate();
    EXPECT_EQ(loaded.jobs, 32);
    EXPECT_EQ(loaded.peak_nodes, 64);
}

}  // namespace
}  // namespace rackproof
