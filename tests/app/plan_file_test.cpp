#include "app/plan_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "analysis/judgement.hpp"
#include "app/locations.hpp"
#include "app/profile_file.hpp"
#include "core/error.hpp"
#include "runners/plan_cases.hpp"
#include "suites/gemm_shape.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/replaced.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/source_folder.hpp"

namespace rackproof {
namespace {

using test::replaced;
using testing::AllOf;
using testing::HasSubstr;

const std::string kTiny = R"(name = "tiny"
description = "as small as a plan can be"
[run]
deadline_s = 60
retests = 2
heartbeat_timeout_s = 5.5
start_timeout_s = 12.5
[cpu]
devices_per_node = "core"
[[stage]]
name = "selftest"
[[stage.suite]]
suite = "selftest"
endings = ["pass"]
label = "one"
deadline_s = 7
[policy]
optional = ["selftest.*"]
min_effect = 0.05
unjudged = "no_data"
[[policy.limit]]
case = "selftest.pass.*"
min = 0.5
unit = "1/s"
source = "a test"
)";

/// The sentence with which `text` is refused; empty if it is taken.
std::string plan_refusal(const std::string& text) {
    return test::refusal([&] { (void)parse_plan(text, "plan.toml"); });
}

TEST(PlanFile, HoldsWhatThePersonWrote) {
    const Plan plan = parse_plan(kTiny, "plan.toml");
    EXPECT_EQ(plan.name, "tiny");
    EXPECT_EQ(plan.toml, kTiny);
    EXPECT_EQ(plan.retests, 2);
    EXPECT_DOUBLE_EQ(plan.run_deadline_s, 60);
    EXPECT_DOUBLE_EQ(plan.heartbeat_timeout_s, 5.5);
    EXPECT_DOUBLE_EQ(plan.start_timeout_s, 12.5);
    EXPECT_EQ(plan.devices.devices_per_node, DeviceOptions::kOnePerCore);
    ASSERT_EQ(plan.stages.size(), 1U);
    ASSERT_EQ(plan.stages[0].suites.size(), 1U);
    EXPECT_EQ(plan.stages[0].suites[0].label, "one");
    EXPECT_EQ(plan.stages[0].suites[0].deadline_s, 7);
    ASSERT_EQ(plan.policy.limits.size(), 1U);
    EXPECT_EQ(plan.policy.limits[0].min, 0.5);
    EXPECT_FALSE(plan.policy.limits[0].max);
    EXPECT_EQ(plan.policy.limits[0].unit, "1/s");
    EXPECT_DOUBLE_EQ(plan.policy.min_effect, 0.05);
    EXPECT_EQ(plan.policy.unjudged, Verdict::NoData);
}

TEST(PlanFile, ScalesLimitsToBaseUnits) {
    const Plan plan = parse_plan(R"(name = "x"
[[stage]]
name = "device"
[[stage.suite]]
suite = "membw"
array_bytes = "64 MiB"
[policy]
[[policy.limit]]
case = "membw.triad"
min = 20.5
unit = "GB/s"
[[policy.limit]]
case = "membw.latency"
max = 150
unit = "ns"
)",
                                 "plan.toml");
    EXPECT_DOUBLE_EQ(plan.policy.limits[0].min.value(), 20.5e9);
    EXPECT_DOUBLE_EQ(plan.policy.limits[1].max.value(), 150e-9);
    EXPECT_EQ(plan.stages[0].suites[0].parameters.integer("array_bytes"), 64 << 20);
}

TEST(PlanFile, AProvisionalLimitSaysWhereItComesFrom) {
    EXPECT_FALSE(parse_plan(kTiny, "p").policy.limits[0].provisional);
    const std::string source = "source = \"a test\"";
    const Plan plan = parse_plan(replaced(kTiny, source, source + "\nprovisional = true"), "p");
    EXPECT_TRUE(plan.policy.limits[0].provisional);
    EXPECT_EQ(plan.policy.limits[0].source, "a test");
    EXPECT_THAT(
        plan_refusal(replaced(kTiny, source, "provisional = true")),
        AllOf(HasSubstr("'source' is missing"), HasSubstr("where a provisional limit comes from")));
    EXPECT_THAT(plan_refusal(replaced(kTiny, source, source + "\nprovisional = 1")),
                HasSubstr("provisional"));
}

