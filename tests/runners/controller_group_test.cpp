#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/error.hpp"
#include "runners/controller.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/runners/scripted_worker.hpp"
#include "tests/runners/thread_launcher.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

using Hosts = std::vector<std::string>;

class GroupRunTest : public testing::Test {
  protected:
    GroupRunTest() {
        plan_.retests = 0;
        plan_.stages.resize(2);
        plan_.stages[0].name = "stage 0";
        plan_.stages[1].name = "stage 1";
        options_.directory = folder_.path();
        options_.executable = "/bin/false";
        parts_.launcher = &launcher_;
        parts_.patience.quit_s = 0;
        parts_.patience.settle_s = 0;
        parts_.patience.words_s = 0;
        parts_.talks = [this](std::string_view) { return talk_; };
        launcher_.dead_program = {"/bin/sh", "-c", "echo no route to host >&2; exit 255"};
        suite_.actions["a"] = test::record_device;
        suite_.actions["b"] = test::record_device;
    }

    rackproof::Run run(const record::RunStarted& start) {
        Controller{plan_, start, options_, parts_}.run();
        return run_from_journal(folder_.path() / "journal");
    }
    static std::vector<Event> events_of(const rackproof::Run& run, const std::string& code) {
        std::vector<Event> found;
        std::ranges::copy_if(run.events, std::back_inserter(found),
                             [&](const Event& event) { return event.code == code; });
        return found;
    }
    static std::string variant_of(const rackproof::Run& run, std::size_t metric, std::size_t row) {
        const auto variant = static_cast<std::size_t>(run.metrics.at(metric).variant.at(row));
        return run.variants.at(variant).parameters;
    }

    bool talk_ = true;
    test::ScratchFolder folder_;
    test::ScriptedSuite suite_;
    test::ScriptedClock clock_;
    std::atomic<int> left_{-1};
    test::ThreadLauncher launcher_{test::scripted_parts(suite_, clock_, left_)};
    Plan plan_;
    RunOptions options_;
    ControllerParts parts_;
};

TEST_F(GroupRunTest, AGroupIsOneJobOverItsNodes) {
    const rackproof::Run result =
        run(test::sample_fleet_start(3, 2, {test::sample_case("a", 0, Scope::Group)}));
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::Completed));
    EXPECT_THAT(launcher_.hosts, ElementsAre(Hosts{"n001", "n002", "n003"}));
    EXPECT_THAT(launcher_.ranks, ElementsAre(6));
    EXPECT_EQ(variant_of(result, 0, 0), "{}");
}

TEST_F(GroupRunTest, PairsThatShareNoNodeAreJobsOfTheirOwn) {
    const rackproof::Run result =
        run(test::sample_fleet_start(4, 1, {test::sample_case("a", 0, Scope::NodePair)}));
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::Completed, Outcome::Completed));
    EXPECT_THAT(launcher_.hosts, ElementsAre(Hosts{"n001", "n002"}, Hosts{"n003", "n004"}));
}

TEST_F(GroupRunTest, AGroupGoesOnWithoutANodeThatCannotBeReached) {
    launcher_.dead_hosts = {"n002"};
    const rackproof::Run result =
        run(test::sample_fleet_start(3, 1, {test::sample_case("a", 0, Scope::Group)}));
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::Completed));
    EXPECT_EQ(variant_of(result, 0, 0), R"({"without":["n002"]})");
    const std::vector<Event> blamed = events_of(result, "node_to_blame");
    ASSERT_EQ(blamed.size(), 1U);
    EXPECT_EQ(blamed[0].node, 1);
    EXPECT_EQ(blamed[0].severity, "error");
    EXPECT_THAT(blamed[0].text, HasSubstr("probed alone"));
    EXPECT_THAT(blamed[0].text, HasSubstr("no route to host"));
    EXPECT_EQ(events_of(result, "node_excluded").size(), 1U);
    for (const Event& event : result.events) {
        EXPECT_FALSE(event.severity == "error" && event.node != 1) << event.text;
    }
}

