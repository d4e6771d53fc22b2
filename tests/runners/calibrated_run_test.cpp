// Calibration, then products, through controller, back channel, worker, suites and the GPU back
// end's own code; the GPUs are scripted.
#include <gmock/gmock.h>

#include <map>
#include <mutex>

#include "core/event_codes.hpp"
#include "devices/gpu/gpu_device.hpp"
#include "runners/controller.hpp"
#include "runners/plan_cases.hpp"
#include "suites/parameters_check.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/runners/scripted_worker.hpp"
#include "tests/runners/thread_launcher.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/scripted_gpu.hpp"

namespace rackproof {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kGpus = 4;
using Algorithms = std::vector<std::pair<std::string, double>>;

SuiteEntry small_products(const std::string& suite) {
    Parameters given;
    given.set("precision", std::vector<std::string>{"fp64"});
    given.set("device", std::string{"gpu"});
    for (const char* edge : {"m", "n", "k"}) given.set(edge, std::int64_t{8});
    if (suite != "calibration") given.set("algorithm", std::string{"calibrated"});
    SuiteEntry entry;
    entry.suite = suite;
    entry.parameters = with_defaults(*find_suite(suite), given);
    return entry;
}

/// One node of four GPUs, whose library prefers "first" and does "fast" in half the time.
class CalibratedRunTest : public testing::Test {
  protected:
    CalibratedRunTest() {
        plan_.retests = 1;
        plan_.stages = {{.name = "calibrate", .suites = {small_products("calibration")}},
                        {.name = "measure", .suites = {small_products("gemm")}}};
        lay_out(kGpus);
        for (const char* name : {"calibration.fp64.gpu", "gemm.fp64.gpu"}) {
            one_at_a_time_.actions[name] = [this](const CaseSpec& lead, SuiteContext& context) {
                const std::lock_guard lock{measuring_};
                find_suite(lead.suite)->run(lead, context);
            };
        }
        options_.directory = folder_.path();
        options_.executable = "/bin/false";
        parts_.launcher = &launcher_;
        parts_.patience.quit_s = 0;
        parts_.patience.settle_s = 0;
        parts_.talks = [](std::string_view) { return false; };
    }

    void lay_out(int gpus) {
        algorithms_.clear();
        for (int i = 0; i < gpus; ++i) algorithms_[i] = {{"first", 1}, {"fast bytes 0f", 0.5}};
        start_ = test::sample_start(gpus, {});
        for (Device& device : start_.manifest.devices) device.kind = "gpu";
        start_.manifest = make_manifest(plan_, start_.manifest.nodes, start_.manifest.devices);
    }

    WorkerParts worker_parts() {
        WorkerParts parts = test::scripted_parts(one_at_a_time_, clock_, left_);
        parts.find_suite = [this](std::string_view name) -> const Suite* {
            if (name == "gemm" && stops_at_gemm_) {
                stop_ = true;
                while (left_ < 0) std::this_thread::yield();  // the controller has gone
            }
            return &one_at_a_time_;
        };
        parts.open_device = [this](const DeviceOptions&, std::int32_t index) {
            auto gpu = std::make_unique<test::ScriptedGpu>();
            gpu->algorithms = algorithms_.at(index);
            DeviceInfo info;
            info.facts.kind = "gpu";
            return std::make_unique<gpu::GpuDevice>(std::move(gpu), info);
        };
        return parts;
    }

    rackproof::Run run() {
        Controller{plan_, start_, options_, parts_}.run();
        return run_from_journal(folder_.path() / "journal");
    }
    static std::vector<std::string> algorithms_of(const rackproof::Run& run, const Metric& metric) {
        std::vector<std::string> texts;
        texts.reserve(metric.variant.size());
        for (const std::int32_t variant : metric.variant) {
            texts.push_back(variant < 0
                                ? "none"
                                : run.variants.at(static_cast<std::size_t>(variant)).algorithm);
        }
        return texts;
    }
    static std::vector<std::string> told(const rackproof::Run& run) {
        std::vector<std::string> texts;
        for (const Event& event : run.events) {
            if (event.code == event_code::kCalibrated) {
                texts.push_back(event.severity + ": " + event.text);
            }
        }
        return texts;
    }