TEST(PlanFile, EveryShippedPolicyIsValidAndItsLimitsHaveSources) {
    int policies = 0;
    for (const std::filesystem::path& file :
         shipped_files(test::source_folder() / "plans" / "policies")) {
        const Policy policy = read_policy(file);
        EXPECT_EQ(policy.name, file.stem().string());
        EXPECT_NO_THROW(check_policy(policy));
        for (const Limit& limit : policy.limits) EXPECT_NE(limit.source, "the plan") << file;
        ++policies;
    }
    EXPECT_GE(policies, 4);
    const Policy h200 =
        read_policy(test::source_folder() / "plans" / "policies" / "h200-provisional.toml");
    EXPECT_TRUE(std::ranges::all_of(h200.limits, &Limit::provisional));
    EXPECT_TRUE(
        read_profile(test::source_folder() / "plans" / "profiles" / "h200-8.toml").provisional);
}

TEST(PlanFile, TakesLimitsOnWhatIsMadeOfABurninsCurve) {
    const std::string text = R"(name = "x"
[[stage]]
name = "hot"
[[stage.suite]]
suite = "burnin"
[policy]
[[policy.limit]]
case = "burnin.fp64.thermal_resistance"
max = 62
unit = "mK/W"
)";
    EXPECT_DOUBLE_EQ(parse_plan(text, "plan.toml").policy.limits[0].max.value(), 0.062);
    EXPECT_THAT(plan_refusal(replaced(text, "mK/W", "W")),
                HasSubstr("burnin.fp64.thermal_resistance is measured in K/W"));
    EXPECT_THAT(plan_refusal(replaced(text, "fp64.th", "fp32.th")), HasSubstr("matches no case"));
    EXPECT_THAT(plan_refusal(replaced(text, "\"burnin\"", "\"gemm\"")),
                HasSubstr("matches no case"));
}

TEST(PlanFile, SaysFileLineAndColumnOfWhatIsWrong) {
    EXPECT_THAT(plan_refusal(replaced(kTiny, "retests", "retest")), HasSubstr("plan.toml:5:1: "));
    EXPECT_THAT(plan_refusal(replaced(kTiny, "retests = 2", "retests = 11")),
                HasSubstr("plan.toml:5:"));
    EXPECT_THAT(plan_refusal(replaced(kTiny, "[\"pass\"]", "[]")), HasSubstr("plan.toml:14:"));
    EXPECT_THAT(plan_refusal(replaced(kTiny, "min = 0.5", "min = \"x\"")),
                HasSubstr("plan.toml:23:7:"));
}

TEST(PlanFile, SaysWhatWasExpected) {
    EXPECT_THAT(plan_refusal(replaced(kTiny, "retests", "retest")), HasSubstr("expected one of"));
    EXPECT_THAT(plan_refusal(replaced(kTiny, "deadline_s = 60", "deadline_s = 0")),
                HasSubstr("above 0"));
    EXPECT_THAT(plan_refusal(replaced(kTiny, "\"core\"", "\"cores\"")), HasSubstr("\"numa\""));
    EXPECT_THAT(plan_refusal(replaced(kTiny, "\"core\"", "0")), HasSubstr("from 1"));
    EXPECT_THAT(plan_refusal(replaced(kTiny, "unit = \"1/s\"", "unit = \"1/z\"")),
                HasSubstr("not known"));
    EXPECT_THAT(plan_refusal(replaced(kTiny, "unit = \"1/s\"\n", "")),
                HasSubstr("'unit' is missing"));
    EXPECT_THAT(plan_refusal(replaced(kTiny, "min = 0.5\n", "")), HasSubstr("min or max"));
    EXPECT_THAT(
        plan_refusal(replaced(kTiny, "min = 0.5\nunit = \"1/s\"", "min = 1e308\nunit = \"EB/s\"")),
        HasSubstr("too large"));
    EXPECT_THAT(plan_refusal(replaced(kTiny, "min = 0.5", "min = 2\nmax = 1")),
                HasSubstr("above 'max'"));
    EXPECT_THAT(plan_refusal(replaced(kTiny, "\"one\"", "\"no/name\"")), HasSubstr("letters"));
    EXPECT_THAT(plan_refusal(replaced(kTiny, "\"no_data\"", "\"fail\"")),
                HasSubstr("'fail' is no verdict for what is unjudged; expected \"pass\" or "
                          "\"no_data\""));
    EXPECT_THAT(plan_refusal(replaced(kTiny, "name = \"tiny\"", "name = \"\"")),
                HasSubstr("letters"));
    EXPECT_THAT(plan_refusal(replaced(kTiny, "name = \"tiny\"\n", "")),
                HasSubstr("'name' is missing"));
}

