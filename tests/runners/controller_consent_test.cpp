// A load that others feel: what goes wrong with it is not tried again, and nothing of it begins any
// more.
#include <gmock/gmock.h>

#include "runners/controller.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/runners/scripted_worker.hpp"
#include "tests/runners/thread_launcher.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// Four nodes, and three stages over all of them: two of such a load, and one of another suite.
class ConsentTest : public testing::Test {
  protected:
    ConsentTest() {
        plan_.retests = 2;
        plan_.stages.resize(3);
        options_.directory = folder_.path();
        options_.executable = "/bin/false";
        parts_.launcher = &launcher_;
        parts_.patience.quit_s = 0;
        parts_.patience.settle_s = 0;
        parts_.patience.words_s = 0;
        parts_.talks = [](std::string_view) { return true; };
        parts_.needs_consent = [](std::string_view suite) { return suite == "swing"; };
        std::vector<CaseSpec> cases;
        for (const char* name : {"a", "b", "c"}) {
            suite_.actions[name] = test::record_device;
            const auto index = static_cast<std::int32_t>(cases.size());
            cases.push_back(test::sample_case(name, index, Scope::Group));
            cases.back().stage = index;
        }
        cases[0].suite = cases[1].suite = "swing";
        start_ = test::sample_fleet_start(4, 1, std::move(cases));
    }

    /// The suite "swing" is the scripted one, too.
    static WorkerParts worker_parts(ConsentTest& test) {
        WorkerParts parts = test::scripted_parts(test.suite_, test.clock_, test.left_);
        parts.find_suite = [&test](std::string_view) -> const Suite* { return &test.suite_; };
        return parts;
    }

    rackproof::Run run() {
        Controller{plan_, start_, options_, parts_}.run();
        return run_from_journal(folder_.path() / "journal");
    }

    static std::string reason(const rackproof::Run& run, std::string_view metric) {
        std::string text;
        for (const Reason& each : run.reasons) {
            if (each.metric == metric) text += each.text;
        }
        return text;
    }

    test::ScratchFolder folder_;
    test::ScriptedSuite suite_;
    test::ScriptedClock clock_;
    std::atomic<int> left_{-1};
    test::ThreadLauncher launcher_{worker_parts(*this)};
    Plan plan_;
    RunOptions options_;
    ControllerParts parts_;
    record::RunStarted start_;
};

TEST_F(ConsentTest, WhatGoesWellIsAsOfAnySuite) {
    const rackproof::Run result = run();
    EXPECT_TRUE(result.complete);
    for (const Metric& metric : result.metrics) {
        EXPECT_THAT(metric.outcome, ElementsAre(Outcome::Completed)) << metric.name;
    }
}

TEST_F(ConsentTest, WhatFailedIsNotTriedAgainAndNothingLikeItBegins) {
    suite_.actions["a"] = [](const CaseSpec&, SuiteContext&) {
        throw Error{"swing the load", "stopped: above the ceiling"};
    };
    const rackproof::Run result = run();
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(launcher_.hosts, SizeIs(2)) << "one job of a, none of b, one of c";
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::Failed));
    EXPECT_THAT(result.metrics.at(1).outcome, ElementsAre(Outcome::Skipped));
    EXPECT_THAT(result.metrics.at(2).outcome, ElementsAre(Outcome::Completed));
    EXPECT_THAT(reason(result, "b"),
                AllOf(HasSubstr("not begun, for a ended with"), HasSubstr("above the ceiling")));
}

TEST_F(ConsentTest, WhereARankDoesNotComeUpItIsLostAtOnce) {
    launcher_.dead_hosts = {"n002"};
    const rackproof::Run result = run();
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::Lost)) << "no second attempt";
    EXPECT_THAT(reason(result, "a"), HasSubstr("ended before it was done"));
    EXPECT_THAT(result.metrics.at(1).outcome, ElementsAre(Outcome::Skipped));
}

TEST_F(ConsentTest, WhatWasSkippedStopsNothing) {
    suite_.actions["a"] = [](const CaseSpec&, SuiteContext&) {
        throw Unsupported{"no wave is below the ceiling"};
    };
    const rackproof::Run result = run();
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::Skipped));
    EXPECT_THAT(result.metrics.at(1).outcome, ElementsAre(Outcome::Completed));
}

}  // namespace
}  // namespace rackproof
