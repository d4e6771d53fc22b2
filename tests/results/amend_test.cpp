#include "results/amend.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "core/amendment.hpp"
#include "core/error.hpp"
#include "results/check_run.hpp"
#include "results/run_file.hpp"
#include "tests/results/sample_run.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;

constexpr const char* kMetricName = "gemm.fp64";

/// One device-scope metric on the devices 0 and 1 of these nodes, a row each.
Run run_on(const std::vector<std::string>& nodes, double value, Outcome outcome,
           const std::string& started, std::size_t repetitions = 1) {
    Run run;
    run.run_id = "id-" + started;
    run.started = started;
    run.finished = started;
    run.complete = true;
    run.launcher = "mpirun";
    run.variants.emplace_back();
    Metric& metric = run.metrics.emplace_back();
    metric.name = kMetricName;
    metric.suite = "gemm";
    metric.unit = "FLOP/s";
    metric.repetitions = repetitions;
    for (const std::string& name : nodes) {
        const auto node = static_cast<std::int32_t>(run.nodes.size());
        run.nodes.emplace_back().name = name;
        for (std::int32_t index = 0; index < 2; ++index) {
            Device& device = run.devices.emplace_back();
            device.node = node;
            device.index = index;
            device.serial = "old-" + name + "-" + std::to_string(index);
            const auto number = static_cast<std::int32_t>(run.devices.size()) - 1;
            const std::size_t row = metric.add_row({number, -1}, 0, outcome);
            metric.values[row * repetitions] = value;
            metric.variant[row] = 0;
            if (outcome == Outcome::Completed) continue;
            run.reasons.push_back({metric.name, static_cast<std::int32_t>(row), "it broke"});
        }
    }
    return run;
}

Run base_run() { return run_on({"n1", "n2"}, 10, Outcome::WrongAnswer, "2026-11-23T04:00:00Z"); }
Run repeated(const std::string& node = "n2") {
    return run_on({node}, 20, Outcome::Completed, "2026-11-24T04:00:00Z", 2);
}

TEST(Amend, NewAttemptsStandBesideTheOldOnes) {
    const rackproof::Run run = amended(base_run(), repeated(), "runs/repair");
    run_file::check_run(run);
    const Metric& metric = run.metrics.at(0);
    ASSERT_EQ(metric.rows(), 6U);
    for (std::size_t row = 0; row < 4; ++row) {
        EXPECT_EQ(metric.attempt[row], 0);
        EXPECT_EQ(metric.outcome[row], Outcome::WrongAnswer);
        EXPECT_EQ(metric.row(row)[0], 10);
    }
    for (std::size_t row = 4; row < 6; ++row) {
        EXPECT_EQ(metric.attempt[row], kAttemptsPerAmendment);
        EXPECT_EQ(metric.outcome[row], Outcome::Completed);
        EXPECT_EQ(metric.row(row)[0], 20);
        EXPECT_EQ(run.devices[static_cast<std::size_t>(metric.target[row].first)].node, 1);
    }
    EXPECT_EQ(run.reasons.size(), 4U);
    EXPECT_EQ(run.finished, "2026-11-24T04:00:00Z");
    EXPECT_TRUE(run.complete);
}

TEST(Amend, ASecondRepairComesBehindTheFirst) {
    rackproof::Run second = repeated("n1");
    second.metrics[0].outcome = {Outcome::Failed, Outcome::Completed};
    second.reasons.push_back({kMetricName, 0, "again"});
    const rackproof::Run run = amended(amended(base_run(), repeated(), "a"), second, "b");
    run_file::check_run(run);
    EXPECT_EQ(run.metrics[0].attempt.back(), 2 * kAttemptsPerAmendment);
    EXPECT_EQ(run.reasons.back().row, 6);
    EXPECT_EQ(run.environment.at("amendments"), "2");
}

