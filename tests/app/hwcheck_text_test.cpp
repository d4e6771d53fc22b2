#include "app/hwcheck_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::Not;

Inventory some() {
    Inventory inventory;
    inventory.items = {{"cpu.model", "", "AMD \x1b[31mEPYC", "/proc/cpuinfo", ""},
                       {"gpu.vbios", "0", "96.00", "NVML", ""},
                       {"gpu.vbios", "1", "96.00", "NVML", ""},
                       {"gpu.vbios", "2", "95.00", "NVML", ""},
                       {"edac.corrected", "mc0", "7", "/sys", ""},
                       {"kernel.command_line", "", std::string(300, 'x'), "/proc/cmdline", ""},
                       {"bios.version", "", "", "/sys", "needs root"},
                       {"board.serial", "", "", "/sys", "needs root"}};
    inventory.events = {{"mlx5_0/1", "warning", "port_down", "polling"}};
    return inventory;
}

Judgement judgement() {
    Judgement made;
    made.nodes.push_back({});
    made.nodes[0].node = "n\"1";
    made.nodes[0].verdict = Verdict::Watch;
    return made;
}

TEST(InventoryText, JoinsWhatIsEqualAndNamesWhatIsNotKnown) {
    const std::string text = inventory_text(some(), {});
    EXPECT_THAT(text, HasSubstr("gpu\n  vbios [0 1]: 96.00\n  vbios [2]: 95.00\n"));
    EXPECT_THAT(text, HasSubstr("not known: 2\n  needs root: bios.version, board.serial\n"));
    EXPECT_THAT(text, HasSubstr("warning port_down [mlx5_0/1]: polling"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(InventoryText, IsNoWiderThanTheTerminal) {
    std::istringstream lines{inventory_text(some(), {.columns = 80})};
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80U) << line;
}

TEST(InventoryJson, HasEveryItemWithSourceOrReason) {
    const auto json = nlohmann::json::parse(inventory_json(some(), judgement(), "2026-11-28"));
    EXPECT_EQ(json["format"], "rackproof-inventory");
    EXPECT_EQ(json["node"], "n\"1");
    ASSERT_EQ(json["items"].size(), 8U);
    EXPECT_EQ(json["items"][1]["value"], "96.00");
    EXPECT_EQ(json["items"][1]["source"], "NVML");
    EXPECT_TRUE(json["items"][6]["value"].is_null());
    EXPECT_EQ(json["items"][6]["why_unknown"], "needs root");
    EXPECT_EQ(json["events"][0]["code"], "port_down");
    EXPECT_EQ(json["verdicts"]["format"], "rackproof-verdicts");
}

TEST(InventoryMetrics, AreThoseOfATextfileCollector) {
    const std::string text = inventory_metrics(some(), judgement());
    EXPECT_THAT(text,
                HasSubstr("rackproof_hwcheck_verdict{node=\"n\\\"1\",verdict=\"watch\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("rackproof_hwcheck_verdict{node=\"n\\\"1\",verdict=\"pass\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("rackproof_hwcheck_items{node=\"n\\\"1\",known=\"no\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("rackproof_hwcheck_count{node=\"n\\\"1\",key=\"edac.corrected\","
                                "part=\"mc0\"} 7\n"));
    EXPECT_THAT(text, Not(HasSubstr("vbios")));
}

}  // namespace
}  // namespace rackproof
