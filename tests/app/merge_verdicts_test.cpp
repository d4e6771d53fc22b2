// Racks that were run, written and merged are judged as the fleet would be that ran as one.
#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "analysis/judgement.hpp"
#include "analysis/simulator/fleet_simulator.hpp"
#include "results/merge.hpp"
#include "results/run_file.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/split_run.hpp"

namespace rackproof {
namespace {

simulator::FaultPlan fault(simulator::FaultKind kind, simulator::FaultLevel level) {
    simulator::FaultPlan plan;
    plan.kind = kind;
    plan.level = level;
    plan.count = 2;
    if (kind == simulator::FaultKind::Slow) plan.size = simulator::Range{0.1, 0.2};
    return plan;
}

simulator::Scenario three_racks() {
    using simulator::FaultKind;
    using simulator::FaultLevel;
    simulator::Scenario scenario;
    scenario.nodes = 24;
    for (const char* name : {"gemm.fp64", "membw.triad"}) {
        auto& metric = scenario.metrics.emplace_back();
        metric.name = name;
        metric.unit = "FLOP/s";
        metric.centre = 1e12;
        metric.spread = 0.005;
    }
    scenario.faults = {fault(FaultKind::Slow, FaultLevel::Device),
                       fault(FaultKind::Slow, FaultLevel::Node),
                       fault(FaultKind::WrongAnswer, FaultLevel::Device),
                       fault(FaultKind::Missing, FaultLevel::Device),
                       fault(FaultKind::Hardware, FaultLevel::Device)};
    scenario.faults[3].missing = simulator::Missing::Lost;
    scenario.faults[3].attempts = 2;
    return scenario;
}

TEST(MergeVerdicts, OfAMergeAreThoseOfTheWhole) {
    const test::ScratchFolder folder;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const auto whole = simulate(simulator::FleetSimulator{three_racks(), seed});
        std::vector<std::filesystem::path> racks;
        for (std::int32_t rack = 0; rack < 3; ++rack) {
            std::vector<std::int32_t> nodes;
            for (std::int32_t slot = 0; slot < 8; ++slot) nodes.push_back(rack * 8 + slot);
            racks.push_back(folder.path() / (std::to_string(rack) + ".h5"));
            write_run_file(test::part_of(whole, nodes), racks.back());
        }
        std::swap(racks[0], racks[2]);
        (void)merge_run_files({racks, folder.path() / "all.h5"});
        const Judgement expected = judge(whole, Policy{});
        const Judgement found = judge(read_run_file(folder.path() / "all.h5"), Policy{});

        ASSERT_EQ(found.nodes.size(), expected.nodes.size());
        for (std::size_t i = 0; i < found.nodes.size(); ++i) {
            EXPECT_EQ(found.nodes[i].node, expected.nodes[i].node);
            EXPECT_EQ(found.nodes[i].verdict, expected.nodes[i].verdict) << found.nodes[i].node;
        }
        ASSERT_EQ(found.findings.size(), expected.findings.size()) << "seed " << seed;
        EXPECT_GE(found.findings.size(), 6U);
        for (std::size_t i = 0; i < found.findings.size(); ++i) {
            EXPECT_EQ(found.findings[i].sentence, expected.findings[i].sentence);
        }
    }
}

}  // namespace
}  // namespace rackproof
