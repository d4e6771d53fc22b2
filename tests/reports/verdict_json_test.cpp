#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/reports.hpp"
#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using nlohmann::ordered_json;
using rackproof::test::add_metric;
using rackproof::test::add_retest;
using rackproof::test::add_steady_metric;
using rackproof::test::end_row;
using rackproof::test::make_fleet;
using ::testing::ElementsAre;

std::vector<std::string> keys(const ordered_json& object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object.items()) names.push_back(name);
    return names;
}

ordered_json parsed(const Judgement& judgement) {
    return ordered_json::parse(verdict_json(judgement));
}

rackproof::Run slow_fleet() {
    rackproof::Run run = make_fleet(16, 8);
    add_metric(run, {.name = "gemm.bf16"},
               [](std::size_t target) { return target == 29 ? 6.48e14 : 7.21e14; });
    return run;
}

TEST(VerdictJson, HasTheFormatsNamesInTheFormatsOrder) {
    const ordered_json json = parsed(judge(slow_fleet(), {}));
    EXPECT_THAT(keys(json), ElementsAre("format", "format_version", "run_id", "policy", "summary",
                                        "nodes", "racks", "findings", "provisional", "waiver_notes",
                                        "amendments", "left_out", "history", "run_complete",
                                        "coverage", "sensitivity", "pairs"));
    EXPECT_THAT(keys(json["summary"]), ElementsAre("nodes", "pass", "watch", "fail", "no_data"));
    EXPECT_THAT(keys(json["nodes"][0]),
                ElementsAre("node", "rack", "slot", "sku", "verdict", "findings"));
    EXPECT_THAT(keys(json["racks"][0]), ElementsAre("rack", "verdict", "findings"));
    EXPECT_THAT(
        keys(json["findings"][0]),
        ElementsAre("id", "verdict", "level", "rack", "node", "device", "peer", "group", "metric",
                    "kind", "observed", "expected", "unit", "deviation", "p_value", "since", "rule",
                    "cohort", "sentence", "action", "provisional", "waived"));
}

TEST(VerdictJson, SaysWhatTheRunCouldHaveSeen) {
    Judgement judgement;
    judgement.sensitivity = {{"gemm.bf16", "gemm", Level::Device, 128, 0.0625, "1"},
                             {"membw", "membw", std::nullopt, 0, std::nullopt, "1"}};
    EXPECT_EQ(parsed(judgement)["sensitivity"], ordered_json::parse(R"([
        {"metric":"gemm.bf16","suite":"gemm","level":"device","compared":128,"slowdown":0.0625,
         "unit":"1"},
        {"metric":"membw","suite":"membw","level":null,"compared":0,"slowdown":null,"unit":"1"}])"));
}

TEST(VerdictJson, SaysWhatTheJudgementSays) {
    const ordered_json json = parsed(judge(slow_fleet(), {}));
    EXPECT_EQ(json["format"], "rackproof-verdicts");
    EXPECT_EQ(json["format_version"], 1);
    EXPECT_EQ(json["run_id"], slow_fleet().run_id);
    EXPECT_EQ(json["summary"],
              ordered_json::parse(R"({"nodes":16,"pass":15,"watch":0,"fail":1,"no_data":0})"));
    EXPECT_EQ(json["nodes"][3], ordered_json::parse(R"({"node":"n3","rack":"r0","slot":"3",
              "sku":"h200","verdict":"fail","findings":[0]})"));
    EXPECT_EQ(json["racks"][0],
              ordered_json::parse(R"({"rack":"r0","verdict":"pass","findings":[]})"));
    const ordered_json& finding = json["findings"][0];
    EXPECT_EQ(finding["level"], "device");
    EXPECT_EQ(finding["device"], "5");
    EXPECT_TRUE(finding["peer"].is_null());
    EXPECT_EQ(finding["kind"], "slow");
    EXPECT_EQ(finding["observed"], 6.48e14);
    EXPECT_EQ(finding["expected"], 7.21e14);
    EXPECT_NEAR(finding["deviation"].get<double>(), -0.101, 0.001);
    EXPECT_GT(finding["p_value"].get<double>(), 0.0);
    EXPECT_EQ(finding["cohort"], 128);
}

