#include "runners/plan_cases.hpp"

#include <gmock/gmock.h>

#include <set>

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

/// So many nodes, each with two devices; the last one stands in a rack of its own.
Manifest manifest_of_fleet(const Plan& plan, std::int32_t count) {
    std::vector<Node> nodes(static_cast<std::size_t>(count));
    std::vector<Device> devices;
    for (std::int32_t i = 0; i < count; ++i) {
        nodes[static_cast<std::size_t>(i)].name = "n" + std::to_string(i);
        nodes[static_cast<std::size_t>(i)].rack = i == count - 1 ? "alone" : "row";
        for (const std::int32_t index : {0, 1}) {
            devices.emplace_back().node = i;
            devices.back().index = index;
        }
    }
    return make_manifest(plan, std::move(nodes), std::move(devices));
}

SuiteEntry one_collective(const std::string& label = "") {
    SuiteEntry one = entry("collectives", label);
    one.parameters.set("operations", std::vector<std::string>{"all_reduce"});
    one.parameters.set("min_bytes", std::int64_t{1024});
    one.parameters.set("max_bytes", std::int64_t{1024});
    return one;
}

Stage over(Over what, std::int32_t rounds = Stage::kEveryRound) {
    Stage stage{std::string{to_string(what)}, {one_collective()}};
    stage.over = what;
    stage.pair_rounds = rounds;
    return stage;
}

std::vector<Target> targets_of(const Manifest& manifest, const std::string& name) {
    std::vector<Target> targets;
    for (const Cell& cell : manifest.cells) {
        const CaseSpec& spec = manifest.cases.at(static_cast<std::size_t>(cell.case_index));
        if (spec.name == name) targets.push_back(cell.target);
    }
    return targets;
}