TEST_F(GroupRunTest, WhoFailsAloneIsBlamedAndTheSurvivorsRunAgain) {
    std::atomic<bool> failed{false};
    suite_.actions["a"] = [&](const CaseSpec& lead, SuiteContext& context) {
        if (context.communicator().rank() == 1 && !failed.exchange(true)) {
            throw Error{"reduce", "broken"};
        }
        test::record_device(lead, context);
    };
    const rackproof::Run result = run(test::sample_fleet_start(
        3, 1, {test::sample_case("a", 0, Scope::Group), test::sample_case("b", 1, Scope::Group)}));
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::Failed, Outcome::Completed));
    EXPECT_THAT(result.metrics.at(0).attempt, ElementsAre(0, 1));
    EXPECT_THAT(result.reasons.at(0).text, HasSubstr("to blame: n002"));
    EXPECT_EQ(variant_of(result, 0, 1), R"({"without":["n002"]})");
    // It did well alone, and so takes part in what comes next.
    EXPECT_THAT(result.metrics.at(1).outcome, ElementsAre(Outcome::Completed));
    EXPECT_EQ(variant_of(result, 1, 0), "{}");
    EXPECT_THAT(launcher_.hosts, Contains(Hosts{"n002"}));  // the probe
    EXPECT_TRUE(events_of(result, "node_excluded").empty());
}

TEST_F(GroupRunTest, WhatEverybodySaysIsNobodysFaultAndRetestedWithAll) {
    std::atomic<int> runs{0};
    suite_.actions["a"] = [&](const CaseSpec& lead, SuiteContext& context) {
        if (runs++ < 3) throw Error{"reduce", "broken"};
        test::record_device(lead, context);
    };
    plan_.retests = 1;
    const rackproof::Run result =
        run(test::sample_fleet_start(3, 1, {test::sample_case("a", 0, Scope::Group)}));
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::Failed, Outcome::Completed));
    EXPECT_THAT(result.reasons.at(0).text, HasSubstr("no one node is to blame"));
    EXPECT_EQ(variant_of(result, 0, 1), "{}");
    EXPECT_EQ(events_of(result, "nobody_blamed").size(), 1U);
}

TEST_F(GroupRunTest, ANodeThatWasUnreachableTakesNoPartInPairs) {
    launcher_.dead_hosts = {"n002"};
    talk_ = false;
    std::vector<CaseSpec> cases{test::sample_case("a", 0, Scope::Device),
                                test::sample_case("b", 1, Scope::NodePair)};
    cases[1].stage = 1;
    const rackproof::Run result = run(test::sample_fleet_start(4, 1, cases));
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::Completed, Outcome::Lost,
                                                          Outcome::Completed, Outcome::Completed));
    EXPECT_THAT(result.metrics.at(1).outcome, ElementsAre(Outcome::Excluded, Outcome::Completed));
    EXPECT_THAT(result.reasons.at(1).text, HasSubstr("n002: n002 could not be reached"));
    EXPECT_THAT(launcher_.hosts, Not(Contains(Hosts{"n001", "n002"})));
}

TEST_F(GroupRunTest, ANodeOfWhichAProcessCannotBeEndedTakesNoPartInPairs) {
    launcher_.held_hosts = {"n002"};
    talk_ = false;
    std::vector<CaseSpec> cases{test::sample_case("a", 0, Scope::Device),
                                test::sample_case("b", 1, Scope::NodePair)};
    cases[1].stage = 1;
    const rackproof::Run result = run(test::sample_fleet_start(4, 1, cases));
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::Completed, Outcome::Lost,
                                                          Outcome::Completed, Outcome::Completed));
    EXPECT_THAT(result.metrics.at(1).outcome, ElementsAre(Outcome::Excluded, Outcome::Completed));
    EXPECT_THAT(result.reasons.at(1).text, HasSubstr("process 7 (state D) has it"));
    const std::vector<Event> held = events_of(result, "device_held");
    ASSERT_FALSE(held.empty());
    for (const Event& event : held) EXPECT_EQ(event.node, 1);
    EXPECT_EQ(events_of(result, "node_excluded").size(), 1U);
}

TEST_F(GroupRunTest, WhereRanksCannotTalkNothingIsStarted) {
    launcher_.mute = "no PMIx";
    const record::RunStarted start =
        test::sample_fleet_start(2, 1, {test::sample_case("a", 0, Scope::NodePair)});
    try {
        run(start);
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("no PMIx"));
    }
    EXPECT_TRUE(launcher_.hosts.empty());
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "journal"));
    talk_ = false;
    EXPECT_TRUE(run(start).complete);
}

/// "a" takes far too long where node "n003" takes part, but in the group's own run for as long as
/// `is_slow` says so.
class SlowGroupTest : public GroupRunTest {
  protected:
    static constexpr double kBound_s = 1.5;