TEST(Amend, AnotherDeviceInThePlaceIsTold) {
    rackproof::Run again = repeated();
    again.devices[1].serial = "new";
    const rackproof::Run run = amended(base_run(), again, "runs/repair");
    EXPECT_EQ(run.devices[3].serial, "new");
    const auto told = std::ranges::find(run.events, "run.amended.device", &Event::code);
    ASSERT_NE(told, run.events.end());
    EXPECT_EQ(told->device, 3);
    EXPECT_THAT(told->text, HasSubstr("serial 'old-n2-1'"));
    const auto repair = std::ranges::find(run.events, kAmendedCode, &Event::code);
    ASSERT_NE(repair, run.events.end());
    EXPECT_EQ(repair->node, 1);
    EXPECT_EQ(repair->time, 86'400);
    EXPECT_THAT(repair->text, HasSubstr("n2: 2 cells were measured again from 2026-11-24"));
}

TEST(Amend, ADeviceMoreIsAddedAndOneLessKeepsItsRows) {
    rackproof::Run again = repeated();
    again.devices[1].index = 7;
    const rackproof::Run run = amended(base_run(), again, "runs/repair");
    run_file::check_run(run);
    ASSERT_EQ(run.devices.size(), 5U);
    EXPECT_EQ(run.devices[4].index, 7);
    EXPECT_EQ(run.devices[4].node, 1);
}

TEST(Amend, AFactThatChangedKeepsWhatItWas) {
    rackproof::Run base = base_run();
    base.inventory.push_back({"bios", Scope::Node, "dmi", {"1.0", "1.0"}});
    rackproof::Run again = repeated();
    again.inventory.push_back({"bios", Scope::Node, "dmi", {"1.1"}});
    const rackproof::Run run = amended(base, again, "runs/repair");
    EXPECT_EQ(run.inventory[0].values[0], "1.0");
    EXPECT_EQ(run.inventory[0].values[1], "1.1");
    const auto told = std::ranges::find(run.events, "run.amended.fact", &Event::code);
    ASSERT_NE(told, run.events.end());
    EXPECT_THAT(told->text, HasSubstr("bios was '1.0'"));
}

TEST(Amend, AnInterruptedRepairIsIncomplete) {
    rackproof::Run again = repeated();
    again.complete = false;
    EXPECT_FALSE(amended(base_run(), again, "x").complete);
}

TEST(Amend, WhatIsNotOfTheRunIsRefused) {
    EXPECT_THROW((void)amended(base_run(), repeated("n3"), "x"), InputError);
    rackproof::Run other = repeated();
    other.metrics[0].name = "gemm.fp32";
    EXPECT_THROW((void)amended(base_run(), other, "x"), InputError);
    rackproof::Run nothing = repeated();
    nothing.metrics.clear();
    EXPECT_THROW((void)amended(base_run(), nothing, "x"), InputError);
}

// The sample has every part that a run file can have.
TEST(Amend, AFullRunReadsBackAndItsOldPartsAreWhatTheyWere) {
    const test::ScratchFolder folder;
    const rackproof::Run base = test::sample_run();
    rackproof::Run again;
    again.started = base.started;
    again.run_id = "again";
    again.complete = true;
    again.variants.emplace_back();
    again.nodes = {base.nodes.at(0)};
    for (const Metric& metric : base.metrics) {
        if (metric.scope != Scope::Node || !again.metrics.empty()) continue;
        Metric& copy = again.metrics.emplace_back();
        copy.name = metric.name;
        copy.suite = metric.suite;
        copy.scope = metric.scope;
        copy.unit = metric.unit;
        copy.better = metric.better;
        copy.repetitions = metric.repetitions + 2;
        copy.add_row({0, -1}, 0, Outcome::Completed);
        copy.values[0] = 5;
        copy.variant[0] = 0;
    }
    ASSERT_EQ(again.metrics.size(), 1U);
    write_run_file(amended(base, again, "x"), folder / "a.h5");
    const rackproof::Run read = read_run_file(folder / "a.h5");
    const auto find = [&](const rackproof::Run& run) {
        return *std::ranges::find(run.metrics, again.metrics[0].name, &Metric::name);
    };
    const Metric before = find(base);
    const Metric after = find(read);
    ASSERT_EQ(after.rows(), before.rows() + 1);
    for (std::size_t row = 0; row < before.rows(); ++row) {
        EXPECT_EQ(after.outcome[row], before.outcome[row]);
        for (std::size_t i = 0; i < before.repetitions; ++i) {
            EXPECT_TRUE(after.row(row)[i] == before.row(row)[i] ||
                        (after.row(row)[i] != after.row(row)[i] &&
                         before.row(row)[i] != before.row(row)[i]));
        }
    }
}

}  // namespace
}  // namespace rackproof