std::string refusal_of_fleet(const Plan& plan, std::int32_t nodes) {
    try {
        (void)manifest_of_fleet(plan, nodes);
    } catch (const InputError& error) {
        return error.what();
    }
    return "taken";
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
    const std::vector<CaseSpec> bare = entry_cases({}, entry("burnin"), 0, 0);
    const std::vector<CaseSpec> labelled = entry_cases({}, entry("burnin", "long"), 3, 10);
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
    EXPECT_EQ(entry_cases({}, with, 0, 0).at(0).deadline_s, 7.5);
    EXPECT_GT(entry_cases({}, entry("selftest"), 0, 0).at(0).deadline_s, 0);
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

TEST(PlanCasesTest, OneCollectiveOverEveryScopeHasANameAndTargetsOfEach) {
    const Manifest all = manifest_of_fleet(
        plan({over(Over::Node), over(Over::Pairs), over(Over::Group), over(Over::Rack)}), 5);
    const std::string name = "collectives.all_reduce.1KiB";
    EXPECT_THAT(targets_of(all, name), testing::SizeIs(5));
    EXPECT_THAT(targets_of(all, name + ".pairs"), testing::SizeIs(10));
    EXPECT_THAT(targets_of(all, name + ".group"), ElementsAre(Target{0, -1}));
    EXPECT_THAT(targets_of(all, name + ".rack"), ElementsAre(Target{1, -1}, Target{2, -1}));
    EXPECT_THAT(all.groups,
                ElementsAre(ElementsAre(0, 1, 2, 3, 4), ElementsAre(0, 1, 2, 3), ElementsAre(4)));
    EXPECT_EQ(all.cases.at(0).scope, Scope::Node);
    EXPECT_EQ(all.cases.at(1).scope, Scope::NodePair);
    EXPECT_EQ(all.cases.at(2).scope, Scope::Group);
    EXPECT_EQ(all.cases.at(3).scope, Scope::Group);
}

TEST(PlanCasesTest, NeighboursMeetInSoManyRounds) {
    const Manifest one = manifest_of_fleet(plan({over(Over::Pairs, 1)}), 4);
    EXPECT_THAT(targets_of(one, "collectives.all_reduce.1KiB.pairs"),
                ElementsAre(Target{0, 1}, Target{2, 3}));
    EXPECT_EQ(manifest_of_fleet(plan({over(Over::Pairs, 2)}), 4).cells.size(), 4U);
}

TEST(PlanCasesTest, StratifiedPairsMeetInsideAndOutsideOfTheirRack) {
    const auto pairs = [](std::uint64_t seed) {
        Stage stage = over(Over::Pairs, 4);
        stage.pair_seed = seed;
        std::vector<Node> nodes(16);
        std::vector<Device> devices(16);
        for (std::size_t i = 0; i < 16; ++i) {
            nodes[i].name = "n" + std::to_string(i);
            nodes[i].rack = "r" + std::to_string(i / 4);
            devices[i].node = static_cast<std::int32_t>(i);
        }
        const Manifest all = make_manifest(plan({stage}), std::move(nodes), std::move(devices));
        return targets_of(all, "collectives.all_reduce.1KiB.pairs");
    };
    const std::vector<Target> targets = pairs(7);
    ASSERT_THAT(targets, testing::SizeIs(32));
    const auto inside = std::ranges::count_if(
        targets, [](const Target& target) { return target.first / 4 == target.second / 4; });
    EXPECT_GE(inside, 12);
    EXPECT_LE(inside, 20);
    EXPECT_EQ(pairs(7), targets);
    EXPECT_NE(pairs(8), targets);
}

TEST(PlanCasesTest, ANodeThatTakesNoPartIsNobodysPartner) {
    const auto manifest_with = [](const std::set<std::size_t>& out) {
        std::vector<Node> nodes(4);
        std::vector<Device> devices(4);
        for (std::size_t i = 0; i < 4; ++i) {
            nodes[i].name = "n" + std::to_string(i);
            if (out.contains(i)) nodes[i].state = "drained";
            devices[i].node = static_cast<std::int32_t>(i);
        }
        return make_manifest(plan({over(Over::Node), over(Over::Pairs, 1), over(Over::Group)}),
                             nodes, devices);
    };
    const std::string name = "collectives.all_reduce.1KiB";
    const Manifest one_out = manifest_with({1});
    EXPECT_THAT(targets_of(one_out, name), testing::SizeIs(4)) << "alone it keeps its cell";
    EXPECT_THAT(targets_of(one_out, name + ".pairs"), ElementsAre(Target{0, 2}));
    EXPECT_THAT(one_out.groups, ElementsAre(ElementsAre(0, 2, 3)));
    const Manifest one_left = manifest_with({0, 1, 2});
    EXPECT_THAT(targets_of(one_left, name + ".pairs"), ElementsAre(Target{0, 1}, Target{2, 3}));
    EXPECT_THAT(one_left.groups, ElementsAre(ElementsAre(0, 1, 2, 3)));
}

TEST(PlanCasesTest, AStageOverSeveralNodesIsLeftOutOfARunOfOneWhereItMayBe) {
    std::vector<Stage> stages{over(Over::Pairs), over(Over::Group), over(Over::Node)};
    stages[0].skip_alone = true;
    EXPECT_THAT(refusal_of_fleet(plan(stages), 1), HasSubstr("over group")) << "that one may not";
    stages[1].skip_alone = true;
    const Manifest alone = manifest_of_fleet(plan(stages), 1);
    ASSERT_EQ(alone.cases.size(), 1U);
    EXPECT_EQ(alone.cases[0].stage, 2) << "stages keep their numbers";
    EXPECT_EQ(alone.cells.size(), 1U);
    EXPECT_EQ(alone.stages.size(), 3U);
    EXPECT_EQ(manifest_of_fleet(plan(stages), 2).cases.size(), 3U);
}

TEST(PlanCasesTest, ALabelStandsInForWhatAStageRunsOver) {
    Stage stage = over(Over::Group);
    stage.suites = {one_collective("big")};
    EXPECT_EQ(manifest_of_fleet(plan({stage}), 2).cases.at(0).name,
              "collectives.all_reduce.1KiB.big");
}

TEST(PlanCasesTest, AGroupThatTwoStagesMeasureStandsOnce) {
    Stage again = over(Over::Group);
    again.name = "again";
    again.suites = {one_collective("again")};
    const Manifest all = manifest_of_fleet(plan({over(Over::Group), again}), 3);
    EXPECT_THAT(all.groups, testing::SizeIs(1));
    EXPECT_EQ(all.cells.size(), 2U);
}

TEST(PlanCasesTest, SeveralNodesNeedThatManyAndASuiteWhoseRanksTalk) {
    EXPECT_THAT(refusal_of_fleet(plan({over(Over::Pairs)}), 1), HasSubstr("one node"));
    EXPECT_THAT(refusal_of_fleet(plan({over(Over::Group)}), 1), HasSubstr("two nodes or more"));
    Stage gemm = over(Over::Pairs);
    gemm.suites = {entry("gemm")};
    EXPECT_THAT(refusal_of_fleet(plan({gemm}), 4),
                AllOf(HasSubstr("'gemm'"), HasSubstr("do not talk")));
    Stage mixed = over(Over::Node);
    mixed.suites.push_back(entry("gemm"));
    EXPECT_THAT(refusal_of_fleet(plan({mixed}), 4), HasSubstr("mixes scopes"));
}

SuiteEntry gpu_entry(const std::string& suite) {
    SuiteEntry made = entry(suite);
    made.parameters.set("device", std::string{"gpu"});
    return made;
}

TEST(PlanCasesTest, PairsOfDevicesAreThoseOfEachNodeAndWhereThereIsNoneAStandIn) {
    Stage gpu{.name = "gpu", .suites = {gpu_entry("p2p")}};
    std::vector<Device> devices(7);
    for (const std::size_t i : {1U, 2U, 4U}) devices[i].kind = "gpu";
    for (const std::size_t i : {3U, 4U}) devices[i].node = 1;
    for (const std::size_t i : {5U, 6U}) devices[i].node = 2;
    const Manifest made = make_manifest(plan({gpu}), {Node{}, Node{}, Node{}}, devices);
    EXPECT_EQ(made.cases.at(0).scope, Scope::DevicePair);
    EXPECT_THAT(targets_of(made, "p2p.copy"),
                ElementsAre(Target{1, 2}, Target{2, 1}, Target{4, 4}, Target{5, 5}))
        << "two GPUs, one beside a CPU, and none";
    gpu.over = Over::Pairs;
    EXPECT_THROW((void)make_manifest(plan({gpu}), {Node{}, Node{}, Node{}}, devices), InputError);
}

TEST(PlanCasesTest, CasesForGpusAreLaidOutOnGpusAndWhereThereIsNoneOnAStandIn) {
    Stage cpu{.name = "cpu", .suites = {entry("membw")}};
    Stage gpu{.name = "gpu", .suites = {gpu_entry("membw")}};
    std::vector<Device> devices(4);
    devices[1].kind = devices[2].kind = "gpu";
    devices[3].node = 1;
    const Manifest made = make_manifest(plan({cpu, gpu}), {Node{}, Node{}}, devices);
    std::map<std::string, std::vector<std::int32_t>> targets;
    for (const Cell& cell : made.cells) {
        targets[made.cases.at(static_cast<std::size_t>(cell.case_index)).name].push_back(
            cell.target.first);
    }
    EXPECT_THAT(targets.at("membw.copy"), ElementsAre(0, 3));
    EXPECT_THAT(targets.at("membw.copy.gpu"), ElementsAre(1, 2, 3));
}

/// Calibration and a suite of every device, on so many nodes with these GPUs each; "y" is the sku
/// of the last node.
class FewOfEachSku : public testing::Test {
  protected:
    FewOfEachSku(std::size_t nodes = 5, std::int32_t gpus_each = 2) : nodes_(nodes) {
        for (std::size_t node = 0; node < nodes; ++node) {
            nodes_[node].sku = node + 1 == nodes ? "y" : "x";
            for (std::int32_t i = 0; i <= gpus_each; ++i) {
                Device& device = devices_.emplace_back();
                device.node = static_cast<std::int32_t>(node);
                device.index = i;
                device.kind = i == 0 ? "cpu" : "gpu";
            }
        }
    }
    /// The devices that calibrate, by node and index.
    [[nodiscard]] std::vector<std::pair<int, int>> calibrators() const {
        const Manifest made = make_manifest(
            plan({{.name = "calibrate", .suites = {entry("calibration"), gpu_entry("membw")}}}),
            nodes_, devices_);
        std::size_t gpus = 0;
        for (const Device& device : devices_) gpus += device.kind == "gpu" ? 1U : 0U;
        EXPECT_GE(targets_of(made, "membw.copy.gpu").size(), gpus) << "that runs on all";
        std::vector<std::pair<int, int>> found;
        for (const Target& target : targets_of(made, "calibration.bf16")) {
            const Device& device = devices_.at(static_cast<std::size_t>(target.first));
            found.emplace_back(device.node, device.index);
        }
        return found;
    }

    std::vector<Node> nodes_;
    std::vector<Device> devices_;
};
using At = std::pair<int, int>;

TEST_F(FewOfEachSku, AreThreeOnDifferentNodesAndAllWhereTheyAreAFew) {
    EXPECT_THAT(calibrators(), ElementsAre(At{0, 1}, At{1, 1}, At{2, 1}, At{4, 1}, At{4, 2}));
    nodes_[3].sku = "y";
    EXPECT_THAT(calibrators(), ElementsAre(At{0, 1}, At{0, 2}, At{1, 1}, At{1, 2}, At{2, 1},
                                           At{2, 2}, At{3, 1}, At{3, 2}, At{4, 1}, At{4, 2}))
        << "six are a few";
}

TEST_F(FewOfEachSku, AreNotOnANodeThatTakesNoPart) {
    nodes_[1].state = "drained";
    nodes_[2].state = "down*";
    EXPECT_THAT(calibrators(), ElementsAre(At{0, 1}, At{3, 1}, At{0, 2}, At{4, 1}, At{4, 2}));
}

TEST_F(FewOfEachSku, AreNoneWhereNobodyTakesPart) {
    for (std::size_t i = 0; i < 4; ++i) nodes_[i].state = "drained";
    EXPECT_THAT(calibrators(), ElementsAre(At{4, 1}, At{4, 2}));
}

TEST_F(FewOfEachSku, AreOneStandInWhereThereIsNoGpu) {
    std::erase_if(devices_, [](const Device& device) {
        return device.kind == "gpu" && (device.node < 4 || device.index == 1);
    });
    EXPECT_THAT(calibrators(), ElementsAre(At{0, 0}, At{4, 2}));
}

TEST_F(FewOfEachSku, AreNoStandInsBesideMoreThanAFew) {
    std::erase_if(devices_,
                  [](const Device& device) { return device.kind == "gpu" && device.node == 0; });
    nodes_[4].sku = "x";
    EXPECT_THAT(calibrators(), ElementsAre(At{1, 1}, At{2, 1}, At{3, 1}));
}

TEST(PlanCasesTest, ACalibratedCaseNeedsACalibrationInAStageBefore) {
    SuiteEntry product = gpu_entry("gemm");
    product.parameters.set("precision", std::vector<std::string>{"bf16"});
    product.parameters.set("algorithm", std::string{"calibrated"});
    const Stage calibrate{.name = "calibrate", .suites = {entry("calibration")}};
    const Stage measure{.name = "measure", .suites = {product}};
    EXPECT_EQ(refusal(plan({calibrate, measure})), "taken");
    for (const std::string& said :
         {refusal(plan({measure})), refusal(plan({measure, calibrate})),
          refusal(plan({{.name = "both", .suites = {entry("calibration"), product}}}))}) {
        EXPECT_THAT(said, HasSubstr("gemm.bf16 wants a calibrated algorithm"));
    }
}

TEST(PlanCasesTest, AStageHasOneKindOfDevice) {
    const Stage mixed{.name = "all", .suites = {entry("membw"), gpu_entry("membw")}};
    try {
        (void)manifest(plan({mixed}));
        FAIL() << "it was laid out";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("mixes kinds of devices"));
    }
}

