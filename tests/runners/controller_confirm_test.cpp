#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
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
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Four nodes in two pairs, and a stage that measures again whom these suspect.
class ConfirmTest : public testing::Test {
  protected:
    ConfirmTest() {
        plan_.retests = 0;
        plan_.stages.resize(2);
        plan_.stages[0].name = "pairs";
        plan_.stages[0].over = Over::Pairs;
        plan_.stages[1].name = "again";
        plan_.stages[1].over = Over::Pairs;
        plan_.stages[1].confirms = "pairs";
        options_.directory = folder_.path();
        options_.executable = "/bin/false";
        options_.confirmation = [this](std::int32_t stage) {
            asked_.push_back(stage);
            return answer_;
        };
        parts_.launcher = &launcher_;
        parts_.patience.quit_s = 0;
        parts_.patience.settle_s = 0;
        parts_.patience.words_s = 0;
        parts_.talks = [](std::string_view) { return true; };
        suite_.actions["a"] = test::record_device;
        suite_.actions["b"] = test::record_device;
        std::vector<CaseSpec> cases{test::sample_case("a", 0, Scope::NodePair),
                                    test::sample_case("b", 1, Scope::NodePair)};
        cases[1].stage = 1;
        start_ = test::sample_fleet_start(4, 1, std::move(cases));
        for (const Cell& cell : start_.manifest.cells) {
            if (cell.case_index == 1) pairs_.push_back(cell.target);
        }
    }

    rackproof::Run run() {
        Controller{plan_, start_, options_, parts_}.run();
        return run_from_journal(folder_.path() / "journal");
    }

    static std::vector<std::string> told(const rackproof::Run& run, std::string_view code) {
        std::vector<std::string> texts;
        for (const Event& event : run.events) {
            if (event.code == code) texts.push_back(event.text);
        }
        return texts;
    }

    /// The most ranks of the second stage that were at work at once.
    int most_ranks_at_once() {
        std::atomic<int> at_work{0};
        std::atomic<int> most{0};
        suite_.actions["b"] = [&](const CaseSpec& lead, SuiteContext& context) {
            int most_so_far = most;
            for (const int now = ++at_work; now > most_so_far;) {
                if (most.compare_exchange_weak(most_so_far, now)) break;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
            --at_work;
            test::record_device(lead, context);
        };
        EXPECT_THAT(run().metrics.at(1).outcome, Each(Outcome::Completed));
        return most;
    }

    rackproof::Confirmation answer_;
    std::vector<std::int32_t> asked_;
    std::vector<Target> pairs_;
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

TEST_F(ConfirmTest, WhereNobodyIsSuspectedEachCellSaysSo) {
    answer_.text = "nobody is suspected";
    const rackproof::Run result = run();
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(asked_, ElementsAre(1));
    EXPECT_THAT(result.metrics.at(1).outcome, Each(Outcome::Skipped));
    EXPECT_THAT(told(result, event_code::kConfirmationBegun), IsEmpty());
    const std::vector<std::string> texts = told(result, event_code::kConfirmationNotDue);
    ASSERT_THAT(texts, SizeIs(1));
    EXPECT_THAT(texts[0], AllOf(HasSubstr("stage again measures nobody of stage pairs again"),
                                HasSubstr("nobody is suspected")));
    for (const Reason& reason : result.reasons) EXPECT_EQ(reason.text, texts[0]);
}

TEST_F(ConfirmTest, OnlyWhatIsDueIsMeasuredAgain) {
    answer_ = {{pairs_[1]}, "n3 with n4"};
    const rackproof::Run result = run();
    EXPECT_THAT(result.metrics.at(1).outcome, ElementsAre(Outcome::Skipped, Outcome::Completed));
    EXPECT_THAT(told(result, event_code::kConfirmationBegun),
                ElementsAre(AllOf(HasSubstr("suspects of stage pairs again, alone on the fabric"),
                                  HasSubstr("n3 with n4"))));
    EXPECT_THAT(told(result, event_code::kConfirmationNotDue), SizeIs(1));
}

TEST_F(ConfirmTest, APairThatIsDueAndWhoseNodeIsExcludedSaysSo) {
    plan_.stages[0].gate = {Verdict::Fail};
    options_.gate = [](std::int32_t) { return std::vector<Exclusion>{{2, "fail: too slow"}}; };
    answer_ = {pairs_, "n001 with n002, n003 with n004"};
    const rackproof::Run result = run();
    EXPECT_THAT(result.metrics.at(1).outcome, ElementsAre(Outcome::Completed, Outcome::Skipped));
    ASSERT_THAT(result.reasons, SizeIs(1));
    EXPECT_THAT(result.reasons[0].text,
                AllOf(HasSubstr("stage again does not measure this pair again: n003 takes no part"),
                      HasSubstr("gate of stage pairs: fail: too slow")));
    EXPECT_THAT(told(result, event_code::kConfirmationNotDue),
                Contains(result.reasons[0].text));  // by it a judge knows that it is no gap
}

TEST_F(ConfirmTest, WhereNobodyJudgesNobodyIsMeasuredAgain) {
    options_.confirmation = {};
    EXPECT_THAT(run().metrics.at(1).outcome, Each(Outcome::Skipped));
}

TEST_F(ConfirmTest, AloneOnTheFabricOnePairWaitsForTheOther) {
    answer_ = {pairs_, "all"};
    EXPECT_LE(most_ranks_at_once(), 2);  // of one pair
}

TEST_F(ConfirmTest, UnderLoadTheyAreAtWorkTogether) {
    answer_ = {pairs_, "all"};
    plan_.stages[1].load = PairLoad::Others;
    std::atomic<int> met{0};
    suite_.actions["b"] = [&](const CaseSpec& lead, SuiteContext& context) {
        ++met;
        while (met < 4 && left_ < 0) std::this_thread::yield();  // for those of the other pair
        test::record_device(lead, context);
    };
    EXPECT_THAT(run().metrics.at(1).outcome, Each(Outcome::Completed));
}

TEST_F(ConfirmTest, ARunThatGoesOnMeasuresWhatIsLeftAndTellsOfItOnce) {
    answer_ = {{pairs_[0]}, "n1 with n2"};
    std::atomic<bool> stop{false};
    suite_.actions["b"] = [&](const CaseSpec&, SuiteContext&) {
        stop = true;
        while (left_ < 0) std::this_thread::yield();
    };
    options_.stop_requested = [&] { return stop ? StopRequest::Now : StopRequest::No; };
    EXPECT_FALSE(run().complete);
    launcher_.wait_for_workers();
    options_.stop_requested = {};
    options_.resumption = std::make_shared<Resumption>(claim_run(folder_.path() / "journal"));
    suite_.actions["b"] = test::record_device;
    const rackproof::Run result = run();
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(result.metrics.at(1).outcome, ElementsAre(Outcome::Completed, Outcome::Skipped));
    EXPECT_THAT(told(result, event_code::kConfirmationBegun), SizeIs(1));
    EXPECT_THAT(told(result, event_code::kConfirmationNotDue), SizeIs(1));
}

}  // namespace
}  // namespace rackproof
