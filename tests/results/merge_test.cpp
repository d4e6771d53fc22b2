#include "results/merge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

#include "core/error.hpp"
#include "results/run_file.hpp"
#include "tests/results/sample_run.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/split_run.hpp"

namespace rackproof {
namespace {

using test::part_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using AnyRun = decltype(test::sample_run());

/// Four nodes of two devices in which every part of a run file has something in it, and nothing
/// reaches from the first two nodes to the others.
AnyRun four_nodes() {
    AnyRun run;
    run.run_id = "whole";
    run.started = "2026-11-23T04:41:11Z";
    run.finished = "2026-11-23T05:41:11Z";
    run.tool_version = "1";
    run.plan_name = "accept";
    run.plan_toml = "name = \"accept\"\n";
    run.launcher = "slurm";
    run.complete = true;
    run.environment = {{"kernel", "6.1"}};
    run.variants = {{"{}", "ring", "lib", ""}, {"{}", "tree", "lib", ""}};
    for (std::int32_t node = 0; node < 4; ++node) {
        run.nodes.emplace_back().name = "n" + std::to_string(node);
        for (std::int32_t index = 0; index < 2; ++index) {
            auto& device = run.devices.emplace_back();
            device.node = node;
            device.index = index;
            device.uuid = "GPU-" + std::to_string(2 * node + index);
        }
    }
    run.groups = {{0, 1}, {2, 3}};
    Metric gemm;
    gemm.name = "gemm";
    gemm.repetitions = 2;
    Metric link = gemm;
    link.name = "link";
    link.scope = Scope::NodePair;
    Metric group = gemm;
    group.name = "all_reduce";
    group.scope = Scope::Group;
    for (std::int32_t device = 0; device < 8; ++device) {
        const bool lost = device == 5;
        const std::size_t row =
            gemm.add_row({device, -1}, 0, lost ? Outcome::Lost : Outcome::Completed);
        gemm.variant[row] = lost ? -1 : device % 2;
        if (lost) run.reasons.push_back({"gemm", static_cast<std::int32_t>(row), "it died"});
        gemm.values[2 * row] = lost ? kNoValue : 100 + device;
    }
    const std::size_t retest = gemm.add_row({5, -1}, 1, Outcome::Completed);
    gemm.values[2 * retest] = 205;
    gemm.variant[retest] = 1;
    gemm.time.assign(gemm.values.size(), 50);
    for (std::int32_t i = 0; i < 2; ++i) {
        link.add_row({2 * i, 2 * i + 1}, 0, Outcome::Completed);
        link.values[static_cast<std::size_t>(2 * i)] = 10 + i;
        group.add_row({i, -1}, 0, Outcome::Completed);
        group.values[static_cast<std::size_t>(2 * i)] = 20 + i;
        auto& times = run.ranks["all_reduce"];
        times.cell.push_back(i);
        times.rank.push_back(0);
        times.repetition.push_back(0);
        times.entry.push_back(60 + i);
        times.exit.push_back(61 + i);
        times.clock_error.push_back(0.001);
    }
    run.metrics = {gemm, link, group};
    run.inventory = {{"bios", Scope::Node, "dmi", {"a", "b", "c", "d"}},
                     {"vbios", Scope::Device, "nvml", {"0", "1", "2", "3", "4", "5", "6", "7"}}};
    run.telemetry.time = {40, 41};
    run.telemetry.sensors = {{"inlet", "degC", Scope::Node, 0.5, {1, 2, 3, 4, 5, 6, 7, 8}},
                             {"power", "W", Scope::Device, 1, std::vector<float>(16, 700)}};
    for (std::int32_t node = 0; node < 4; ++node) {
        auto& event = run.events.emplace_back();
        event.time = 100 - node;
        event.node = node;
        event.device = 2 * node;
        event.code = "xid." + std::to_string(node);
    }
    return run;
}

class MergeTest : public ::testing::Test {
  protected:
    std::filesystem::path write(const std::string& name, const AnyRun& run) const {
        write_run_file(run, folder_.path() / name);
        return folder_.path() / name;
    }
    [[nodiscard]] std::filesystem::path out() const { return folder_.path() / "all.h5"; }

    AnyRun merged(const std::vector<std::filesystem::path>& inputs) {
        result_ = merge_run_files({inputs, out()});
        return read_run_file(out());
    }