const std::string kFleet = R"(name = "fleet"
[run]
max_concurrent_nodes = 64
max_nodes_starting_per_s = 2.5
[launcher]
wrap = ["apptainer", "exec", "a b.sif"]
[[stage]]
name = "pairs"
over = "pairs"
pairs = "neighbours"
rounds = 2
gate = ["fail", "no_data"]
stop = ["no_data"]
power_w = 700
[[stage.suite]]
suite = "collectives"
[[stage]]
name = "rack"
over = "rack"
[[stage.suite]]
suite = "collectives"
)";

TEST(PlanFile, HoldsWhatAFleetNeeds) {
    const Plan plan = parse_plan(kFleet, "plan.toml");
    EXPECT_EQ(plan.max_concurrent_nodes, 64);
    EXPECT_DOUBLE_EQ(plan.max_nodes_starting_per_s, 2.5);
    EXPECT_THAT(plan.launcher_wrap, testing::ElementsAre("apptainer", "exec", "a b.sif"));
    EXPECT_EQ(plan.stages[0].over, Over::Pairs);
    EXPECT_EQ(plan.stages[0].pair_rounds, 2);
    EXPECT_THAT(plan.stages[0].gate, testing::ElementsAre(Verdict::Fail, Verdict::NoData));
    EXPECT_EQ(plan.stages[0].device_power_w, 700);
    EXPECT_EQ(plan.stages[1].over, Over::Rack);
    EXPECT_THAT(plan.stages[0].stop, testing::ElementsAre(Verdict::NoData));
    EXPECT_TRUE(plan.stages[1].gate.empty());
    EXPECT_FALSE(plan.stages[1].device_power_w);
    const Plan all =
        parse_plan(replaced(kFleet, "\"neighbours\"\nrounds = 2", "\"all\""), "plan.toml");
    EXPECT_EQ(all.stages[0].pair_rounds, Stage::kEveryRound);
    EXPECT_FALSE(parse_plan(kTiny, "plan.toml").max_concurrent_nodes);
    const auto pairs = [](const char* keys) {
        return parse_plan(replaced(kFleet, "\"neighbours\"\nrounds = 2", keys), "plan.toml")
            .stages[0];
    };
    EXPECT_FALSE(plan.stages[0].pair_seed);
    EXPECT_EQ(pairs("\"stratified\"").pair_seed, 1U);
    EXPECT_EQ(pairs("\"stratified\"\nseed = 12").pair_seed, 12U);
    EXPECT_EQ(pairs("\"stratified\"\nrounds = 4").pair_rounds, 4);
    EXPECT_EQ(pairs("\"neighbours\"\nrounds = \"all\"").pair_rounds, Stage::kEveryRound);
    EXPECT_EQ(pairs("\"stratified\"\nrounds = \"enough\"").pair_rounds, Stage::kEnoughRounds);
}

/// A plan's file, read with changes.
Plan changed(const std::string& text, const PlanChanges& changes) {
    const test::ScratchFolder folder;
    const std::filesystem::path file = folder.path() / "plan.toml";
    std::ofstream{file} << text;
    return read_plan(file, changes);
}

TEST(PlanFile, AllPairsAreEveryRoundOfTheStagesOverPairsAndStandInTheText) {
    const Plan as_written = parse_plan(kFleet, "plan.toml");
    for (const char* keys :
         {"\"neighbours\"\nrounds = 2", "\"stratified\"\nrounds = 2", "\"all\""}) {
        const Plan plan = changed(replaced(kFleet, "\"neighbours\"\nrounds = 2", keys), {{}, true});
        EXPECT_EQ(plan.stages[0].pair_rounds, Stage::kEveryRound);
        EXPECT_EQ(plan.stages[1], as_written.stages[1]);
        EXPECT_EQ(parse_plan(plan.toml, "its text").stages, plan.stages);
    }
}

