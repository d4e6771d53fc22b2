#include "runners/plan_cases.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "core/error.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

SuiteEntry entry(const std::string& suite, const std::string& label = "") {
    SuiteEntry entry;
    entry.suite = suite;
    entry.label = label;
    for (const ParameterSpec& spec : find_suite(suite)->parameters()) {
        entry.parameters.set(spec.name, spec.default_value);
    }
    return entry;
}

Plan plan(std::vector<Stage> stages) {
    Plan plan;
    plan.stages = std::move(stages);
    return plan;
}

Manifest manifest(const Plan& plan) {
    Device second;
    second.index = 1;
    Node node;
    node.name = "n001";
    return make_manifest(plan, {node}, {Device{}, second});
}

std::string refusal(const Plan& plan) {
    try {
        (void)manifest(plan);
    } catch (const InputError& error) {
        return error.what();
    }
    return "taken";
}

TEST(PlanCasesTest, EveryCaseStandsOnEveryTarget) {
    const Manifest all = manifest(
        plan({{"devices", {entry("selftest"), entry("gemm")}}, {"node", {entry("collectives")}}}));
    EXPECT_THAT(all.stages, ElementsAre("devices", "node"));
    std::size_t expected = 0;
    for (const CaseSpec& spec : all.cases) expected += spec.scope == Scope::Device ? 2U : 1U;
    EXPECT_EQ(all.cells.size(), expected);
    for (std::size_t i = 0; i < all.cases.size(); ++i) {
        const auto number = static_cast<std::int32_t>(i);
        const auto cells = std::ranges::count_if(
            all.cells, [&](const Cell& cell) { return cell.case_index == number; });
        EXPECT_EQ(cells, all.cases[i].scope == Scope::Device ? 2 : 1) << all.cases[i].name;
        EXPECT_EQ(all.cases[static_cast<std::size_t>(all.cases[i].lead)].suite, all.cases[i].suite);
        EXPECT_EQ(all.cases[i].stage, all.cases[i].suite == "collectives" ? 1 : 0);
    }
}

TEST(PlanCasesTest, ALabelStandsBehindTheLeadsName) {
    const std::vector<CaseSpec> bare = entry_cases(entry("burnin"), 0, 0);
    const std::vector<CaseSpec> labelled = entry_cases(entry("burnin", "long"), 3, 10);
    ASSERT_EQ(bare.size(), labelled.size());
    ASSERT_GT(bare.size(), 1U);
    const std::string& lead = bare[0].name;
    EXPECT_EQ(labelled[0].name, lead + ".long");
    for (std::size_t i = 1; i < bare.size(); ++i) {
        if (bare[i].name.starts_with(lead + ".")) {
            EXPECT_EQ(labelled[i].name, lead + ".long" + bare[i].name.substr(lead.size()));
        }
        EXPECT_EQ(labelled[i].lead, bare[i].lead + 10);
        EXPECT_EQ(labelled[i].stage, 3);
    }
}

TEST(PlanCasesTest, AnEntrysDeadlineReplacesTheSuites) {
    SuiteEntry with = entry("selftest");
    with.deadline_s = 7.5;
    EXPECT_EQ(entry_cases(with, 0, 0).at(0).deadline_s, 7.5);
    EXPECT_GT(entry_cases(entry("selftest"), 0, 0).at(0).deadline_s, 0);
}

TEST(PlanCasesTest, TwoCasesOfOneNameAreRefusedWithBothPlaces) {
    EXPECT_THAT(refusal(plan({{"one", {entry("selftest")}}, {"two", {entry("selftest")}}})),
                AllOf(HasSubstr("'selftest.pass'"), HasSubstr("stage 'one'"),
                      HasSubstr("stage 'two'"), HasSubstr("label")));
    EXPECT_EQ(refusal(plan({{"one", {entry("selftest")}}, {"two", {entry("selftest", "b")}}})),
              "taken");
}

TEST(PlanCasesTest, AStageOfTwoScopesIsRefused) {
    EXPECT_THAT(
        refusal(plan({{"both", {entry("selftest"), entry("collectives")}}})),
        AllOf(HasSubstr("stage 'both' mixes scopes"), HasSubstr("a device"), HasSubstr("a node")));
}

TEST(PlanCasesTest, AnUnknownSuiteAndAnOddLabelAreRefused) {
    SuiteEntry unknown = entry("selftest");
    unknown.suite = "no-such-suite";
    EXPECT_THAT(refusal(plan({{"one", {unknown}}})), HasSubstr("no suite 'no-such-suite'"));
    EXPECT_THAT(refusal(plan({{"one", {entry("selftest", "a/b")}}})), HasSubstr("'a/b'"));
}

}  // namespace
}  // namespace rackproof
