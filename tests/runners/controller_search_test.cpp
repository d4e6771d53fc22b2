#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/event_codes.hpp"
#include "runners/controller.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/runners/scripted_worker.hpp"
#include "tests/runners/thread_launcher.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// Four nodes: a group, then two pairs that are a search for who slows it.
class SearchTest : public testing::Test {
  protected:
    SearchTest() {
        plan_.retests = 0;
        plan_.stages.resize(2);
        plan_.stages[0].name = "group";
        plan_.stages[1].name = "who";
        plan_.stages[1].over = Over::Pairs;
        plan_.stages[1].only_if_short = "group";
        plan_.stages[1].budget_s = 600;
        options_.directory = folder_.path();
        options_.executable = "/bin/false";
        options_.search_due = [this](std::int32_t stage) {
            asked_.push_back(stage);
            return due_;
        };
        parts_.launcher = &launcher_;
        parts_.patience.quit_s = 0;
        parts_.patience.settle_s = 0;
        parts_.patience.words_s = 0;
        parts_.talks = [](std::string_view) { return true; };
        suite_.actions["a"] = test::record_device;
        suite_.actions["b"] = test::record_device;
        std::vector<CaseSpec> cases{test::sample_case("a", 0, Scope::Group),
                                    test::sample_case("b", 1, Scope::NodePair)};
        cases[1].stage = 1;
        start_ = test::sample_fleet_start(4, 1, std::move(cases));
    }

    rackproof::Run run() {
        Controller{plan_, start_, options_, parts_}.run();
        launcher_.wait_for_workers();  // who may still be in what a test has written for them
        return run_from_journal(folder_.path() / "journal");
    }

    /// What was run and stopped goes on, from a fresh controller.
    rackproof::Run resumed() {
        options_.stop_requested = {};
        options_.resumption = std::make_shared<Resumption>(claim_run(folder_.path() / "journal"));
        return run();
    }

    static std::vector<std::string> told(const rackproof::Run& run, std::string_view code) {
        std::vector<std::string> texts;
        for (const Event& event : run.events) {
            if (event.code == code) texts.push_back(event.text);
        }
        return texts;
    }

    static std::vector<std::string> reasons(const rackproof::Run& run) {
        std::vector<std::string> texts;
        for (const Reason& reason : run.reasons) texts.push_back(reason.text);
        return texts;
    }

    std::string due_;
    std::vector<std::int32_t> asked_;
    test::ScratchFolder folder_;
    test::ScriptedSuite suite_;
    test::ScriptedClock clock_;
    std::atomic<int> left_{-1};
    test::ThreadLauncher launcher_{test::scripted_parts(suite_, clock_, left_)};
    Plan plan_;
    RunOptions options_;
    ControllerParts parts_;
    record::RunStarted start_;
};

TEST_F(SearchTest, WhatIsWellIsNotSearchedAndEachCellSaysSo) {
    const rackproof::Run result = run();
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(asked_, ElementsAre(1));
    EXPECT_THAT(launcher_.hosts, SizeIs(1));
    EXPECT_THAT(result.metrics.at(1).outcome, ElementsAre(Outcome::Skipped, Outcome::Skipped));
    const std::vector<std::string> texts = told(result, event_code::kSearchNotDue);
    ASSERT_THAT(texts, SizeIs(1));
    EXPECT_THAT(texts[0], AllOf(HasSubstr("stage who was not run"), HasSubstr("stage group")));
    EXPECT_THAT(reasons(result), ElementsAre(texts[0], texts[0]));
}

TEST_F(SearchTest, WhatFallsShortIsSearched) {
    due_ = "a is 40 % under the minimum";
    const rackproof::Run result = run();
    EXPECT_THAT(result.metrics.at(1).outcome, Each(Outcome::Completed));
    EXPECT_THAT(told(result, event_code::kSearchBegun),
                ElementsAre(AllOf(HasSubstr("stage who searches for who slows stage group"),
                                  HasSubstr("600 s"), HasSubstr("a is 40 % under the minimum"))));
}

TEST_F(SearchTest, WhereNobodyCanSayThatItIsWellTheSearchBegins) {
    options_.search_due = {};
    EXPECT_THAT(run().metrics.at(1).outcome, Each(Outcome::Completed));
}

TEST_F(SearchTest, WhatHasNotBegunWhenItsBudgetIsOverIsToldAndWhatHasMayEnd) {
    due_ = "short";
    plan_.stages[1].budget_s = 1;
    parts_.pace.most_nodes = 2;  // one pair after the other
    suite_.actions["b"] = [](const CaseSpec& lead, SuiteContext& context) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1200));
        test::record_device(lead, context);
    };
    const rackproof::Run result = run();
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(result.metrics.at(1).outcome, ElementsAre(Outcome::Completed, Outcome::Skipped));
    const std::vector<std::string> texts = told(result, event_code::kSearchCut);
    ASSERT_THAT(texts, SizeIs(1));
    EXPECT_THAT(texts[0],
                HasSubstr("1 of its 2 pairs were still to be measured, from round 1 of 1"));
    EXPECT_THAT(reasons(result), ElementsAre(texts[0]));
}

TEST_F(SearchTest, ASearchThatHasBegunGoesOnWithoutBeingAskedForAgain) {
    due_ = "short";
    std::atomic<bool> stop{false};
    suite_.actions["b"] = [&](const CaseSpec&, SuiteContext& context) {
        stop = true;
        while (left_ < 0) std::this_thread::yield();
        (void)context;
    };
    options_.stop_requested = [&] { return stop ? StopRequest::Now : StopRequest::No; };
    EXPECT_FALSE(run().complete);
    suite_.actions["b"] = test::record_device;
    due_ = "";
    const rackproof::Run result = resumed();
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(result.metrics.at(1).outcome, Each(Outcome::Completed));
    EXPECT_THAT(asked_, ElementsAre(1));
    EXPECT_THAT(told(result, event_code::kSearchBegun), SizeIs(1));
}

TEST_F(SearchTest, TheBudgetOfARunThatGoesOnIsWhatIsLeftOfIt) {
    due_ = "short";
    std::atomic<bool> stop{false};
    suite_.actions["b"] = [&](const CaseSpec&, SuiteContext&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        stop = true;
        while (left_ < 0) std::this_thread::yield();
    };
    options_.stop_requested = [&] { return stop ? StopRequest::Now : StopRequest::No; };
    (void)run();
    plan_.stages[1].budget_s = 0.2;  // less than what it had
    suite_.actions["b"] = test::record_device;
    const rackproof::Run result = resumed();
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(result.metrics.at(1).outcome, Each(Outcome::Skipped));
    EXPECT_THAT(told(result, event_code::kSearchCut), SizeIs(1));
}

}  // namespace
}  // namespace rackproof