TEST(PlanFile, WithoutChangesTheTextIsThatOfTheFile) {
    EXPECT_EQ(changed(kFleet, {}).toml, kFleet);
    const Plan plan = changed(kFleet, {{"run.retests=7"}, false});
    EXPECT_EQ(plan.retests, 7);
    EXPECT_EQ(parse_plan(plan.toml, "its text").retests, 7);
}

TEST(PlanFile, AllPairsOfAPlanWithoutPairsAreRefused) {
    try {
        (void)changed(kTiny, {{}, true});
        FAIL() << "it was taken";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("plan.toml"), HasSubstr("over = \"pairs\"")));
    }
}

const std::string kSearch = R"(name = "search"
[[stage]]
name = "rack"
over = "rack"
[[stage.suite]]
suite = "collectives"
[[stage]]
name = "who"
over = "pairs"
only_if_short = "rack"
budget_s = 600
[[stage.suite]]
suite = "collectives"
)";

TEST(PlanFile, ASearchNamesWhatItIsForAndItsBudget) {
    const Plan plan = parse_plan(kSearch, "plan.toml");
    EXPECT_EQ(plan.stages[0].only_if_short, "");
    EXPECT_FALSE(plan.stages[0].budget_s);
    EXPECT_EQ(plan.stages[1].only_if_short, "rack");
    EXPECT_EQ(plan.stages[1].budget_s, 600);
}

TEST(PlanFile, SaysWhatASearchExpects) {
    const auto says = [](const std::string& old_part, const std::string& new_part,
                         const char* expected) {
        EXPECT_THAT(plan_refusal(replaced(kSearch, old_part, new_part)), HasSubstr(expected))
            << new_part;
    };
    says("budget_s = 600\n", "", "plan.toml:7:1: 'budget_s' is missing");
    says("budget_s = 600", "budget_s = 0", "budget_s");
    says("only_if_short = \"rack\"\n", "", "only_if_short = \"STAGE\"");
    says("only_if_short = \"rack\"", "only_if_short = \"a b\"", "is no name");
    says("only_if_short = \"rack\"", "only_if_short = \"who\"", "over = \"group\" or \"rack\"");
    says("only_if_short = \"rack\"", "only_if_short = \"rock\"", "expected a stage before it");
    says("over = \"rack\"", "over = \"node\"", "expected a stage before it");
    says("over = \"pairs\"", "over = \"group\"", "expected over = \"pairs\"");
}

const std::string kConfirm = R"(name = "confirm"
[[stage]]
name = "pairs"
over = "pairs"
pairs = "stratified"
rounds = 6
seed = 4
alone = "skip"
[[stage.suite]]
suite = "collectives"
operations = ["send_receive"]
min_sample_s = 0.01
[[stage.suite]]
suite = "collectives"
operations = ["broadcast"]
label = "wide"
min_sample_s = 2
[[stage]]
name = "alone"
confirms = "pairs"
[[stage]]
name = "loaded"
confirms = "pairs"
load = "others"
suspects = 3
gate = ["fail"]
)";

TEST(PlanFile, AStageThatConfirmsTakesOverAllButItsNames) {
    const Plan plan = parse_plan(kConfirm, "plan.toml");
    for (const std::size_t i : {1U, 2U}) {
        EXPECT_EQ(plan.stages[i].confirms, "pairs");
        EXPECT_EQ(plan.stages[i].over, Over::Pairs);
        EXPECT_EQ(plan.stages[i].pair_rounds, 6);
        EXPECT_EQ(plan.stages[i].pair_seed, 4U);
        EXPECT_TRUE(plan.stages[i].skip_alone);
        ASSERT_EQ(plan.stages[i].suites.size(), 2U);
    }
    const Stage& alone = plan.stages[1];
    EXPECT_EQ(alone.load, PairLoad::None);
    EXPECT_EQ(alone.most_suspects, 8);
    EXPECT_EQ(alone.suites[0].label, "pairs-alone");
    EXPECT_EQ(alone.suites[1].label, "wide-alone");
    EXPECT_EQ(alone.suites[0].parameters, plan.stages[0].suites[0].parameters);
    const Stage& loaded = plan.stages[2];
    EXPECT_EQ(loaded.load, PairLoad::Others);
    EXPECT_EQ(loaded.most_suspects, 3);
    EXPECT_EQ(loaded.gate, std::vector<Verdict>{Verdict::Fail});
    EXPECT_EQ(loaded.suites[1].label, "wide-loaded");
    EXPECT_EQ(loaded.suites[0].parameters.real("min_sample_s"), 0.25);
    EXPECT_EQ(loaded.suites[1].parameters.real("min_sample_s"), 2);
}

