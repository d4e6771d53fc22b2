#include "reports/html_facts.hpp"

#include <gmock/gmock.h>

#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using test::make_fleet;

TEST(HtmlFindings, TheWorstStandFirstAndTheWaivedLast) {
    Judgement judgement;
    for (const Verdict verdict : {Verdict::Watch, Verdict::Fail, Verdict::NoData, Verdict::Fail}) {
        Finding finding;
        finding.id = static_cast<std::int32_t>(judgement.findings.size());
        finding.verdict = verdict;
        judgement.findings.push_back(finding);
    }
    judgement.findings[1].waived = "until 2026-12-31 by NAME: known";
    const HtmlFindings findings = html_findings(judgement);
    std::vector<int> ids;
    for (const Json& finding : findings.json["list"]) ids.push_back(finding["id"]);
    EXPECT_THAT(ids, testing::ElementsAre(3, 2, 0, 1));
    EXPECT_THAT(findings.place, testing::ElementsAre(2, 3, 1, 0));
    EXPECT_EQ(findings.json["left_out"], 0);
}

TEST(HtmlFindings, WhatIsNullIsLeftOutAndAnActionStandsOnce) {
    Judgement judgement;
    judgement.findings.resize(2);
    for (Finding& finding : judgement.findings) finding.action = "Retest it <alone>.";
    judgement.findings[1].observed = 7;
    const Json data = html_findings(judgement).json;
    EXPECT_EQ(data["actions"], Json::array({"Retest it <alone>."}));
    EXPECT_EQ(data["list"][1]["action"], 0);
    EXPECT_EQ(data["list"][1]["observed"], 7);
    EXPECT_FALSE(data["list"][0].contains("observed"));
    EXPECT_FALSE(data["list"][0].contains("waived"));
}

TEST(HtmlFindings, WhatThereIsNoRoomForIsCounted) {
    Judgement judgement;
    judgement.findings.resize(20'003);
    judgement.findings.back().verdict = Verdict::Fail;
    const HtmlFindings findings = html_findings(judgement);
    EXPECT_EQ(findings.json["list"].size(), 20'000U);
    EXPECT_EQ(findings.json["left_out"], 3);
    EXPECT_EQ(findings.place.back(), 0);
    EXPECT_EQ(findings.place[20'001], -1);
}

TEST(HtmlNodes, EachHasItsPlaceItsVerdictAndItsFindings) {
    rackproof::Run run = make_fleet(2, 3);
    run.nodes[1].row = "B";
    Judgement judgement;
    judgement.nodes.resize(run.nodes.size());
    judgement.nodes[1].verdict = Verdict::Fail;
    judgement.nodes[1].findings = {0, 2};
    const Json data = html_nodes(run, judgement, {5, -1, 7});
    EXPECT_EQ(data["name"], (Json{"n0", "n1"}));
    EXPECT_EQ(data["row"]["is"], (Json{"-", "B"}));
    EXPECT_EQ(data["verdict"], packed(std::vector<std::int32_t>{0, 3}));
    EXPECT_EQ(data["devices"], packed(std::vector<std::int32_t>{3, 3}));
    EXPECT_EQ(data["findings"], (Json{{1, 5, 7}}));
}

TEST(HtmlRun, AnOverlongPlanIsCutAndThatIsSaid) {
    rackproof::Run run = make_fleet(1, 1);
    run.plan_toml = std::string(300'000, '#');
    HeldMetrics metrics{run};
    const Judgement judgement;
    const Json data = html_run({&run, &metrics, &judgement});
    EXPECT_EQ(data["plan"]["left_out"].get<std::size_t>() + 262'144, 300'000U);
    EXPECT_EQ(data["fleet"], (Json{{"text", ""}, {"left_out", 0}}));
}

TEST(HtmlDetailBlock, EventsOfOtherNodesAreLeftOutAndThoseOfNobodyStay) {
    rackproof::Run run = make_fleet(3, 1);
    run.events = {{2, 0, 0, "error", "xid", "79"},
                  {1, -1, -1, "info", "a", "b"},
                  {3, 2, -1, "info", "c", "d"}};
    run.groups = {{0, 1, 2}, {0, 1}};
    Judgement judgement;
    judgement.nodes.resize(run.nodes.size());
    HtmlDetail detail = detail_of(run, judgement, 1);
    detail.of_node[2] = -1;
    detail.nodes = {0, 1};
    const Json data = html_detail(run, judgement, detail);
    EXPECT_EQ(data["events"]["list"],
              (Json{{1.0, -1, -1, "info", "a", "b"}, {2.0, 0, 0, "error", "xid", "79"}}));
    EXPECT_EQ(data["groups"], (Json{"all 3 nodes", "2 nodes of rack r0"}));
}

TEST(HtmlInventory, WhatMostNodesSayStandsBesideEachButForWhatIsItsOwn) {
    rackproof::Run run = make_fleet(3, 1);
    run.inventory = {{"bios.version", Scope::Node, "dmi", {"1.2", "1.3", "1.2"}},
                     {"board.serial", Scope::Node, "dmi", {"a", "b", "c"}},
                     {"gpu.vbios", Scope::Device, "nvml", {"96", "", "96"}}};
    Judgement judgement;
    judgement.nodes.resize(run.nodes.size());
    const Json data = html_inventory(run, detail_of(run, judgement, 1));
    EXPECT_EQ(data["columns"][0]["most"], "1.2");
    EXPECT_EQ(data["columns"][0]["own"], false);
    EXPECT_EQ(data["columns"][1]["most"], "");
    EXPECT_EQ(data["columns"][1]["own"], true);
    EXPECT_EQ(data["columns"][2]["values"]["is"], (Json{"96", ""}));
    EXPECT_EQ(data["device_index"], packed(std::vector<std::int32_t>{0, 0, 0}));
}

}  // namespace
}  // namespace rackproof