    test::ScratchFolder folder_;
    /// The suites themselves; a process of its own has each rank elsewhere, and Google Benchmark
    /// drives one measurement in a process.
    test::ScriptedSuite one_at_a_time_;
    std::mutex measuring_;
    test::ScriptedClock clock_;
    std::atomic<int> left_{-1};
    std::atomic<bool> stops_at_gemm_{false};
    std::atomic<bool> stop_{false};
    std::map<int, Algorithms> algorithms_;  ///< of each GPU, for whoever opens it next
    test::ThreadLauncher launcher_{worker_parts()};
    Plan plan_;
    record::RunStarted start_;
    RunOptions options_;
    ControllerParts parts_;
};

TEST_F(CalibratedRunTest, EveryGpuUsesWhatMostHaveChosen) {
    algorithms_[2] = {{"first", 1}, {"fast bytes 0f", 0.99}};  // it would choose "first"
    const rackproof::Run result = run();
    EXPECT_TRUE(result.complete);
    const Metric& gemm = result.metrics.at(1);
    EXPECT_EQ(gemm.name, "gemm.fp64.gpu");
    EXPECT_THAT(gemm.outcome, AllOf(testing::SizeIs(kGpus), Each(Outcome::Completed)));
    EXPECT_THAT(algorithms_of(result, gemm), Each("fast"));
    EXPECT_THAT(told(result), ElementsAre("info: calibration.fp64.gpu, sku unknown: fast bytes 0f "
                                          "of scripted 1.2 (3 of 4 chose it)"));
}

TEST_F(CalibratedRunTest, AGpuThatCannotUseItFailsAndUsesNoOther) {
    algorithms_[3] = {{"first", 1}};
    const rackproof::Run result = run();
    const Metric& gemm = result.metrics.at(1);
    const auto well = Outcome::Completed;
    const auto bad = Outcome::Failed;
    EXPECT_THAT(gemm.outcome, ElementsAre(well, well, well, bad, bad)) << "alone, too";
    EXPECT_EQ(gemm.target.back().first, 3);
    EXPECT_THAT(algorithms_of(result, gemm), ElementsAre("fast", "fast", "fast", "none", "none"));
    ASSERT_EQ(result.reasons.size(), 2U);
    EXPECT_THAT(result.reasons[0].text,
                HasSubstr("use the algorithm 'fast' of scripted 1.2 for a"));
}

TEST_F(CalibratedRunTest, AGpuWithoutAnyAlgorithmIsNotSkippedWherePeersHaveOne) {
    algorithms_[3].clear();
    const rackproof::Run result = run();
    EXPECT_EQ(result.metrics.at(0).outcome.at(3), Outcome::Skipped) << "it has nothing to choose";
    EXPECT_EQ(result.metrics.at(1).outcome.at(3), Outcome::Failed);
}

TEST_F(CalibratedRunTest, WhereNoGpuHasAnyAllAreSkippedAndNothingIsTold) {
    for (auto& [index, algorithms] : algorithms_) algorithms.clear();
    const rackproof::Run result = run();
    for (const Metric& metric : result.metrics) {
        EXPECT_THAT(metric.outcome, Each(Outcome::Skipped)) << metric.name;
    }
    EXPECT_TRUE(told(result).empty());
}

TEST_F(CalibratedRunTest, AStoppedRunGoesOnWithTheChoiceThatWasMade) {
    lay_out(1);
    stops_at_gemm_ = true;
    options_.stop_requested = [this] { return stop_ ? StopRequest::Now : StopRequest::No; };
    const rackproof::Run stopped = run();
    EXPECT_FALSE(stopped.complete);
    EXPECT_EQ(told(stopped).size(), 1U);

    algorithms_[0] = {{"first", 0.1}, {"fast bytes 0f", 0.5}};  // it would choose "first" now
    stops_at_gemm_ = false;
    options_.stop_requested = {};
    options_.resumption = std::make_shared<Resumption>(claim_run(folder_.path() / "journal"));
    const rackproof::Run result = run();
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(algorithms_of(result, result.metrics.at(1)), ElementsAre("fast"));
    EXPECT_EQ(told(result), told(stopped)) << "and it is not told again";
}

}  // namespace
}  // namespace rackproof