TEST(PlanFile, SaysWhatAStageThatConfirmsExpects) {
    const auto says = [](const std::string& old_part, const std::string& new_part,
                         const char* expected) {
        EXPECT_THAT(plan_refusal(replaced(kConfirm, old_part, new_part)), HasSubstr(expected))
            << new_part;
    };
    says("confirms = \"pairs\"\nload", "confirms = \"alone\"\nload", "a stage before it");
    says("confirms = \"pairs\"", "confirms = \"loaded\"", "a stage before it");
    says("confirms = \"pairs\"", "confirms = 3", "text");
    says("load = \"others\"", "load = \"all\"", R"("none" or "others")");
    says("suspects = 3", "suspects = 0", "suspects");
    says("suspects = 3", "rounds = 3", "rounds");
    says("name = \"pairs\"", "name = \"pairs\"\ngate = [\"fail\"]", "take out whom this stage");
}

TEST(PlanFile, SaysWhatAFleetsKeysExpect) {
    const auto says = [](const std::string& old_part, const std::string& new_part,
                         const char* expected) {
        EXPECT_THAT(plan_refusal(replaced(kFleet, old_part, new_part)), HasSubstr(expected))
            << new_part;
    };
    says("nodes = 64", "nodes = 0", "plan.toml:3:");
    says("rounds = 2", "rounds = \"some\"", "a whole number, \"enough\" or \"all\"");
    says("rounds = 2", "rounds = 0", "rounds");
    says("rounds = 2", "rounds = 2\nseed = 3", "expected pairs = \"stratified\"");
    says("= 2.5", "= 0", "above 0");
    says("\"a b.sif\"", "7", "a list of texts");
    says("\"apptainer\"", "\"\"", "name of a program");
    says("\"a b.sif\"", "\"a\\u0000b\"", "NUL");
    says("wrap =", "wrpa =", "expected one of: wrap");
    says("over = \"rack\"", "over = \"racks\"", "plan.toml:19:8:");
    says("over = \"rack\"", "rounds = 2", "over = \"pairs\"");
    says("over = \"rack\"", "pairs = \"all\"", "over = \"pairs\"");
    says("\"neighbours\"", "\"some\"", R"("neighbours", "stratified" or "all")");
    says("\"neighbours\"", "\"all\"", "'rounds' limits neighbours");
    says("rounds = 2", "rounds = 0", "from 1");
    says("\"no_data\"", "\"pass\"", "any of \"fail\"");
    says("power_w = 700", "power_w = -1", "above 0");
    says("over = \"rack\"", "over = \"rack\"\nalone = \"wait\"", R"("refuse" or "skip")");
    says("over = \"rack\"", "alone = \"skip\"", "single nodes");
    says("suite = \"collectives\"\n[[stage]]", "suite = \"gemm\"\n[[stage]]", "do not talk");
}

TEST(PlanFile, RefusesAPolicyThatTouchesNoCase) {
    EXPECT_THAT(
        plan_refusal(replaced(kTiny, "optional = [\"selftest.*\"]", "optional = [\"gemm.*\"]")),
        HasSubstr("matches no case"));
    EXPECT_THAT(
        plan_refusal(replaced(kTiny, "case = \"selftest.pass.*\"", "case = \"selftest.fail\"")),
        HasSubstr("matches no case"));
    EXPECT_THAT(plan_refusal(replaced(kTiny, "unit = \"1/s\"", "unit = \"GB/s\"")),
                HasSubstr("measured in 1/s"));
}

TEST(PlanFile, RefusesADuplicateKeyWithItsPlace) {
    EXPECT_THAT(plan_refusal(replaced(kTiny, "retests = 2", "retests = 2\nretests = 2")),
                HasSubstr("plan.toml:6:"));
}

TEST(PlanFile, RefusesTwoStagesOfOneName) {
    EXPECT_THAT(plan_refusal(kTiny + R"(
[[stage]]
name = "selftest"
[[stage.suite]]
suite = "selftest"
endings = ["skip"]
)"),
                HasSubstr("second stage"));
}