    [[nodiscard]] std::string refusal(const std::vector<std::filesystem::path>& inputs) const {
        try {
            (void)merge_run_files({inputs, out()});
        } catch (const InputError& error) {
            return std::filesystem::exists(out()) ? "IT WROTE A FILE" : error.what();
        }
        return "";
    }

    /// The sentence with which the whole is refused beside a fleet of these nodes.
    [[nodiscard]] std::string refusal_by(const std::vector<std::string>& fleet,
                                         const std::vector<std::filesystem::path>& inputs) const {
        try {
            (void)merge_run_files({inputs, out(), fleet_of(fleet)});
        } catch (const InputError& error) {
            return std::filesystem::exists(out()) ? "IT WROTE A FILE" : error.what();
        }
        return "";
    }

    /// In rack r7, with the serial "S-NAME" ordered.
    static Fleet fleet_of(const std::vector<std::string>& names) {
        Fleet fleet{"# the fleet\n", {}};
        for (const std::string& name : names) {
            Node node;
            node.name = name;
            node.rack = "r7";
            node.labels["system.serial"] = "S-" + name;
            fleet.nodes.push_back({node, std::nullopt, std::nullopt});
        }
        return fleet;
    }

    [[nodiscard]] std::string bytes() const {
        std::ifstream file{out(), std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

    test::ScratchFolder folder_;
    Merged result_;
};

/// What a merge adds of its own, taken away.
AnyRun without_provenance(AnyRun run) {
    run.run_id.clear();
    run.environment.erase("merged_files");
    std::erase_if(run.events, [](const Event& event) { return event.code.starts_with("merge."); });
    return run;
}

TEST_F(MergeTest, NodesOfTheFleetThatAreInNoFileAreInTheWhole) {
    const auto whole = four_nodes();
    const auto first = write("first.h5", part_of(whole, {0, 1}));
    const auto second = write("second.h5", part_of(whole, {2, 3}));
    const Merged merged =
        merge_run_files({{second, first},
                         out(),
                         fleet_of({"n9", "n3", "n2.rack.example", "n1", "n0", "n10", "a0"})});
    EXPECT_THAT(merged.absent, ElementsAre("n9", "n10", "a0"));
    const AnyRun run = read_run_file(out());
    ASSERT_EQ(run.nodes.size(), 7U);
    std::vector<std::string> names;
    for (const Node& node : run.nodes) {
        names.push_back(node.name);
        EXPECT_EQ(node.rack, "r7");
        EXPECT_EQ(node.labels.at("system.serial"), "S-" + node.name);
    }
    EXPECT_THAT(names, ElementsAre("a0", "n0", "n1", "n10", "n2.rack.example", "n3", "n9"));
    EXPECT_EQ(run.fleet_toml, "# the fleet\n");
    EXPECT_EQ(run.inventory.front().key, "bios");
    EXPECT_THAT(run.inventory.front().values, ElementsAre("", "a", "b", "", "c", "d", ""));
    std::vector<std::string> absent;
    for (const Event& event : run.events) {
        if (event.code != "node_absent") continue;
        EXPECT_EQ(event.severity, "error");
        absent.push_back(run.nodes[static_cast<std::size_t>(event.node)].name);
    }
    EXPECT_THAT(absent, ElementsAre("a0", "n10", "n9"));
    for (const Event& event : run.events) {
        if (event.code == "xid.2") {
            EXPECT_EQ(run.nodes[static_cast<std::size_t>(event.node)].name, "n2.rack.example");
        }
    }
}

TEST_F(MergeTest, ANodeThatTheFleetDoesNotNameIsRefused) {
    const auto whole = four_nodes();
    const auto first = write("first.h5", part_of(whole, {0, 1}));
    EXPECT_THAT(refusal_by({"n0", "n2"}, {first}),
                HasSubstr("first.h5: its node 'n1' is not in the fleet file"));
}

TEST_F(MergeTest, TwoNodesThatTheFleetTakesForOneAreRefused) {
    auto whole = four_nodes();
    whole.nodes[2].name = "n1.example";
    const auto first = write("first.h5", part_of(whole, {0, 1}));
    const auto second = write("second.h5", part_of(whole, {2, 3}));
    EXPECT_THAT(refusal_by({"n0", "n1", "n3"}, {first, second}),
                HasSubstr("expected each node once"));
}

TEST_F(MergeTest, OfASplitIsTheWhole) {
    const auto whole = four_nodes();
    const auto again = without_provenance(merged({write("whole.h5", whole)}));
    const auto parts = without_provenance(
        merged({write("a.h5", part_of(whole, {0, 1})), write("b.h5", part_of(whole, {2, 3}))}));
    EXPECT_EQ(test::difference(again, parts), "");
    EXPECT_EQ(parts.reasons, whole.reasons);
    EXPECT_EQ(parts.groups, whole.groups);
    EXPECT_EQ(parts.devices, whole.devices);
    EXPECT_EQ(parts.inventory, whole.inventory);
    EXPECT_EQ(parts.ranks, whole.ranks);
    EXPECT_EQ(parts.telemetry.sensors[0].values, whole.telemetry.sensors[0].values);
    EXPECT_EQ(result_.nodes, 4U);
    EXPECT_TRUE(result_.incomplete.empty());
}

TEST_F(MergeTest, RowsAreOrderedByTargetAndAttempt) {
    const auto whole = four_nodes();
    const auto all =
        merged({write("b.h5", part_of(whole, {3, 2})), write("a.h5", part_of(whole, {1, 0}))});
    EXPECT_EQ(all.nodes[0].name, "n0");
    const Metric& gemm = all.metrics[0];
    ASSERT_EQ(gemm.rows(), 9U);
    EXPECT_EQ(gemm.target[6].first, 5);
    EXPECT_EQ(gemm.attempt[6], 1);
    EXPECT_EQ(gemm.row(6)[0], 205);
    EXPECT_EQ(all.reasons, (std::vector<Reason>{{"gemm", 5, "it died"}}));
    EXPECT_EQ(all.variants[static_cast<std::size_t>(gemm.variant[6])].algorithm, "tree");
    EXPECT_EQ(all.metrics[1].target[1], (Target{2, 3}));
    EXPECT_EQ(all.devices[5].uuid, "GPU-5");
}

TEST_F(MergeTest, TheOrderInWhichFilesAreNamedDoesNotMatter) {
    const auto whole = four_nodes();
    std::vector<std::filesystem::path> files;
    for (std::int32_t node = 0; node < 4; ++node) {
        files.push_back(write(std::to_string(node) + ".h5", part_of(whole, {node})));
    }
    (void)merged(files);
    const std::string first = bytes();
    std::ranges::reverse(files);
    (void)merged(files);
    EXPECT_EQ(bytes(), first);
    std::ranges::rotate(files, files.begin() + 1);
    (void)merged(files);
    EXPECT_EQ(bytes(), first);
    files.pop_back();
    const auto subset = merged(files);
    EXPECT_EQ(subset.nodes.size(), 3U);
    EXPECT_NE(bytes(), first);
}

TEST_F(MergeTest, ShiftsTimesOntoTheEarliestStart) {
    const auto whole = four_nodes();
    auto late = part_of(whole, {2, 3}, 30);  // its own clock began half a minute later
    late.started = "2026-11-23T04:41:41Z";
    late.finished = "2026-11-23T06:00:00Z";
    const auto all = merged({write("late.h5", late), write("early.h5", part_of(whole, {0, 1}))});
    EXPECT_EQ(all.started, "2026-11-23T04:41:11Z");
    EXPECT_EQ(all.finished, "2026-11-23T06:00:00Z");
    EXPECT_EQ(all.metrics[0].time, whole.metrics[0].time);
    EXPECT_THAT(all.ranks.at("all_reduce").entry, ElementsAre(60, 61));
    EXPECT_EQ(all.telemetry.time, whole.telemetry.time);
    const auto kept = without_provenance(all);
    ASSERT_EQ(kept.events.size(), 4U);
    EXPECT_EQ(kept.events[0].code, "xid.3");
    EXPECT_EQ(kept.events[0].time, 97);
    EXPECT_EQ(kept.events[0].device, 6);
}

TEST_F(MergeTest, TelemetryOfTwoRunsSharesRowsThatStandCloseTogether) {
    auto whole = four_nodes();
    auto second = part_of(whole, {2, 3});
    second.telemetry.time = {40.3, 42};
    const auto all = merged({write("a.h5", part_of(whole, {0, 1})), write("b.h5", second)});
    EXPECT_THAT(all.telemetry.time, ElementsAre(40, 41, 42));
    const auto& inlet = all.telemetry.sensors[0];
    EXPECT_THAT(std::vector<float>(inlet.values.begin(), inlet.values.begin() + 4),
                ElementsAre(1, 2, 3, 4));
    EXPECT_TRUE(std::isnan(inlet.values[6])) << "the second run had no reading then";
    EXPECT_EQ(inlet.values[10], 7);
}

TEST_F(MergeTest, RefusesANodeThatIsInTwoFiles) {
    const auto whole = four_nodes();
    const std::string said =
        refusal({write("a.h5", part_of(whole, {0, 1})), write("b.h5", part_of(whole, {1, 2, 3}))});
    EXPECT_THAT(said, HasSubstr("b.h5: its node 'n1' is also in "));
    EXPECT_THAT(said, HasSubstr("a.h5; expected each node in one file"));
}

TEST_F(MergeTest, RefusesPlansThatDiffer) {
    const auto whole = four_nodes();
    auto other = part_of(whole, {2, 3});
    other.plan_toml += "[run]\nretests = 2\n";
    EXPECT_THAT(refusal({write("a.h5", part_of(whole, {0, 1})), write("b.h5", other)}),
                HasSubstr("a.h5: line 2 is '[run]' instead of ''"));
    other.plan_name = "nightly";
    EXPECT_THAT(refusal({write("a.h5", part_of(whole, {0, 1})), write("b.h5", other)}),
                HasSubstr("it is a run of the plan 'nightly'"));
}

TEST_F(MergeTest, RefusesMetricsAndFactsThatContradictEachOther) {
    const auto whole = four_nodes();
    const auto with = [&](const auto& change) {
        auto other = part_of(whole, {2, 3});
        change(other);
        return refusal({write("a.h5", part_of(whole, {0, 1})), write("b.h5", other)});
    };
    EXPECT_THAT(with([](auto& run) { run.metrics[0].unit = "s"; }),
                HasSubstr("b.h5: 'gemm' has the unit 's' instead of '1' in "));
    EXPECT_THAT(with([](auto& run) { run.metrics[0].better = Direction::LowerIsBetter; }),
                HasSubstr("the better side 'lower'"));
    EXPECT_THAT(with([](auto& run) { run.metrics[0].parameters = "{\"m\":1}"; }),
                HasSubstr("the parameters"));
    EXPECT_THAT(with([](auto& run) { run.telemetry.sensors[0].unit = "K"; }),
                HasSubstr("the sensor 'inlet'"));
    EXPECT_THAT(with([](auto& run) { run.started = "yesterday"; }),
                HasSubstr("its start 'yesterday' is no time"));
    EXPECT_THAT(refusal({}), HasSubstr("nothing to merge"));
}

TEST_F(MergeTest, AnIncompleteInputMakesTheWholeIncomplete) {
    const auto whole = four_nodes();
    auto broken = part_of(whole, {2, 3});
    broken.complete = false;
    broken.finished.clear();
    const auto all = merged({write("a.h5", part_of(whole, {0, 1})), write("b.h5", broken)});
    EXPECT_FALSE(all.complete);
    EXPECT_TRUE(all.finished.empty());
    EXPECT_THAT(result_.incomplete, ElementsAre(folder_.path() / "b.h5"));
    const auto told = std::ranges::find(all.events, "merge.incomplete_input", &Event::code);
    ASSERT_NE(told, all.events.end());
    EXPECT_THAT(told->text, HasSubstr(broken.run_id));
}

TEST_F(MergeTest, KeepsWhatOnlySomeFilesHave) {
    const auto whole = four_nodes();
    auto other = part_of(whole, {2, 3});
    std::erase_if(other.metrics, [](const Metric& metric) { return metric.name == "link"; });
    other.metrics[0].repetitions = 1;
    std::vector<double> first_only;
    for (std::size_t i = 0; i < other.metrics[0].values.size(); i += 2) {
        first_only.push_back(other.metrics[0].values[i]);
    }
    other.metrics[0].values = first_only;
    other.metrics[0].time.clear();
    other.inventory.pop_back();
    other.environment["kernel"] = "6.2";
    const auto all = merged({write("a.h5", part_of(whole, {0, 1})), write("b.h5", other)});
    EXPECT_EQ(all.metrics[1].name, "link");
    EXPECT_EQ(all.metrics[1].rows(), 1U);
    EXPECT_EQ(all.metrics[0].repetitions, 2U);
    EXPECT_EQ(all.metrics[0].row(8)[0], 107);
    EXPECT_TRUE(std::isnan(all.metrics[0].row(8)[1]));
    EXPECT_TRUE(std::isnan(all.metrics[0].time[16]));
    EXPECT_EQ(all.inventory[1].values[4], "") << "unknown, and so empty";
    EXPECT_FALSE(all.environment.contains("kernel")) << "the hosts do not agree";
}

}  // namespace
}  // namespace rackproof
