// Runs of cases that measure pairs of a node's devices, from the plan to the run.
#include <gmock/gmock.h>

#include <mutex>
#include <set>

#include "core/error.hpp"
#include "runners/controller.hpp"
#include "runners/worker.hpp"
#include "suites/suite.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/runners/scripted_worker.hpp"
#include "tests/runners/thread_launcher.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// Who is at work, by device; false where one is already.
class AtWork {
  public:
    bool begin(std::int32_t first, std::int32_t second) {
        const std::scoped_lock lock{mutex_};
        return busy_.insert(first).second && busy_.insert(second).second;
    }
    void end(std::int32_t first, std::int32_t second) {
        const std::scoped_lock lock{mutex_};
        busy_.erase(first);
        busy_.erase(second);
    }

  private:
    std::mutex mutex_;
    std::set<std::int32_t> busy_;
};

class DevicePairsRun : public testing::Test {
  protected:
    DevicePairsRun() {
        plan_.retests = 1;
        plan_.stages.resize(1);
        plan_.stages[0].name = "stage 0";
        options_.directory = folder_.path();
        options_.executable = "/bin/false";
        parts_.launcher = &launcher_;
        parts_.patience.quit_s = 0;  // the program that stands for mpirun never ends by itself
        parts_.patience.settle_s = 0;
        parts_.talks = [](std::string_view) { return false; };
    }
    [[nodiscard]] WorkerParts parts_of_worker() {
        WorkerParts parts = test::scripted_parts(suite_, clock_, left_);
        parts.open_device = [this](const DeviceOptions&, std::int32_t index) {
            auto device = std::make_unique<test::ScriptedDevice>(clock_);
            device->facts.facts.pci = std::to_string(index);
            return device;
        };
        return parts;
    }

    /// One case on all pairs of so many devices, whose address is their number.
    rackproof::Run run(std::int32_t devices) {
        record::RunStarted start =
            test::sample_start(devices, {test::sample_case("a", 0, Scope::DevicePair)});
        for (Device& device : start.manifest.devices) device.pci = std::to_string(device.index);
        Controller{plan_, start, options_, parts_}.run();
        return run_from_journal(folder_.path() / "journal");
    }
    static std::int32_t peer_of(const CaseSpec& lead) {
        return std::stoi(lead.parameters.text(kPeerParameter));
    }

    test::ScratchFolder folder_;
    test::ScriptedSuite suite_;
    test::ScriptedClock clock_;
    std::atomic<int> left_{-1};
    test::ThreadLauncher launcher_{parts_of_worker()};
    Plan plan_;
    RunOptions options_;
    ControllerParts parts_;
};

TEST_F(DevicePairsRun, EachOrderedPairHasItsOwnNumberAndNoDeviceWorksTwice) {
    AtWork at_work;
    std::atomic<int> clashes{0};
    suite_.actions["a"] = [&](const CaseSpec& lead, SuiteContext& context) {
        const std::int32_t first = context.local_rank();
        const std::int32_t second = peer_of(lead);
        if (!at_work.begin(first, second)) ++clashes;
        context.operation("copy");
        context.record(lead.name, {10.0 * first + second}, {}, {});
        at_work.end(first, second);
    };
    const rackproof::Run result = run(4);
    EXPECT_TRUE(result.complete);
    EXPECT_EQ(clashes, 0);
    EXPECT_THAT(launcher_.ranks, ElementsAre(4)) << "one job, a rank a device";
    const Metric& metric = result.metrics.at(0);
    EXPECT_EQ(metric.scope, Scope::DevicePair);
    ASSERT_THAT(metric.target, SizeIs(12));
    EXPECT_THAT(metric.outcome, Each(Outcome::Completed));
    for (std::size_t i = 0; i < metric.target.size(); ++i) {
        const Target& pair = metric.target[i];
        EXPECT_EQ(metric.row(i)[0], 10.0 * pair.first + pair.second);
    }
}

TEST_F(DevicePairsRun, WhatFailsIsTheFirstDevicesAndIsTriedAgainAlone) {
    suite_.actions["a"] = [](const CaseSpec& lead, SuiteContext& context) {
        if (context.local_rank() == 2 && peer_of(lead) == 0) throw Error{"copy", "broken"};
        context.record(lead.name, {1}, {}, {});
    };
    const rackproof::Run result = run(3);
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(launcher_.ranks, ElementsAre(3, 1));
    const Metric& metric = result.metrics.at(0);
    for (std::size_t i = 0; i < metric.target.size(); ++i) {
        const bool broken = metric.target[i] == Target{2, 0};
        EXPECT_EQ(metric.outcome[i], broken ? Outcome::Failed : Outcome::Completed);
    }
    EXPECT_THAT(metric.target, SizeIs(6 + 1)) << "the second attempt has a row of its own";
    ASSERT_THAT(result.reasons, SizeIs(2));
    EXPECT_THAT(result.reasons[0].text, HasSubstr("broken"));
}

TEST_F(DevicePairsRun, ADeviceAloneIsToldOfNoPeer) {
    suite_.actions["a"] = [](const CaseSpec& lead, SuiteContext&) {
        if (lead.parameters.has(kPeerParameter)) throw Error{"find the peer", "there is one"};
        throw Unsupported{"this node has one GPU"};
    };
    const rackproof::Run result = run(1);
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::Skipped));
    EXPECT_THAT(result.metrics.at(0).target, ElementsAre(Target{0, 0}));
}

}  // namespace
}  // namespace rackproof