TEST(PlanFile, ReadsThePolicyOfAPlanWhoseSuitesAreNoMore) {
    const Policy policy =
        parse_plan_policy(replaced(kTiny, "suite = \"selftest\"", "suite = \"retired\""), "run.h5");
    EXPECT_EQ(policy.limits.size(), 1U);
    EXPECT_EQ(parse_plan_policy("name = \"x\"\n", "run.h5"), Policy{});
}

TEST(PlanFile, EveryShippedPlanIsValid) {
    int plans = 0;
    for (const std::filesystem::path& file : shipped_files(test::source_folder() / "plans")) {
        const Plan plan = read_plan(file);
        EXPECT_EQ(plan.name, file.stem().string());
        EXPECT_FALSE(plan.description.empty()) << file;
        ++plans;
    }
    EXPECT_GE(plans, 4);
}

TEST(PlanFile, SaysWhereACalibrationIsLacking) {
    const std::string text = R"(name = "pinned"
[[stage]]
name = "calibrate"
[[stage.suite]]
suite = "calibration"
[[stage]]
name = "measure"
[[stage.suite]]
suite = "gemm"
device = "gpu"
precision = ["bf16"]
algorithm = "calibrated"
)";
    EXPECT_EQ(plan_refusal(text), "");
    EXPECT_THAT(plan_refusal(replaced(text, "device = ", "size = 4096\ndevice = ")),
                AllOf(HasSubstr("plan.toml:8:"),
                      HasSubstr("gemm.bf16 wants a calibrated algorithm; expected suite "
                                "'calibration'")));
    EXPECT_THAT(plan_refusal(replaced(text, "[[stage]]\nname = \"measure\"\n", "")),
                HasSubstr("plan.toml:6:"))
        << "within a stage nothing waits for it";
}

/// The fabric between nodes is part of what is bought; a node alone can still be tried.
TEST(PlanFile, AcceptanceAndTheNightlySweepMeasurePairsAndRacksWhereThereAreTwoNodes) {
    for (const std::string name : {"accept", "nightly"}) {
        const Plan plan = read_plan(test::source_folder() / "plans" / (name + ".toml"));
        const auto scopes = [&](std::size_t nodes) {
            std::vector<Device> devices(2);
            devices.back().node = static_cast<std::int32_t>(nodes) - 1;
            std::map<Scope, int> counts;
            for (const CaseSpec& spec :
                 make_manifest(plan, std::vector<Node>(nodes), devices).cases) {
                ++counts[spec.scope];
            }
            return counts;
        };
        EXPECT_EQ(scopes(2)[Scope::NodePair], 4) << name << ": latency and bandwidth, CPU and GPU";
        EXPECT_EQ(scopes(2)[Scope::Group], 6) << name;
        EXPECT_EQ(scopes(1)[Scope::NodePair] + scopes(1)[Scope::Group], 0) << name;
        EXPECT_EQ(scopes(1)[Scope::Device], scopes(2)[Scope::Device]) << name;
    }
}

/// One that chose by itself might choose what makes a slow one look like its peers.
TEST(PlanFile, AcceptanceAndTheNightlySweepPinWhatGpusMultiplyWith) {
    for (const std::string name : {"accept", "nightly"}) {
        const Plan plan = read_plan(test::source_folder() / "plans" / (name + ".toml"));
        std::size_t pinned = 0;
        for (const CaseSpec& spec : plan_cases(plan)) {
            if (device_kind(spec) != "gpu" || (spec.suite != "gemm" && spec.suite != "burnin")) {
                continue;
            }
            EXPECT_TRUE(wants_calibration(spec.parameters)) << name << " " << spec.name;
            ++pinned;
        }
        EXPECT_GE(pinned, 11U) << "seven precisions, and a burn-in with three companions";
    }
}

TEST(ReadTextFile, RefusesWhatItCannotRead) {
    EXPECT_THROW((void)read_text_file("/no/such/file", 10), InputError);
    EXPECT_THROW((void)read_text_file(std::filesystem::temp_directory_path(), 10), InputError);
}

TEST(ReadTextFile, RefusesAFileThatIsTooLarge) {
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / "rackproof-read-text-file-test";
    std::ofstream{path} << "12345";
    EXPECT_EQ(read_text_file(path, 5), "12345");
    EXPECT_THROW((void)read_text_file(path, 4), InputError);
    std::filesystem::remove(path);
}

}  // namespace
}  // namespace rackproof
