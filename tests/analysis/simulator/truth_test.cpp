#include "analysis/simulator/truth.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/analysis/simulator/scenarios.hpp"

namespace rackproof::simulator {
namespace {

using nlohmann::json;
using test::fault;

TEST(Truth, SaysWhereEachFaultSitsAndHowLargeItIs) {
    Scenario scenario = test::fleet(24, {"gemm", "membw"});
    scenario.devices_per_node = 4;
    scenario.metrics[1].spread = 0.02;
    FaultPlan device = fault(FaultKind::Slow, FaultLevel::Device, 1);
    device.size.reset();
    device.size_in_spreads = Range{7, 7};
    device.name = "one";
    FaultPlan node = fault(FaultKind::Missing, FaultLevel::Node, 1);
    node.missing = Missing::Lost;
    node.metrics = {"gemm"};
    scenario.faults = {device, node, fault(FaultKind::Slow, FaultLevel::Rack, 1),
                       fault(FaultKind::Slow, FaultLevel::Fleet, 1)};
    const FleetSimulator fleet{scenario, 5};
    const json truth = json::parse(truth_json(fleet));
    EXPECT_EQ(truth["format"], "rackproof-truth");
    EXPECT_EQ(truth["seed"], 5);
    EXPECT_EQ(truth["run_id"], fleet.frame().run_id);
    ASSERT_EQ(truth["faults"].size(), 4U);

    const json& slow = truth["faults"][0];
    EXPECT_EQ(slow["kind"], "slow");
    EXPECT_EQ(slow["level"], "device");
    EXPECT_EQ(slow["name"], "one");
    EXPECT_EQ(slow["metrics"], json::array({"gemm", "membw"}));
    EXPECT_DOUBLE_EQ(slow["sizes"][0], 0.07);
    EXPECT_DOUBLE_EQ(slow["sizes"][1], 0.14);
    const std::int32_t slot = fleet.planted()[0].unit;
    EXPECT_EQ(slow["device"], std::to_string(slot % 4));
    EXPECT_EQ(slow["node"], fleet.layout().nodes[static_cast<std::size_t>(slot / 4)].name);
    EXPECT_EQ(slow["rack"], fleet.layout().nodes[static_cast<std::size_t>(slot / 4)].rack);

    const json& lost = truth["faults"][1];
    EXPECT_EQ(lost["missing"], "lost");
    EXPECT_EQ(lost["metrics"], json::array({"gemm"}));
    EXPECT_TRUE(lost["sizes"].empty());
    EXPECT_TRUE(lost["device"].is_null());
    EXPECT_TRUE(truth["faults"][2]["node"].is_null());
    EXPECT_TRUE(truth["faults"][2]["rack"].is_string());
    EXPECT_TRUE(truth["faults"][3]["rack"].is_null());
}

TEST(Truth, TellsPopulationsFromFaults) {
    Scenario scenario = test::fleet(16);
    Population known;
    known.name = "driver";
    known.fraction = 0.25;
    known.driver = "new";
    Population unknown;
    unknown.name = "mode";
    unknown.fraction = 0.5;
    unknown.effect = -0.04;
    scenario.populations = {known, unknown};
    const json truth = json::parse(truth_json(FleetSimulator{scenario, 5}));
    EXPECT_TRUE(truth["faults"].empty());
    ASSERT_EQ(truth["populations"].size(), 2U);
    EXPECT_EQ(truth["populations"][0]["recorded"], true);
    EXPECT_EQ(truth["populations"][0]["nodes"].size(), 4U);
    EXPECT_EQ(truth["populations"][1]["recorded"], false);
    EXPECT_EQ(truth["populations"][1]["nodes"].size(), 8U);
}

}  // namespace
}  // namespace rackproof::simulator