    SlowGroupTest() {
        parts_.patience.slow_s = kBound_s;
        slow_case_.expected_s = 0;
        suite_.actions["a"] = [this](const CaseSpec& lead, SuiteContext& context) {
            const auto [hosts, jobs] = launcher_.last_job();
            const bool guilty = std::ranges::find(hosts, "n003") != hosts.end();
            if (guilty && is_slow(jobs)) {
                std::this_thread::sleep_for(std::chrono::duration<double>{2 * kBound_s});
            }
            test::record_device(lead, context);
        };
    }
    /// By how many jobs there have been.
    std::function<bool(std::size_t)> is_slow = [](std::size_t) { return true; };
    CaseSpec slow_case_ = test::sample_case("a", 0, Scope::Group);
};

TEST_F(SlowGroupTest, TheSlowNodeIsFoundByTrialsAndTheSurvivorsRunBesideTheSlowResult) {
    const rackproof::Run result =
        run(test::sample_fleet_start(4, 1, {slow_case_, test::sample_case("b", 1, Scope::Group)}));
    EXPECT_TRUE(result.complete);
    EXPECT_EQ(events_of(result, "job_slow").size(), 1U);
    // The first job, then trials: all; two; one with company; without the last; all. And the rest.
    EXPECT_THAT(
        launcher_.hosts,
        ElementsAre(Hosts{"n001", "n002", "n003", "n004"}, Hosts{"n001", "n002", "n003", "n004"},
                    Hosts{"n001", "n002"}, Hosts{"n001", "n003"}, Hosts{"n001", "n002", "n004"},
                    Hosts{"n001", "n002", "n003", "n004"}, Hosts{"n001", "n002", "n004"}));
    EXPECT_THAT(result.metrics.at(0).attempt, ElementsAre(0, 1));
    EXPECT_THAT(result.metrics.at(0).outcome, Each(Outcome::Completed));
    EXPECT_EQ(variant_of(result, 0, 0), "{}");
    EXPECT_EQ(variant_of(result, 0, 1), R"({"without":["n003"]})");
    EXPECT_THAT(result.metrics.at(1).attempt, ElementsAre(0));  // it was not slow
    const std::vector<Event> blamed = events_of(result, "node_to_blame");
    ASSERT_EQ(blamed.size(), 1U);
    EXPECT_EQ(blamed[0].node, 2);
    EXPECT_THAT(blamed[0].text, HasSubstr("n003 is to blame for job 0: a took "));
    EXPECT_THAT(blamed[0].text,
                HasSubstr("too slow in all 3 trials with it, and in time in all 2"));
    EXPECT_EQ(events_of(result, "node_excluded").size(), 1U);
}

TEST_F(SlowGroupTest, WhatWasSlowOnceIsNobodysFault) {
    is_slow = [](std::size_t jobs) { return jobs == 1; };
    const rackproof::Run result = run(test::sample_fleet_start(4, 1, {slow_case_}));
    EXPECT_TRUE(result.complete);
    EXPECT_EQ(launcher_.hosts.size(), 2U);
    EXPECT_THAT(result.metrics.at(0).attempt, ElementsAre(0));
    EXPECT_TRUE(events_of(result, "node_to_blame").empty());
    EXPECT_TRUE(events_of(result, "node_excluded").empty());
    const std::vector<Event> told = events_of(result, "nobody_blamed");
    ASSERT_EQ(told.size(), 1U);
    EXPECT_THAT(told[0].text, HasSubstr("was slow, and no one node is to blame; what was seen: "
                                        "tried again with all, it was in time"));
}

TEST_F(SlowGroupTest, OneThatIsTooSlowForItsDeadlineIsFoundAndTheSurvivorsHaveTheirNumber) {
    slow_case_.deadline_s = 1.5 * kBound_s;
    const rackproof::Run result = run(test::sample_fleet_start(3, 1, {slow_case_}));
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(result.metrics.at(0).outcome, ElementsAre(Outcome::TimedOut, Outcome::Completed));
    EXPECT_THAT(result.reasons.at(0).text, HasSubstr("to blame: n003"));
    EXPECT_EQ(variant_of(result, 0, 1), R"({"without":["n003"]})");
}