TEST(PlanCasesTest, MoreCellsThanARunHasRoomForAreRefused) {
    EXPECT_THAT(refusal_of_fleet(plan({over(Over::Pairs)}), 6000),
                HasSubstr("room for 10000000 cells"));
}

TEST(PlanCasesTest, TheCasesOfASearchNameThoseThatTheySearchFor) {
    Stage search = over(Over::Pairs, 1);
    search.only_if_short = "group";
    search.budget_s = 60;
    const Manifest all = manifest_of_fleet(plan({over(Over::Group), search}), 4);
    ASSERT_THAT(all.cases, testing::SizeIs(2));
    EXPECT_FALSE(all.cases[0].parameters.has(kSearchOf));
    EXPECT_THAT(all.cases[1].parameters.texts(kSearchOf),
                ElementsAre("collectives.all_reduce.1KiB.group"));
}

TEST(PlanCasesTest, CasesThatConfirmNameThoseThatTheyConfirm) {
    Stage again = over(Over::Pairs, 1);
    again.name = "again";
    again.confirms = "pairs";
    again.load = PairLoad::Others;
    again.suites[0].label = "loaded";
    const Manifest all = manifest_of_fleet(plan({over(Over::Pairs, 1), again}), 4);
    ASSERT_THAT(all.cases, testing::SizeIs(2));
    EXPECT_FALSE(all.cases[0].parameters.has(kConfirms));
    EXPECT_EQ(all.cases[1].parameters.text(kConfirms), all.cases[0].name);
    EXPECT_EQ(all.cases[1].parameters.text(kConfirmsUnder), "others");
    ASSERT_THAT(all.cells, testing::SizeIs(4));
    EXPECT_EQ(all.cells[0].target, all.cells[2].target);
    EXPECT_EQ(all.cells[1].target, all.cells[3].target);
}

}  // namespace
}  // namespace rackproof
