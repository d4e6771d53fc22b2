#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "suites/hwcheck_case.hpp"
#include "tests/support/suite_runner.hpp"

namespace rackproof {
namespace {

using test::SuiteRun;
using testing::ElementsAre;
using testing::HasSubstr;

SuiteRun make_run() { return SuiteRun{"hwcheck", "hwcheck.inventory"}; }

Inventory some() {
    Inventory inventory;
    inventory.items = {{"cpu.model", "", "EPYC", "/proc/cpuinfo", ""},
                       {"gpu.vbios", "0", "", "NVML", "not supported"}};
    return inventory;
}

TEST(HwcheckSuite, HandsFactsAndTheirNumberToTheRun) {
    SuiteRun one = make_run();
    record_inventory(some(), one.cases[0], one.context);
    EXPECT_THAT(one.context.recorded.at("hwcheck.inventory").samples, ElementsAre(1));
    EXPECT_EQ(one.context.node_facts.at("cpu.model"), "EPYC");
    EXPECT_EQ(one.context.node_facts.at("gpu.vbios@0"), "");
    EXPECT_EQ(one.context.node_facts.at("hwcheck.not_known"), "gpu.vbios@0: not supported");
}

TEST(HwcheckSuite, MakesAnErrorOfWhatWouldSpoilAMeasurement) {
    SuiteRun one = make_run();
    Inventory inventory = some();
    inventory.events = {{"3", "warning", "gpu_in_use", "by 4711"},
                        {"mlx5_0/1", "warning", "port_down", "polling"}};
    record_inventory(inventory, one.cases[0], one.context);
    ASSERT_EQ(one.context.events.size(), 2U);
    EXPECT_EQ(one.context.events[0].severity, "error");
    EXPECT_EQ(one.context.events[0].text, "3: by 4711");
    EXPECT_EQ(one.context.events[0].device, -1) << "of the node";
    EXPECT_EQ(one.context.events[1].severity, "warning");
}

TEST(HwcheckSuite, ThatReadNothingHasNoNumber) {
    SuiteRun one = make_run();
    Inventory nothing = some();
    nothing.items.erase(nothing.items.begin());
    EXPECT_THROW(record_inventory(nothing, one.cases[0], one.context), Error);
    EXPECT_TRUE(one.context.recorded.empty());
}

TEST(HwcheckSuite, IsSpokenForByTheFirstRankOfANode) {
    SuiteRun one = make_run();
    one.context.rank = 1;
    one.run();
    EXPECT_TRUE(one.context.node_facts.empty());
    EXPECT_EQ(one.context.recorded.size(), 1U) << "of rank 0 alone it is kept";
}

}  // namespace
}  // namespace rackproof