TEST_F(SlowGroupTest, WhereTheRunHasNoTimeForTrialsItSaysSo) {
    CaseSpec long_case = test::sample_case("b", 1, Scope::Device);
    long_case.stage = 1;
    long_case.expected_s = plan_.run_deadline_s;
    const rackproof::Run result = run(test::sample_fleet_start(4, 1, {slow_case_, long_case}));
    EXPECT_TRUE(result.complete);
    EXPECT_EQ(launcher_.hosts.size(), 5U);  // the group, and each node
    ASSERT_EQ(events_of(result, "no_trials").size(), 1U);
    EXPECT_THAT(events_of(result, "no_trials")[0].text, HasSubstr("a was slow, and is not tried"));
    EXPECT_TRUE(events_of(result, "nobody_blamed").empty());
}

TEST_F(SlowGroupTest, APairIsToldOfAndNotTriedAgain) {
    slow_case_.scope = Scope::NodePair;
    parts_.pace.most_nodes = 2;  // one pair after the other
    const rackproof::Run result = run(test::sample_fleet_start(4, 1, {slow_case_}));
    EXPECT_EQ(events_of(result, "job_slow").size(), 1U);
    EXPECT_EQ(launcher_.hosts.size(), 2U);
    EXPECT_THAT(result.metrics.at(0).outcome, Each(Outcome::Completed));
    EXPECT_TRUE(events_of(result, "nobody_blamed").empty());
}

TEST_F(GroupRunTest, AGateKeepsANodeOutOfWhatSeveralMeasure) {
    std::vector<CaseSpec> cases{test::sample_case("a", 0, Scope::Device),
                                test::sample_case("b", 1, Scope::Group)};
    cases[1].stage = 1;
    plan_.stages[0].gate = {Verdict::Fail};
    std::vector<std::int32_t> asked;
    options_.gate = [&](std::int32_t stage) {
        asked.push_back(stage);
        return std::vector<Exclusion>{{2, "fail: too slow"}};
    };
    const rackproof::Run result = run(test::sample_fleet_start(3, 1, cases));
    EXPECT_THAT(asked, ElementsAre(0));  // the second stage has no gate
    EXPECT_THAT(result.metrics.at(0).outcome, Each(Outcome::Completed));
    EXPECT_THAT(result.metrics.at(1).outcome, ElementsAre(Outcome::Completed));
    EXPECT_EQ(variant_of(result, 1, 0), R"({"without":["n003"]})");
    const std::vector<Event> excluded = events_of(result, "node_excluded");
    ASSERT_EQ(excluded.size(), 1U);
    EXPECT_EQ(excluded[0].node, 2);
    EXPECT_THAT(excluded[0].text, HasSubstr("gate of stage stage 0: fail: too slow"));
}

TEST_F(GroupRunTest, AStopKeepsANodeOutOfAllThatComes) {
    std::vector<CaseSpec> cases{test::sample_case("a", 0, Scope::Device),
                                test::sample_case("b", 1, Scope::Device)};
    cases[1].stage = 1;
    plan_.stages[0].stop = {Verdict::NoData};
    plan_.retests = 1;
    options_.gate = [&](std::int32_t stage) {
        return stage == 0 ? std::vector<Exclusion>{{1, "no_data: somebody works on it", true}}
                          : std::vector<Exclusion>{};
    };
    const rackproof::Run result = run(test::sample_fleet_start(3, 1, cases));
    EXPECT_TRUE(result.complete);
    EXPECT_THAT(result.metrics.at(0).outcome, Each(Outcome::Completed));
    EXPECT_THAT(result.metrics.at(1).outcome,
                ElementsAre(Outcome::Completed, Outcome::Excluded, Outcome::Completed));
    EXPECT_THAT(result.reasons.at(0).text,
                HasSubstr("stop of stage stage 0: no_data: somebody works on it"));
    EXPECT_EQ(events_of(result, "node_stopped").size(), 1U);
    EXPECT_EQ(launcher_.hosts.size(), 5U);  // three, and then two
}

TEST_F(GroupRunTest, AGroupWithOneNodeLeftIsExcluded) {
    std::vector<CaseSpec> cases{test::sample_case("a", 0, Scope::Device),
                                test::sample_case("b", 1, Scope::Group)};
    cases[1].stage = 1;
    plan_.stages[0].gate = {Verdict::Fail};
    options_.gate = [](std::int32_t) { return std::vector<Exclusion>{{0, "bad"}, {2, "bad"}}; };
    const rackproof::Run result = run(test::sample_fleet_start(3, 1, cases));
    EXPECT_THAT(result.metrics.at(1).outcome, ElementsAre(Outcome::Excluded));
    EXPECT_THAT(result.reasons.at(0).text, HasSubstr("n001: gate of stage stage 0: bad"));
}

}  // namespace
}  // namespace rackproof