TEST(VerdictJson, CoverageCountsEveryOutcome) {
    rackproof::Run run = make_fleet(4, 1);
    Metric& metric = add_steady_metric(run, {}, 1.0);
    end_row(run, metric, 2, Outcome::TimedOut, "slow disk");
    add_retest(metric, 2, 1, Outcome::TimedOut, kNoValue);
    const ordered_json coverage = parsed(judge(run, {}))["coverage"][0];
    EXPECT_EQ(coverage["cells"], 4);
    EXPECT_EQ(coverage["attempts"], 5);
    EXPECT_THAT(keys(coverage["outcomes"]),
                ElementsAre("completed", "wrong_answer", "failed", "timed_out", "lost", "skipped",
                            "excluded"));
    int sum = 0;
    for (const auto& [name, count] : coverage["outcomes"].items()) sum += count.get<int>();
    EXPECT_EQ(sum, 4);
    EXPECT_EQ(coverage["outcomes"]["timed_out"], 1);
}

TEST(VerdictJson, WritesNullWhereThereIsNothing) {
    Judgement judgement;
    judgement.findings.emplace_back();
    judgement.findings[0].observed = NAN;
    judgement.findings[0].expected = INFINITY;
    const ordered_json finding = parsed(judgement)["findings"][0];
    for (const char* name : {"rack", "node", "device", "peer", "group", "metric", "observed",
                             "expected", "unit", "deviation", "p_value", "cohort"}) {
        EXPECT_TRUE(finding[name].is_null()) << name;
    }
}

TEST(VerdictJson, CarriesThePolicyWithItsSources) {
    rackproof::Run run = make_fleet(1, 1);
    add_steady_metric(run, {}, 1.0);
    Policy policy;
    policy.limits.push_back({"gemm.*", "FLOP/s", 0.5, std::nullopt, "contract 7.1"});
    policy.optional = {"burnin.*"};
    const ordered_json json = parsed(judge(run, policy))["policy"];
    EXPECT_EQ(json["name"], "default");
    EXPECT_EQ(json["limits"][0]["min"], 0.5);
    EXPECT_TRUE(json["limits"][0]["max"].is_null());
    EXPECT_EQ(json["limits"][0]["source"], "contract 7.1");
    EXPECT_EQ(json["limits"][0]["provisional"], false);
    EXPECT_EQ(json["optional"], ordered_json::parse(R"(["burnin.*"])"));
    EXPECT_EQ(json["min_cohort"], 4);
}

TEST(VerdictJson, IsTheSameBytesEachTimeAndForRowsInAnyOrder) {
    rackproof::Run run = slow_fleet();
    end_row(run, run.metrics[0], 77, Outcome::Lost, "gone");
    const std::string first = verdict_json(judge(run, {}));
    EXPECT_EQ(first, verdict_json(judge(run, {})));
    EXPECT_EQ(first.back(), '\n');
    std::mt19937_64 random{41};
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(first, verdict_json(judge(rackproof::test::shuffled(run, random), {})));
    }
}

TEST(VerdictJson, IsJsonWhateverTheNames) {
    rackproof::Run run = make_fleet(2, 1);
    run.nodes[0].name = "\xff\xfe\"\\\n\x01";
    run.nodes[1].rack = "\u8282\u70b9";
    Metric& metric = add_steady_metric(run, {.name = "m\x80"}, 1.0);
    end_row(run, metric, 0, Outcome::Failed, "\xc3\x28");
    const ordered_json json = parsed(judge(run, {}));
    EXPECT_EQ(json["nodes"][0]["node"], "\uFFFD\uFFFD\"\\\n\x01");
    EXPECT_EQ(json["nodes"][1]["rack"], "\u8282\u70b9");
}

}  // namespace
}  // namespace rackproof
